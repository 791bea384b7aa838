package dev.parley.gateway.session;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Lets changes of one session through in the order in which they came, as many at once as go together, so that writers on the
 * same gateway do not make each other decide anew: of many, all but the first would. Those on other gateways still do, at most
 * once for each gateway in turn. Changes of different sessions know nothing of each other. Safe for use from any thread; changes
 * are carried out on the thread of their caller, or on the one on which those before them were answered.
 *
 * @param <C> a change that waits
 */
final class ChangeOrder<C> {
    /** How many are offered at once. */
    static final int MOST = 32;

    private final Carrier<C> carrier;
    private final ConcurrentHashMap<String, Line> lines = new ConcurrentHashMap<>();

    ChangeOrder(Carrier<C> carrier) {
        this.carrier = carrier;
    }

    /** Carries changes out, and answers their callers. */
    interface Carrier<C> {
        /**
         * Carries out some of a session's changes, from the first on.
         *
         * @param changes at least 1 and at most {@link #MOST}, in the order in which they came
         * @return what became of it, once their callers have their answers; never fails
         */
        Mono<Carried> carry(String sessionId, List<C> changes);

        /** Tells the caller of a change that nothing was done of it, as of one before it nothing was heard. */
        void refuse(C change);
    }

    /**
     * What became of changes.
     *
     * @param count how many have been answered, at least 1; the others stay first in line
     * @param away whether the store did not answer: whoever waits for it would wait as long again
     */
    record Carried(int count, boolean away) {}

    /** Has a change carried out once it is its turn. */
    void add(String sessionId, C change) {
        lines.compute(sessionId, (id, known) -> {
                    Line line = known == null ? new Line(id) : known;
                    line.add(change);
                    return line;
                })
                .goOn();
    }

    /** How many sessions have changes under way. */
    int busy() {
        return lines.size();
    }

    /** The changes of one session. */
    private final class Line {
        private final ArrayDeque<C> waiting = new ArrayDeque<>();
        private final AtomicInteger rounds = new AtomicInteger();
        private final String sessionId;
        private boolean underWay;

        Line(String sessionId) {
            this.sessionId = sessionId;
        }

        private synchronized void add(C change) {
            waiting.add(change);
        }

        private synchronized boolean isIdle() {
            return !underWay && waiting.isEmpty();
        }

        /** The first in line, which stay there until they are answered; null when there is nothing to begin. */
        private synchronized @Nullable List<C> next() {
            if (underWay || waiting.isEmpty()) {
                return null;
            }
            underWay = true;
            return waiting.stream().limit(MOST).toList();
        }

        /** Begins what may begin; one thread at a time, others have it look once more. */
        private void goOn() {
            if (rounds.getAndIncrement() != 0) {
                return;
            }
            int round = 1;
            while (round != 0) {
                for (List<C> next = next(); next != null; next = next()) {
                    carrier.carry(sessionId, next).subscribe(this::carried);
                }
                round = rounds.addAndGet(-round);
            }
            lines.computeIfPresent(sessionId, (id, known) -> known == this && isIdle() ? null : known);
        }

        private void carried(Carried done) {
            List<C> refused = new ArrayList<>();
            synchronized (this) {
                underWay = false;
                for (int i = 0; i < done.count(); i++) {
                    waiting.remove();
                }
                if (done.away()) {
                    refused.addAll(waiting);
                    waiting.clear();
                }
            }
            refused.forEach(carrier::refuse);
            goOn();
        }
    }
}
