package dev.parley.store.memory;

import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionIdentities;
import dev.parley.store.SessionStore.AgentSessions;
import dev.parley.store.SessionStore.Candidates;
import dev.parley.store.SessionStore.SessionPage;
import dev.parley.store.SessionStore.SessionQuery;
import dev.parley.store.StoredSession;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds sessions: through the index of an identity where one is named, else by looking at all. Looks at one session at a
 * time under its lock, so a page is not one instant of the whole store. Safe for use from any thread.
 */
final class SessionFinder {
    private static final int CANDIDATES = 100;

    private final SessionTable table;

    SessionFinder(SessionTable table) {
        this.table = table;
    }

    Candidates candidates(String workspaceId, String userId, @Nullable String surfaceId) {
        table.checkOpen();
        Members members = table.workspace(workspaceId).members(userId);
        if (members == null) {
            return new Candidates(List.of(), 0);
        }
        List<SessionEntry> entries = members.all();
        for (SessionEntry entry : entries) {
            table.with(entry, (settled, now) -> null);
        }
        // Read before the sessions are: whatever changes from here on makes it stale, which is the safe side.
        long revision = members.revision();
        List<Found> found = new ArrayList<>();
        for (SessionEntry entry : members.all()) {
            Found candidate =
                    table.with(entry, (settled, now) -> isCandidate(settled, userId) ? Found.of(settled) : null);
            if (candidate != null) {
                found.add(candidate);
            }
        }
        found.sort(Found.MOST_RECENT_FIRST);
        List<StoredSession> sessions = new ArrayList<>(Math.min(found.size(), CANDIDATES));
        boolean hasSurface = surfaceId == null;
        for (Found candidate : found) {
            boolean attached = surfaceId != null
                    && candidate.session().document().surfaces().contains(surfaceId);
            if (sessions.size() < CANDIDATES) {
                sessions.add(candidate.session());
                hasSurface |= attached;
            } else if (!hasSurface && attached) {
                sessions.set(CANDIDATES - 1, candidate.session());
                break;
            }
        }
        return new Candidates(sessions, revision);
    }

