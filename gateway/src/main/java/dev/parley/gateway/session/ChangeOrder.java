package dev.parley.gateway.session;

import dev.parley.store.StoreException;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Lets changes of one session through one after another, so that writers on the same gateway do not make each other decide
 * anew: of many, all but the first would. Those on other gateways still do, at most once for each gateway in turn. Changes of
 * different sessions know nothing of each other. Safe for use from any thread; a change is begun on the thread of its caller, or
 * on the one on which the change before it was answered.
 */
final class ChangeOrder {
    private final ConcurrentHashMap<String, Line> lines = new ConcurrentHashMap<>();

    /** The change, begun once those before it are answered; when the store is away, those that wait fail with it. */
    <T> Mono<T> inTurn(String sessionId, Mono<T> change) {
        return Mono.create(answer -> {
            Waiting<T> waiting = new Waiting<>(change, answer);
            Line line = lines.compute(sessionId, (id, known) -> {
                Line joined = known == null ? new Line(id) : known;
                joined.add(waiting);
                return joined;
            });
            line.goOn();
        });
    }

    /** How many sessions have changes under way. */
    int busy() {
        return lines.size();
    }

    /** A change that waits for its turn. */
    private record Waiting<T>(Mono<T> change, MonoSink<T> answer) {
        private void begin(Line line) {
            change.subscribe(
                    value -> {
                        line.answered(null);
                        answer.success(value);
                    },
                    failure -> {
                        line.answered(failure);
                        answer.error(failure);
                    });
        }
    }

    /** The changes of one session. */
    private final class Line {
        private final ArrayDeque<Waiting<?>> waiting = new ArrayDeque<>();
        private final AtomicInteger rounds = new AtomicInteger();
        private final String sessionId;
        private boolean underWay;

        Line(String sessionId) {
            this.sessionId = sessionId;
        }

        private synchronized void add(Waiting<?> change) {
            waiting.add(change);
        }

        private synchronized boolean isIdle() {
            return !underWay && waiting.isEmpty();
        }

        private synchronized @Nullable Waiting<?> next() {
            if (underWay) {
                return null;
            }
            Waiting<?> next = waiting.poll();
            underWay = next != null;
            return next;
        }

        /** Begins what may begin; one thread at a time, others have it look once more. */
        private void goOn() {
            if (rounds.getAndIncrement() != 0) {
                return;
            }
            int round = 1;
            while (round != 0) {
                for (Waiting<?> next = next(); next != null; next = next()) {
                    next.begin(this);
                }
                round = rounds.addAndGet(-round);
            }
            lines.computeIfPresent(sessionId, (id, known) -> known == this && isIdle() ? null : known);
        }

        private void answered(@Nullable Throwable failure) {
            ArrayDeque<Waiting<?>> alike = new ArrayDeque<>();
            synchronized (this) {
                underWay = false;
                if (failure instanceof StoreException.Unavailable) {
                    alike.addAll(waiting);
                    waiting.clear();
                }
            }
            // Whoever waited for as long as the store was asked would wait as long again.
            alike.forEach(each -> each.answer()
                    .error(new StoreException.Unavailable("the change before this one had no answer", false)));
            goOn();
        }
    }
}
