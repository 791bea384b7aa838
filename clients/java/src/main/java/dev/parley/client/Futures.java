package dev.parley.client;

import dev.parley.protocol.RawJson;
import java.util.concurrent.CompletableFuture;
import tools.jackson.core.JacksonException;

/** Completes futures with answers. */
final class Futures {
    private Futures() {}

    /** Reads the answer on the calling thread and completes the future with it, or with why it cannot be read. */
    static <R> void complete(CompletableFuture<R> future, RawJson answer, Class<R> type) {
        try {
            future.complete(ClientJson.read(answer, type));
        } catch (JacksonException e) {
            future.completeExceptionally(ParleyException.local(
                    ParleyException.BAD_ANSWER, "The answer cannot be read: " + e.getOriginalMessage()));
        }
    }
}