    AgentSessions ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
        table.checkOpen();
        Members members = table.workspace(workspaceId).members(agentId);
        List<String> ids = new ArrayList<>();
        long position = cursor == null ? 0 : number(cursor, 0);
        while (members != null) {
            List<SessionEntry> page = members.after(position, limit);
            if (page.isEmpty()) {
                break;
            }
            for (SessionEntry entry : page) {
                if (ids.size() == limit) {
                    return new AgentSessions(ids, Long.toString(position));
                }
                String id = table.with(
                        entry,
                        (settled, now) -> !settled.ended()
                                        && SessionIdentities.agents(settled.document)
                                                .contains(agentId)
                                ? settled.sessionId()
                                : null);
                if (id != null) {
                    ids.add(id);
                }
                position = entry.ordinal;
            }
        }
        return new AgentSessions(ids, null);
    }

    SessionPage find(SessionQuery query) {
        table.checkOpen();
        table.settleAll();
        Workspace workspace = table.workspace(query.workspaceId());
        Set<SessionStatus> statuses = query.statuses();
        Place cursor = Place.ofCursor(query.cursor());
        PriorityQueue<Found> best = new PriorityQueue<>(Found.MOST_RECENT_FIRST.reversed());
        long[] totals = new long[4];
        for (SessionEntry entry : narrowest(workspace, query)) {
            Found found = entry.workspace != workspace
                    ? null
                    : table.with(entry, (settled, now) -> {
                        if (query.participantId() != null) {
                            if (!SessionIdentities.all(settled.document).contains(query.participantId())) {
                                return null;
                            }
                            add(settled.status, 1, totals);
                        }
                        if (!(statuses.isEmpty() ? !settled.ended() : statuses.contains(settled.status))
                                || !matches(settled, query)) {
                            return null;
                        }
                        totals[3]++;
                        Found worst = best.size() > query.limit() ? best.peek() : null;
                        Place place = Place.of(settled);
                        boolean inPage = place.isBehind(cursor) && (worst == null || worst.place.isBehind(place));
                        return inPage ? Found.of(settled) : null;
                    });
            if (found != null) {
                best.add(found);
                if (best.size() > query.limit() + 1) {
                    best.poll();
                }
            }
        }
        if (query.participantId() == null) {
            for (SessionStatus status : SessionStatus.values()) {
                add(status, workspace.count(status), totals);
            }
        }
        List<Found> page = new ArrayList<>(best);
        page.sort(Found.MOST_RECENT_FIRST);
        List<StoredSession> sessions = new ArrayList<>(query.limit());
        for (Found found : page.subList(0, Math.min(page.size(), query.limit()))) {
            sessions.add(found.session());
        }
        String next =
                page.size() > query.limit() ? page.get(query.limit() - 1).place.cursor() : null;
        return new SessionPage(sessions, totals[3], totals[0], totals[1], totals[2], next);
    }

    /** The smallest set that surely holds all that count: with a participant, all of theirs, as their totals are told. */
    private Collection<SessionEntry> narrowest(Workspace workspace, SessionQuery query) {
        if (query.participantId() != null) {
            return members(workspace, query.participantId());
        }
        if (query.userId() != null) {
            return members(workspace, query.userId());
        }
        if (query.agentId() != null) {
            return members(workspace, query.agentId());
        }
        return table.all();
    }

    private static List<SessionEntry> members(Workspace workspace, String identity) {
        Members members = workspace.members(identity);
        return members == null ? List.of() : members.all();
    }

    private static boolean isCandidate(SessionEntry entry, String userId) {
        boolean open = entry.status == SessionStatus.ACTIVE
                || entry.status == SessionStatus.SUSPENDED
                || (entry.status == SessionStatus.CREATED && entry.document.byResolve());
        return open && userId.equals(entry.document.userId());
    }

    private static boolean matches(SessionEntry entry, SessionQuery query) {
        Session document = entry.document;
        return (query.userId() == null || query.userId().equals(document.userId()))
                && (query.agentId() == null || query.agentId().equals(document.agentId()))
                && (query.surfaceId() == null || document.surfaces().contains(query.surfaceId()))
                && (query.activeAfter() == null || entry.lastActivity > query.activeAfter());
    }

    private static void add(SessionStatus status, long count, long[] totals) {
        totals[0] += count;
        if (!status.isTerminal()) {
            totals[1] += count;
        } else if (status == SessionStatus.EXPIRED) {
            totals[2] += count;
        }
    }

    private static long number(String text, long otherwise) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** A session's place in the order: most recent activity, then newest creation, then the one accepted later. */
    private record Place(long lastActivity, long createdAt, long ordinal) {
        private static final Comparator<Place> MOST_RECENT_FIRST = Comparator.comparingLong(Place::lastActivity)
                .thenComparingLong(Place::createdAt)
                .thenComparingLong(Place::ordinal)
                .reversed();

        static Place of(SessionEntry entry) {
            return new Place(entry.lastActivity, entry.document.createdAt().toEpochMilli(), entry.ordinal);
        }

        /** The place that a cursor names; null for none, and for what is no cursor of ours. */
        static @Nullable Place ofCursor(@Nullable String cursor) {
            String[] parts = cursor == null ? new String[0] : cursor.split("\\.", -1);
            if (parts.length != 3) {
                return null;
            }
            return new Place(
                    number(parts[0], Long.MAX_VALUE),
                    number(parts[1], Long.MAX_VALUE),
                    number(parts[2], Long.MAX_VALUE));
        }

        boolean isBehind(@Nullable Place other) {
            return other == null || MOST_RECENT_FIRST.compare(this, other) > 0;
        }

        String cursor() {
            return lastActivity + "." + createdAt + "." + ordinal;
        }
    }

    /** A session that was found. */
    private record Found(Place place, StoredSession session) {
        static final Comparator<Found> MOST_RECENT_FIRST = Comparator.comparing(Found::place, Place.MOST_RECENT_FIRST);

        static Found of(SessionEntry entry) {
            return new Found(Place.of(entry), entry.snapshot());
        }
    }
}
