package dev.parley.client;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are not settled yet, in the order in which the program sent them. Of each session one is under way at a time:
 * only so does the order hold when one has to be sent again. Belongs to the engine thread.
 */
final class Outbox {
    /** Sends one message when there is a connection. */
    interface Sender {
        /**
         * Sends.
         *
         * @param params of {@code message.send}
         * @param outcome told once
         * @return false when there is no connection; then the outcome is never told
         */
        boolean send(RawJson params, Requests.Outcome outcome);
    }

    /** A message and the future that the program waits on. */
    record Unsent(String sessionId, RawJson params, CompletableFuture<SessionResults.Sent> future) {}

    private static final class Lane {
        private final ArrayDeque<Unsent> queue = new ArrayDeque<>();
        private final Backoff backoff;
        private boolean busy;
        private ClientThreads.@Nullable Timer retry;

        Lane(RandomGenerator random) {
            backoff = new Backoff(random);
        }
    }

    private final Map<String, Lane> lanes = new LinkedHashMap<>();
    private final ClientThreads threads;
    private final RandomGenerator random;
    private final Sender sender;
    private final int limit;
    private int size;

    /**
     * An empty outbox.
     *
     * @param limit messages that may be unsettled at once
     */
    Outbox(ClientThreads threads, RandomGenerator random, Sender sender, int limit) {
        this.threads = threads;
        this.random = random;
        this.sender = sender;
        this.limit = limit;
    }

    /** Takes a message and sends it when its turn comes. */
    void add(Unsent message) {
        if (size >= limit) {
            threads.complete(() -> message.future()
                    .completeExceptionally(ParleyException.local(
                            ParleyException.QUEUE_FULL,
                            limit + " messages are unsettled already; wait until some are acknowledged.")));
            return;
        }
        size++;
        Lane lane = lanes.computeIfAbsent(message.sessionId(), id -> new Lane(random));
        lane.queue.add(message);
        pump(message.sessionId(), lane);
    }

    /** There is a connection: everything unsettled is sent, again where need be. */
    void connected() {
        for (String sessionId : List.copyOf(lanes.keySet())) {
            Lane lane = lanes.get(sessionId);
            if (lane != null) {
                if (lane.retry != null) {
                    lane.retry.cancel();
                    lane.retry = null;
                }
                pump(sessionId, lane);
            }
        }
    }

    /** How many messages are not settled. */
    int size() {
        return size;
    }

    private void pump(String sessionId, Lane lane) {
        if (lane.busy || lane.retry != null) {
            return;
        }
        Unsent head = lane.queue.peek();
        while (head != null && head.future().isDone()) {
            // The program gave it up.
            lane.queue.remove();
            size--;
            head = lane.queue.peek();
        }
        if (head == null) {
            lanes.remove(sessionId);
            return;
        }
        Unsent message = head;
        lane.busy = true;
        if (!sender.send(message.params(), new Requests.Outcome() {
            @Override
            public void result(RawJson result) {
                settled(message, lane);
                threads.complete(() -> Futures.complete(message.future(), result, SessionResults.Sent.class));
            }

            @Override
            public void failed(ParleyException problem) {
                if (isPassing(problem)) {
                    again(sessionId, lane, problem);
                } else {
                    settled(message, lane);
                    threads.complete(() -> message.future().completeExceptionally(problem));
                }
            }
        })) {
            lane.busy = false;
        }
    }

    private void settled(Unsent message, Lane lane) {
        lane.busy = false;
        lane.backoff.reset();
        lane.queue.remove();
        size--;
        pump(message.sessionId(), lane);
    }

    private void again(String sessionId, Lane lane, ParleyException problem) {
        lane.busy = false;
        if (problem.code().equals(ParleyException.CONNECTION_LOST)) {
            // The next connection sends it; until then there is nothing to wait for.
            return;
        }
        lane.retry = threads.later(lane.backoff.nextMillis(), () -> {
            lane.retry = null;
            pump(sessionId, lane);
        });
    }

    /** Whether sending the same message again may end otherwise; its id makes that harmless. */
    private static boolean isPassing(ParleyException problem) {
        return problem.is(ErrorCode.DRAINING)
                || problem.is(ErrorCode.STORE_UNAVAILABLE)
                || problem.is(ErrorCode.RATE_LIMITED)
                || problem.code().equals(ParleyException.REQUEST_TIMEOUT)
                || problem.code().equals(ParleyException.CONNECTION_LOST);
    }

    /** The client ends: what is unsettled fails. */
    void closed(ParleyException problem) {
        List<Unsent> rest = new ArrayList<>();
        for (Lane lane : lanes.values()) {
            rest.addAll(lane.queue);
            if (lane.retry != null) {
                lane.retry.cancel();
            }
        }
        lanes.clear();
        size = 0;
        threads.complete(() -> rest.forEach(message -> message.future().completeExceptionally(problem)));
    }
}
