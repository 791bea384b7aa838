package dev.parley.gateway.events;

import dev.parley.store.Happening;
import java.util.List;
import reactor.core.publisher.Mono;

/** One kind of listeners outside. Called by one gateway at a time for a partition, in order; safe for use from any thread. */
@FunctionalInterface
public interface HappeningConsumer {
    /**
     * Tells happenings of a partition on. Those whose telling did not complete are given again, here or on another gateway, so
     * each has to be told by its id.
     */
    Mono<Void> tell(int partition, List<Happening> happenings);
}
