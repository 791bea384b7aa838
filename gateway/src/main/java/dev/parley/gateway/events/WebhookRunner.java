package dev.parley.gateway.events;

import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.WebhookStore;
import dev.parley.store.WebhookStore.Attempt;
import dev.parley.store.WebhookStore.Claim;
import dev.parley.store.WebhookStore.Outcome;
import dev.parley.store.WebhookStore.Result;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Makes the deliveries that are due: claims them, posts them, and says what became of them. A gateway wakes up for what it
 * enqueued or put off itself; for what others did that are gone it looks at each lane every ten seconds. It runs on the threads
 * of the time source, the store and the HTTP client, and holds up nothing but itself.
 */
final class WebhookRunner {
    /** After which a delivery is given up. */
    static final long GIVEN_UP_MILLIS = 24 * 3_600_000L;

    private static final Logger LOG = LoggerFactory.getLogger(WebhookRunner.class);
    private static final int BATCH = 16;
    private static final int MOST_UNDER_WAY = 64;
    private static final long ROUND_MILLIS = 10_000;
    private static final long SPACING_MILLIS = 50;
    private static final long AGAIN_MILLIS = 1_000;
    private static final long FIRST_DELAY_MILLIS = 1_000;
    private static final long LONGEST_DELAY_MILLIS = 2 * 3_600_000L;
    private static final int GONE = 410;

    private final Store store;
    private final TimeSource time;
    private final WebhookSender sender;
    private final WebhookService service;
    private final Lane[] lanes;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean closed;
    private @Nullable Cancellable round;

    WebhookRunner(Store store, TimeSource time, WebhookSender sender, WebhookService service) {
        this.store = store;
        this.time = time;
        this.sender = sender;
        this.service = service;
        lanes = new Lane[store.webhooks().lanes()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new Lane(i);
        }
    }

    void start() {
        for (Lane lane : lanes) {
            lane.due(0);
        }
        if (lanes.length > 1) {
            goRound(0);
        }
    }

    /** Something of a lane is due at an instant of the store's clock. */
    void due(int lane, long at) {
        lanes[lane].due(at);
    }

    void close() {
        synchronized (this) {
            closed = true;
            if (round != null) {
                round.cancel();
            }
        }
        for (Lane lane : lanes) {
            lane.stop();
        }
    }

    /** How long to wait after a failed attempt: doubling from a second to two hours, a fifth more or less. */
    static long delayMillis(int attempt, double random) {
        long delay = Math.min(FIRST_DELAY_MILLIS << Math.min(attempt - 1, 20), LONGEST_DELAY_MILLIS);
        return Math.round(delay * (0.8 + 0.4 * random));
    }

    private synchronized void goRound(int next) {
        if (!closed) {
            lanes[next].due(0);
            round = time.schedule(ROUND_MILLIS / lanes.length, () -> goRound((next + 1) % lanes.length));
        }
    }

    private void deliver(Lane lane, Attempt attempt) {
        sender.post(attempt)
                .flatMap(answer -> settle(outcome(attempt, answer))
                        .flatMap(nextAt -> Integer.valueOf(GONE).equals(answer.status())
                                ? service.disable(attempt.webhook(), "The receiver answered 410 Gone.")
                                        .thenReturn(nextAt)
                                : Mono.just(nextAt)))
                .doFinally(done -> {
                    underWay.decrementAndGet();
                    for (Lane each : lanes) {
                        each.roomAgain();
                    }
                })
                .subscribe(
                        lane::due,
                        failure -> LOG.warn(
                                "webhooks: outcome not kept, so it comes again webhook={} event={} cause={}",
                                attempt.webhook().id(),
                                attempt.eventId(),
                                failure.toString()));
    }

    private Outcome outcome(Attempt attempt, WebhookSender.Answer answer) {
        if (answer.error() == null) {
            return new Outcome(attempt, Result.DELIVERED, answer.status(), null, 0);
        }
        long retryAt = store.nowMillis()
                + delayMillis(attempt.number(), ThreadLocalRandom.current().nextDouble());
        boolean givenUp =
                Integer.valueOf(GONE).equals(answer.status()) || retryAt > attempt.createdAt() + GIVEN_UP_MILLIS;
        return new Outcome(
                attempt,
                givenUp ? Result.FAILED : Result.RETRY,
                answer.status(),
                answer.error(),
                givenUp ? 0 : retryAt);
    }

    private Mono<Long> settle(Outcome outcome) {
        return Mono.defer(() -> store.webhooks().settle(outcome))
                .retryWhen(Retry.fixedDelay(5, Duration.ofMillis(AGAIN_MILLIS))
                        .scheduler(time.scheduler())
                        .filter(StoreException.Unavailable.class::isInstance));
    }

    /** One lane: asleep until an instant, or claiming. Its own lock guards it, held for a few assignments only. */
    private final class Lane {
        private final int number;
        private long wakeAt = Long.MAX_VALUE;
        private boolean claiming;
        private boolean starved;
        private @Nullable Cancellable timer;

        Lane(int number) {
            this.number = number;
        }

        synchronized void due(long at) {
            if (at < wakeAt) {
                wakeAt = at;
                sleep(0);
            }
        }

        synchronized void roomAgain() {
            if (starved) {
                starved = false;
                due(0);
            }
        }

        synchronized void stop() {
            if (timer != null) {
                timer.cancel();
            }
        }

        private synchronized void sleep(long atLeast) {
            if (claiming || closed || wakeAt == Long.MAX_VALUE) {
                return;
            }
            if (timer != null) {
                timer.cancel();
            }
            timer = time.schedule(Math.max(atLeast, wakeAt - store.nowMillis()), this::claim);
        }

        private void claim() {
            int room;
            synchronized (this) {
                if (claiming || closed) {
                    return;
                }
                wakeAt = Long.MAX_VALUE;
                room = Math.min(BATCH, MOST_UNDER_WAY - underWay.get());
                if (room <= 0) {
                    starved = true;
                    return;
                }
                claiming = true;
            }
            WebhookStore webhooks = store.webhooks();
            webhooks.claim(number, UUID.randomUUID().toString(), room).subscribe(this::claimed, this::failed);
        }

        private void claimed(Claim claim) {
            underWay.addAndGet(claim.attempts().size());
            synchronized (this) {
                claiming = false;
                wakeAt = Math.min(wakeAt, claim.nextAt());
                sleep(claim.attempts().isEmpty() ? SPACING_MILLIS : 0);
            }
            claim.attempts().forEach(attempt -> deliver(this, attempt));
        }

        private void failed(Throwable failure) {
            LOG.warn("webhooks: the store did not answer lane={} cause={}", number, failure.toString());
            synchronized (this) {
                claiming = false;
                wakeAt = Math.min(wakeAt, store.nowMillis() + AGAIN_MILLIS);
                sleep(AGAIN_MILLIS);
            }
        }
    }
}
