package dev.parley.gateway.operation;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Keeps what one connection sends in one session in its order, over a store whose answers come later. As long as nothing goes
 * wrong sends do not wait for each other: each names the one before it whose answer is still out, and the store takes it after
 * that one or not at all. One that was not taken because of that is sent again when those before it are settled; one that has
 * to look its session up first goes alone.
 *
 * <p>When the store fails a send, nothing that was sent behind it may come before its repeat. So those behind it are refused
 * too, and so is what the client sends until it repeats the refused ones in their order, or must have seen that they were
 * refused: when it has answered a ping that went out after the last refusal. What it sends then is its own decision.
 *
 * <p>Confined to the connection's loop, but for the answers of the store, which hop to it. Holds something only for sessions
 * with a send under way or refused.
 */
public final class SendOrder {
    /** Refused messages that are remembered for one session; a client that sends on beyond them has lost their order. */
    private static final int MOST_REFUSED = 1_000;

    private final Home home;
    private final Map<String, Lane> lanes = new HashMap<>(2);
    /** Sends whose sender was told that they failed, and which were not taken since; the store may have them all the same. */
    private final Set<String> failed = new LinkedHashSet<>(2);

    /**
     * @param home the connection
     */
    public SendOrder(Home home) {
        this.home = home;
    }

    /** What the order needs of its connection. */
    public interface Home {
        /** Runs something on the loop, behind what waits for it already, also when called from there. */
        void enqueue(Runnable task);

        /** Sends the client a ping; answers its number, higher than all before. {@link #seen} is called with it. */
        long probe();
    }

    /**
     * Something to send. Both ways fail as the store does, not as callers are told it.
     *
     * @param <T> its answer
     */
    public interface Sending<T> {
        /**
         * Sends by what the connection knows of the session.
         *
         * @param after id of the message before it whose answer is still out; null when there is none
         * @return null when the session has to be looked up first
         */
        @Nullable Mono<T> atOnce(@Nullable String after);

        /** Looks the session up, then sends. */
        Mono<T> lookedUp();
    }

    /** Sends a message in its turn. */
    public <T> Mono<T> message(String sessionId, String messageId, Sending<T> sending) {
        return Mono.create(
                answer -> lanes.computeIfAbsent(sessionId, Lane::new).add(new Entry<>(messageId, sending, answer)));
    }

    /** Passes something on that no log holds, behind what was sent before it; it may be lost. */
    public <T> Mono<T> signal(String sessionId, Sending<T> sending) {
        return Mono.defer(() -> {
            Lane lane = lanes.get(sessionId);
            if (lane == null || lane.isFlowing()) {
                Mono<T> now = sending.atOnce(null);
                if (now != null) {
                    return now;
                }
            }
            return Mono.create(
                    answer -> lanes.computeIfAbsent(sessionId, Lane::new).add(new Entry<>(null, sending, answer)));
        });
    }

    /** The client has answered a ping, and so has seen all that was written before it. */
    public void seen(long number) {
        List.copyOf(lanes.values()).forEach(lane -> lane.seen(number));
    }

    /** For how many sessions something is under way or refused. */
    int size() {
        return lanes.size();
    }

    private enum Turn {
        WAITS,
        /** The store did not take it: once more, when those before it are settled. */
        AGAIN,
        /** Looks its session up, when those before it are settled. */
        LOOKS_UP,
        OUT,
        /** Out, and nothing may go out behind it. */
        ALONE
    }

    private static final class Entry<T> {
        private final @Nullable String messageId;
        private final Sending<T> sending;
        private final MonoSink<T> answer;
        private Turn turn = Turn.WAITS;
        /** Its place among what was sent in the session; that of the first time, when it is repeated. */
        private long place;

        private boolean isRepeat;
        private boolean looksUp;
        private @Nullable String after;

        Entry(@Nullable String messageId, Sending<T> sending, MonoSink<T> answer) {
            this.messageId = messageId;
            this.sending = sending;
            this.answer = answer;
        }
    }

    /** What is sent in one session. */
    private final class Lane {
        private final String sessionId;
        /** What is not settled, by its place. */
        private final List<Entry<?>> entries = new ArrayList<>(2);
        /** Ids of messages that were refused for the store's sake, or of which nobody knows, by their place. */
        private final TreeMap<Long, String> refused = new TreeMap<>();

        private long places;
        private boolean pumping;
        /** The ping whose answer is awaited; 0 for none. */
        private long probe;
        /** Whether something was refused behind that ping. */
        private boolean refusedSince;

        Lane(String sessionId) {
            this.sessionId = sessionId;
        }

        /** Whether what comes now may go out now. */
        boolean isFlowing() {
            return entries.isEmpty() || entries.get(entries.size() - 1).turn == Turn.OUT;
        }

        void add(Entry<?> entry) {
            Long before = placeOf(entry.messageId);
            entry.place = before == null ? ++places : before;
            entry.isRepeat = failed.contains(key(entry));
            if (mayCome(entry)) {
                int at = entries.size();
                while (at > 0 && entries.get(at - 1).place > entry.place) {
                    at--;
                }
                entries.add(at, entry);
            } else {
                refuse(entry);
            }
            settle();
        }

        void seen(long number) {
            if (probe == 0 || number < probe) {
                return;
            }
            probe = 0;
            if (!refusedSince && entries.isEmpty()) {
                refused.clear();
            }
            settle();
        }

        private @Nullable Long placeOf(@Nullable String messageId) {
            for (Map.Entry<Long, String> each : refused.entrySet()) {
                if (each.getValue().equals(messageId)) {
                    return each.getKey();
                }
            }
            return null;
        }

