package dev.parley.gateway.http;

import dev.parley.gateway.routing.SessionRouter;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import io.netty.channel.EventLoop;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Mono;

/** All who wait over HTTP for agents' replies, by session. Safe for use from any thread. */
final class ReplyDesks {
    private static final long RETRY_MILLIS = 500;

    private final Store store;
    private final SessionRouter router;
    private final TimeSource time;
    private final long patienceMillis;
    private final ConcurrentHashMap<String, ReplyDesk> desks = new ConcurrentHashMap<>();

    /**
     * @param patienceMillis how long a reply is waited for
     */
    ReplyDesks(Store store, SessionRouter router, TimeSource time, long patienceMillis) {
        this.store = store;
        this.router = router;
        this.time = time;
        this.patienceMillis = patienceMillis;
    }

    /**
     * Begins to wait for the reply to a message that is about to be sent. Fails as the store does when there is no such
     * session; otherwise the waiter must be left.
     *
     * @param streaming whether pieces are of interest too
     * @param loop of the caller's connection
     */
    Mono<ReplyWaiter> join(String sessionId, String messageId, boolean streaming, EventLoop loop) {
        return Mono.defer(() -> {
            ReplyDesk desk = desks.compute(sessionId, (id, known) -> {
                ReplyDesk held = known == null
                        ? new ReplyDesk(id, loop, store.log(), router, this::later, this::release)
                        : known;
                held.holders++;
                return held;
            });
            ReplyWaiter waiter = new ReplyWaiter(desk, messageId, streaming, time, patienceMillis);
            return desk.join(waiter).doOnError(failure -> waiter.leave()).doOnCancel(waiter::leave);
        });
    }

    /** Tells all who wait that no reply will come any more: the gateway is going away. */
    void giveUp() {
        desks.values().forEach(ReplyDesk::giveUp);
    }

    private void later(Runnable again) {
        time.schedule(RETRY_MILLIS, again);
    }

    private void release(ReplyDesk desk) {
        boolean[] last = {false};
        desks.computeIfPresent(desk.sessionId(), (id, current) -> {
            if (current != desk) {
                return current;
            }
            desk.holders--;
            last[0] = desk.holders == 0;
            return last[0] ? null : current;
        });
        if (last[0]) {
            desk.close();
        }
    }
}
