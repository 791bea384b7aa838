package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.store.AggregationStore;
import dev.parley.store.StoreException;
import java.util.List;
import reactor.core.publisher.Mono;

/** Aggregations, those of a workspace in the partition of its name. Safe for use from any thread. */
final class RedisAggregations implements AggregationStore {
    private final RedisCalls calls;
    private final Partitions partitions;

    RedisAggregations(RedisCalls calls, Partitions partitions) {
        this.calls = calls;
        this.partitions = partitions;
    }

    @Override
    public Mono<Void> create(NewAggregation made) {
        Args args = Args.of(made.workspaceId(), made.aggregationId())
                .add(made.document())
                .add(made.keptMillis())
                .add(made.limits().count())
                .add(made.limits().bytes());
        return call(RedisFunction.AGGREGATION_CREATE, made.workspaceId(), made.aggregationId(), args)
                .then();
    }

    @Override
    public Mono<StoredAggregation> get(String workspaceId, String aggregationId) {
        return call(RedisFunction.AGGREGATION_GET, workspaceId, aggregationId, Args.of(workspaceId, aggregationId))
                .map(answer -> new StoredAggregation(
                        aggregationId, RawJson.of((byte[]) answer.get(2)), Answers.number(answer.get(1))));
    }

    @Override
    public Mono<Long> replace(Replacement replacement) {
        Args args = Args.of(replacement.workspaceId(), replacement.aggregationId(), replacement.operationId())
                .add(replacement.expectedVersion())
                .add(replacement.document())
                .add(replacement.limits().bytes());
        return call(RedisFunction.AGGREGATION_REPLACE, replacement.workspaceId(), replacement.aggregationId(), args)
                .map(answer -> Answers.number(answer.get(1)));
    }

    private Mono<List<Object>> call(RedisFunction function, String workspaceId, String aggregationId, Args args) {
        byte[] key = partitions.key(partitions.of(workspaceId, "", ""));
        return calls.call(function, key, args).doOnNext(answer -> {
            StoreException refusal = Answers.refusal(answer, "aggregation " + aggregationId);
            if (refusal != null) {
                throw refusal;
            }
        });
    }
}
