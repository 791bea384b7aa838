package dev.parley.store;

import dev.parley.protocol.RawJson;
import reactor.core.publisher.Mono;

/**
 * Aggregations: a document each, of which the store knows nothing but its version, its size and how long it is kept. All of a
 * workspace lie together, so that each call is one step.
 */
public interface AggregationStore {
    /**
     * Keeps a new one, in version 1. A repeat of its id with the same document is answered as the first time; with another
     * document it is {@link StoreException.Conflict}. Fails with {@link StoreException.Full} when a limit would be passed.
     */
    Mono<Void> create(NewAggregation aggregation);

    /** Reads one; fails with {@link StoreException.NotFound}, for one of another workspace, or past its time, too. */
    Mono<StoredAggregation> get(String workspaceId, String aggregationId);

    /**
     * Replaces the document, when its version is still the one named, else fails with {@link StoreException.VersionConflict};
     * answers the version that this made. A repeat of the operation id is answered as the first time. Fails with {@link StoreException.NotFound}, and with {@link
     * StoreException.Full} when the workspace's bytes would pass their limit.
     */
    Mono<Long> replace(Replacement replacement);

    /**
     * A new one.
     *
     * @param aggregationId made once for the creation, unique
     * @param document a JSON object; kept as it is, byte by byte
     * @param keptMillis how long it is kept from now on
     */
    record NewAggregation(
            String workspaceId, String aggregationId, RawJson document, long keptMillis, AggregationLimits limits) {}

    /**
     * Another document in place of the present one.
     *
     * @param operationId made once for the change
     * @param expectedVersion that it was made from
     */
    record Replacement(
            String workspaceId,
            String aggregationId,
            String operationId,
            long expectedVersion,
            RawJson document,
            AggregationLimits limits) {}

    /**
     * What may be kept of a workspace.
     *
     * @param count of aggregations
     * @param bytes of all their documents
     */
    record AggregationLimits(int count, long bytes) {}

    /** One as the store holds it. */
    record StoredAggregation(String aggregationId, RawJson document, long version) {}
}
