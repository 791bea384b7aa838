package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.store.PresenceStore;
import dev.parley.store.PresenceStore.Held;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.time.TimeSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How many connections of each participant are attached to a session here, and on which surfaces; says it to the store whenever
 * it changes, of one participant one call at a time, so that what is said last is what is true. An agent that is attached by
 * itself and has no surface is not counted: it is there while it is online, and its thousands of sessions need no thousands of
 * calls. Only where it detached by hand that is said, and from then on it is counted there. Safe for use from any thread.
 */
public final class LocalPresence {
    private static final long RETRY_MILLIS = 1_000;

    private final Store store;
    private final TimeSource time;
    private final String holder = UUID.randomUUID().toString();
    private final ConcurrentHashMap<Place, Here> here = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Says to a store what is here. */
    public LocalPresence(Store store, TimeSource time) {
        this.store = store;
        this.time = time;
    }

    /** Says once more what is held of a session here: the store may have lost it. */
    public void sayAgain(String sessionId) {
        here.forEach((place, counted) -> {
            if (place.sessionId.equals(sessionId) && counted.changed()) {
                say(place, counted);
            }
        });
    }

    /** Says nothing any more. */
    public void close() {
        closed = true;
        here.clear();
    }

    /**
     * A connection was attached.
     *
     * @param counts whether it is counted although it need not be, as it was before
     * @return whether it is counted, and its end has to be told
     */
    boolean attached(String sessionId, Caller caller, @Nullable String surfaceId, boolean counts) {
        Place place = new Place(sessionId, caller.id());
        boolean[] counted = {counts || isCounted(caller, surfaceId)};
        boolean[] turn = {false};
        Here now = here.compute(place, (at, known) -> {
            counted[0] |= known != null && known.isAway();
            if (!counted[0]) {
                return known;
            }
            Here those = known == null ? new Here(caller.kind()) : known;
            turn[0] = those.add(surfaceId, store.nowMillis());
            return those;
        });
        if (turn[0] && now != null) {
            say(place, now);
        }
        return counted[0];
    }

    /** A connection that was counted is not attached any more. */
    void detached(String sessionId, Caller caller, @Nullable String surfaceId) {
        Place place = new Place(sessionId, caller.id());
        Here counted = here.get(place);
        if (counted != null && counted.take(surfaceId)) {
            say(place, counted);
        }
    }

    /**
     * An agent detached by hand: it is not there although it is online.
     *
     * @param counted whether its connection was counted until now
     */
    void awayByHand(String sessionId, Caller caller, @Nullable String surfaceId, boolean counted) {
        Place place = new Place(sessionId, caller.id());
        boolean[] turn = {false};
        Here now = here.compute(place, (at, known) -> {
            Here those = known == null ? new Here(caller.kind()) : known;
            turn[0] = those.leave(surfaceId, counted, store.nowMillis());
            return those;
        });
        if (turn[0] && now != null) {
            say(place, now);
        }
    }

    /** The connection of an agent that was away by hand is gone: what it is from now on follows from its next one. */
    void awayNoMore(String sessionId, Caller caller) {
        Place place = new Place(sessionId, caller.id());
        Here counted = here.get(place);
        if (counted != null && counted.awayNoMore()) {
            say(place, counted);
        }
    }

    /** Tells that an agent, which is not counted, came to a session or was taken out of it. */
    void tell(String sessionId, Caller caller, @Nullable String surfaceId, boolean present) {
        if (!isCounted(caller, surfaceId)) {
            store.log()
                    .signal(PresenceStore.signal(sessionId, caller.id(), present))
                    .subscribe(nothing -> {}, lost -> {
                        // A hint; who asks is told the truth.
                    });
        }
    }

    static boolean isCounted(Caller caller, @Nullable String surfaceId) {
        return !caller.isAgent() || surfaceId != null;
    }

    /** Says how it stands; whoever has the turn. */
    private void say(Place place, Here counted) {
        Held held = counted.held(place.sessionId, holder, place.participantId);
        store.presence()
                .put(held)
                .subscribe(nothing -> {}, failure -> failed(place, counted, failure), () -> said(place, counted));
    }

    private void said(Place place, Here counted) {
        if (counted.passesOn()) {
            if (!closed) {
                say(place, counted);
            }
        } else {
            here.computeIfPresent(place, (at, now) -> now.isIdle() ? null : now);
        }
    }

    private void failed(Place place, Here counted, Throwable failure) {
        if (failure instanceof StoreException.NotFound) {
            // The session is gone, and all that was said of it.
            said(place, counted);
        } else if (!closed) {
            time.schedule(RETRY_MILLIS, () -> {
                if (!closed) {
                    say(place, counted);
                }
            });
        }
    }

    private record Place(String sessionId, String participantId) {}

    /** One participant's connections in one session. Its monitor guards it. */
    private static final class Here {
        private final String kind;
        private final Map<String, Integer> surfaces = new LinkedHashMap<>(2);
        private int connections;
        private long since;
        /** An agent detached by hand, and no connection of it is attached. */
        private boolean away;
        /** A call is under way, or waits to be made again. */
        private boolean saying;
        /** It changed since the call under way was made. */
        private boolean changed;

        Here(String kind) {
            this.kind = kind;
        }

        /** Answers whether the caller is to say it. */
        synchronized boolean add(@Nullable String surfaceId, long now) {
            if (connections++ == 0) {
                since = now;
            }
            away = false;
            if (surfaceId != null) {
                surfaces.merge(surfaceId, 1, Integer::sum);
            }
            return changed();
        }

        synchronized boolean take(@Nullable String surfaceId) {
            connections--;
            takeSurface(surfaceId);
            return changed();
        }

        synchronized boolean leave(@Nullable String surfaceId, boolean counted, long now) {
            if (counted) {
                connections--;
                takeSurface(surfaceId);
            }
            if (connections == 0 && !away) {
                away = true;
                since = now;
            }
            return changed();
        }

        synchronized boolean awayNoMore() {
            boolean was = away;
            away = false;
            return was && changed();
        }

        synchronized boolean isAway() {
            return away;
        }

        private void takeSurface(@Nullable String surfaceId) {
            if (surfaceId != null) {
                surfaces.computeIfPresent(surfaceId, (id, count) -> count == 1 ? null : count - 1);
            }
        }

        synchronized boolean changed() {
            if (saying) {
                changed = true;
                return false;
            }
            saying = true;
            return true;
        }

        /** How it stands now. */
        synchronized Held held(String sessionId, String holder, String participantId) {
            changed = false;
            List<String> named = List.copyOf(surfaces.keySet());
            return new Held(sessionId, holder, participantId, kind, connections, since, named, away);
        }

        /** The call is done; answers whether the next one is due at once. */
        synchronized boolean passesOn() {
            saying = changed;
            return saying;
        }

        synchronized boolean isIdle() {
            return !saying && connections == 0 && !away;
        }
    }
}
