package dev.parley.client;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Requests of the program. Those that attach or detach are noted on the engine thread before the program hears of them, so
 * that a reconnect at any instant takes up the right sessions. Belongs to the engine thread.
 */
final class SessionCalls {
    private final ClientCore core;
    private final ClientThreads threads;

    SessionCalls(ClientCore core, ClientThreads threads) {
        this.core = core;
        this.threads = threads;
    }

    /** Sends a request and completes the future with its answer, read as the type. */
    <R> void call(String method, RawJson params, Class<R> type, CompletableFuture<R> future) {
        core.request(method, params, new Requests.Outcome() {
            @Override
            public void result(RawJson result) {
                try {
                    note(method, params, result);
                } catch (JacksonException e) {
                    // The same answer fails the future below, where the program sees it.
                    Heartbeats.IGNORE.result(result);
                }
                threads.complete(() -> Futures.complete(future, result, type));
            }

            @Override
            public void failed(ParleyException problem) {
                threads.complete(() -> future.completeExceptionally(problem));
            }
        });
    }

    private void note(String method, RawJson params, RawJson result) {
        if (method.equals(Operations.SESSION_CREATE.name())) {
            String sessionId = ClientJson.text(result, "sessionId");
            if (sessionId != null) {
                core.created(sessionId);
            }
        } else if (method.equals(Operations.SESSION_ATTACH.name())) {
            core.attached(ClientJson.read(result, SessionResults.Entry.class));
        } else if (method.equals(Operations.SESSION_DETACH.name())) {
            String sessionId = ClientJson.text(params, "sessionId");
            if (sessionId != null) {
                core.tracks().forget(sessionId);
            }
        }
    }

    /** Attaches to a session: from a position that is given, else from one that is known, else from the head. */
    void attach(
            String sessionId,
            @Nullable String epoch,
            @Nullable Long seq,
            CompletableFuture<SessionResults.Entry> future) {
        SessionTrack track = core.tracks().find(sessionId);
        boolean resume = seq == null && track != null && track.attached();
        RawJson params = ClientJson.write(new SessionParams.Attach(
                sessionId,
                resume && track != null ? track.epoch() : epoch,
                resume && track != null ? Long.valueOf(track.seq()) : seq));
        call(Operations.SESSION_ATTACH.name(), params, Operations.SESSION_ATTACH.result(), future);
    }
}
