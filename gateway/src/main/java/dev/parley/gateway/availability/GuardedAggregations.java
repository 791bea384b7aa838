package dev.parley.gateway.availability;

import dev.parley.store.AggregationStore;
import java.util.concurrent.Callable;
import reactor.core.publisher.Mono;

/** Aggregations, each call of which answers within a time; see {@link GuardedStore}. Safe for use from any thread. */
final class GuardedAggregations implements AggregationStore {
    private final AggregationStore target;
    private final CallDeadlines deadlines;

    GuardedAggregations(AggregationStore target, CallDeadlines deadlines) {
        this.target = target;
        this.deadlines = deadlines;
    }

    @Override
    public Mono<Void> create(NewAggregation aggregation) {
        return timed(target.create(aggregation), true);
    }

    @Override
    public Mono<StoredAggregation> get(String workspaceId, String aggregationId) {
        return timed(target.get(workspaceId, aggregationId), false);
    }

    @Override
    public Mono<Long> replace(Replacement replacement) {
        return timed(target.replace(replacement), true);
    }

    private <T> Mono<T> timed(Mono<T> call, boolean writes) {
        return call instanceof Callable ? call : new TimedCall<>(call, deadlines, writes, null);
    }
}