        /** Whether all that were refused before it are being repeated. */
        private boolean mayCome(Entry<?> entry) {
            if (entry.messageId == null) {
                return true;
            }
            for (String earlier : refused.headMap(entry.place).values()) {
                if (entries.stream().noneMatch(other -> earlier.equals(other.messageId))) {
                    return false;
                }
            }
            return true;
        }

        /** Lets go out what may, asks the client where that is due, and is gone when nothing is left. */
        private void settle() {
            if (pumping) {
                return;
            }
            pumping = true;
            boolean went = true;
            while (went) {
                went = letOneGo();
            }
            pumping = false;
            if (entries.isEmpty() && refused.isEmpty()) {
                lanes.remove(sessionId, this);
            } else if (entries.isEmpty() && probe == 0) {
                refusedSince = false;
                probe = home.probe();
            }
        }

        /** Lets the first that waits go out, when it may; false when none may. */
        private boolean letOneGo() {
            String after = null;
            boolean first = true;
            for (Entry<?> entry : entries) {
                if (entry.turn == Turn.OUT) {
                    after = entry.messageId == null ? after : entry.messageId;
                    first = false;
                    continue;
                }
                if (entry.turn == Turn.ALONE || (entry.turn != Turn.WAITS && !first)) {
                    return false;
                }
                if (entry.turn != Turn.LOOKS_UP && goAtOnce(entry, after)) {
                    return true;
                }
                entry.turn = Turn.LOOKS_UP;
                return first && goAlone(entry);
            }
            return false;
        }

        private <T> boolean goAtOnce(Entry<T> entry, @Nullable String after) {
            String named = entry.messageId == null ? null : after;
            Mono<T> call;
            try {
                call = entry.sending.atOnce(named);
            } catch (RuntimeException defect) {
                call = Mono.error(defect);
            }
            if (call == null) {
                return false;
            }
            // What comes behind a repeat cannot name it, as the store may have had it long before what is out now.
            entry.turn = entry.isRepeat ? Turn.ALONE : Turn.OUT;
            entry.looksUp = false;
            entry.after = named;
            go(entry, call);
            return true;
        }

        private <T> boolean goAlone(Entry<T> entry) {
            entry.turn = Turn.ALONE;
            entry.looksUp = true;
            entry.after = null;
            go(entry, Mono.defer(entry.sending::lookedUp));
            return true;
        }

        private <T> void go(Entry<T> entry, Mono<T> call) {
            // An answer that is there before it is subscribed to comes on the loop itself, while the one before it may
            // have come on the store's thread and still wait for the loop.
            call.subscribe(
                    result -> home.enqueue(() -> taken(entry, result)),
                    failure -> home.enqueue(() -> failed(entry, failure)));
        }

        private <T> void taken(Entry<T> entry, T result) {
            entries.remove(entry);
            refused.values().remove(entry.messageId);
            failed.remove(key(entry));
            Long after = placeOf(entry.after);
            if (after != null) {
                // The store has taken it after that one, so it has that one, and those before.
                refused.headMap(after, true).clear();
            }
            entry.answer.success(result);
            settle();
        }

        private void failed(Entry<?> entry, Throwable failure) {
            boolean outOfOrder = failure instanceof StoreException.OutOfOrder;
            boolean notTaken = outOfOrder || (failure instanceof StoreException.StaleMembership && !entry.looksUp);
            if (notTaken && mayCome(entry)) {
                entry.turn = outOfOrder ? Turn.AGAIN : Turn.LOOKS_UP;
                settle();
                return;
            }
            entries.remove(entry);
            if (notTaken) {
                refuse(entry);
            } else if (entry.messageId != null && isTrouble(failure)) {
                remember(entry, entry.messageId);
                entry.answer.error(failure);
                refuseThoseBehind(entry);
            } else {
                refused.values().remove(entry.messageId);
                entry.answer.error(failure);
            }
            settle();
        }

        /** What has not gone out cannot go any more before the one that failed is repeated. */
        private void refuseThoseBehind(Entry<?> failed) {
            for (Entry<?> entry : List.copyOf(entries)) {
                boolean isOut = entry.turn == Turn.OUT || entry.turn == Turn.ALONE;
                if (entry.messageId != null && entry.place > failed.place && !isOut) {
                    entries.remove(entry);
                    refuse(entry);
                }
            }
        }

        private void refuse(Entry<?> entry) {
            if (entry.messageId != null) {
                remember(entry, entry.messageId);
            }
            entry.answer.error(
                    new StoreException.OutOfOrder(refused.firstEntry().getValue()));
        }

        private void remember(Entry<?> entry, String messageId) {
            refusedSince = true;
            if (refused.size() < MOST_REFUSED) {
                refused.put(entry.place, messageId);
            }
            failed.add(key(entry));
            if (failed.size() > MOST_REFUSED) {
                failed.remove(failed.iterator().next());
            }
        }

        private String key(Entry<?> entry) {
            return sessionId + ' ' + entry.messageId;
        }

        /** Whether the store, rather than a rule, refused: then nobody knows whether the message is there. */
        private static boolean isTrouble(Throwable failure) {
            if (failure instanceof ProtocolException problem) {
                return problem.code() == ErrorCode.STORE_UNAVAILABLE || problem.code() == ErrorCode.INTERNAL_ERROR;
            }
            return !(failure instanceof StoreException) || failure instanceof StoreException.Unavailable;
        }
    }
}
