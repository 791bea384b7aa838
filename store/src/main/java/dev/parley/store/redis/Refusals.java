package dev.parley.store.redis;

import dev.parley.store.StoreException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What the errors of a server mean. Stateless. */
final class Refusals {
    private Refusals() {}

    /** How an error of the link's own begins, which says that something was done, but not by enough replicas. */
    static final String UNCONFIRMED = "UNCONFIRMED";

    /** Kinds of errors. */
    enum Kind {
        /** No error. */
        NONE,
        /** A function's own answer. */
        FUNCTION,
        /** Another server serves the slot. */
        MOVED,
        /** The slot is on its way to another server; it is served by none until it is there. */
        MIGRATING,
        /** The functions are not there. */
        MISSING,
        /** The server cannot do it now, or not any more; nothing was done. */
        UNABLE,
        /** It was done, and may get lost, as replicas have not confirmed it. */
        UNCONFIRMED,
        /** The connection leads to a server that is no master any more; nothing was done. */
        REPLICA;

        boolean isWorthRepeating() {
            return this == MOVED || this == MIGRATING || this == MISSING;
        }

        /** Whether the server has done what it was asked for, with success or without. */
        boolean isDone() {
            return this == NONE || this == FUNCTION || this == UNCONFIRMED;
        }

        boolean isTrouble() {
            return this == UNABLE || this == REPLICA;
        }
    }

    /** The kind of an error that a server has answered with. */
    static Kind kindOf(String error) {
        if (Library.isMissing(error)) {
            return Kind.MISSING;
        }
        int space = error.indexOf(' ');
        return switch (space < 0 ? error : error.substring(0, space)) {
            case "MOVED" -> Kind.MOVED;
            case "ASK", "TRYAGAIN" -> Kind.MIGRATING;
            case "READONLY" -> Kind.REPLICA;
            case UNCONFIRMED -> Kind.UNCONFIRMED;
            case "CLUSTERDOWN",
                    "LOADING",
                    "MASTERDOWN",
                    "NOREPLICAS",
                    "OOM",
                    "MISCONF",
                    "BUSY",
                    "NOPERM",
                    "NOAUTH",
                    "UNBLOCKED" -> Kind.UNABLE;
            default -> Kind.FUNCTION;
        };
    }

    /** Where {@code MOVED slot host:port} points; null when it cannot be read. */
    static @Nullable ServerAddress movedTo(String error, ServerAddress from) {
        String[] words = error.split(" ", -1);
        if (words.length < 3) {
            return null;
        }
        // Without a host it is the one that answered.
        String place = words[2].startsWith(":") ? from.host() + words[2] : words[2];
        int colon = place.lastIndexOf(':');
        return ServerAddress.parse(
                place.indexOf(':') == colon ? place : "[" + place.substring(0, colon) + "]" + place.substring(colon),
                0);
    }

    /** Gives a caller what came of the call. */
    static void complete(
            CompletableFuture<@Nullable Object> answer,
            Kind kind,
            ServerConnection from,
            @Nullable Object result,
            @Nullable String error) {
        switch (kind) {
            case NONE -> answer.complete(result);
            case UNCONFIRMED ->
                answer.completeExceptionally(new StoreException.Unavailable(from.address() + " " + error, true));
            case FUNCTION -> answer.completeExceptionally(new RedisRefusal(String.valueOf(error)));
            default -> {
                answer.completeExceptionally(
                        new StoreException.Unavailable(from.address() + " cannot do it now: " + error, false));
                if (kind == Kind.REPLICA) {
                    from.close(from.address() + " is no master any more");
                }
            }
        }
    }
}
