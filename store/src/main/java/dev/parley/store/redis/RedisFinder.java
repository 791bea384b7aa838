package dev.parley.store.redis;

import dev.parley.protocol.Json;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore.AgentSessions;
import dev.parley.store.SessionStore.Candidates;
import dev.parley.store.SessionStore.Counts;
import dev.parley.store.SessionStore.SessionPage;
import dev.parley.store.SessionStore.SessionQuery;
import dev.parley.store.StoredSession;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds sessions. Of one user they are in one partition; all else is asked of every partition, as indexes lie beside what they
 * point to, and merged here. A page is not one instant of the whole store. Safe for use from any thread.
 */
final class RedisFinder {
    /** So many partitions are asked at once. */
    private static final int AT_ONCE = 32;

    private final Places places;
    private final int partitions;

    /**
     * @param partitions how many there are
     */
    RedisFinder(Places places, int partitions) {
        this.places = places;
        this.partitions = partitions;
    }

    Mono<Candidates> candidates(int partition, String workspaceId, String userId, @Nullable String surfaceId) {
        Args args = Args.of(workspaceId, userId).add(surfaceId == null ? null : quoted(surfaceId));
        return places.at(partition, RedisFunction.CANDIDATES, args).map(answer -> {
            List<StoredSession> sessions = new ArrayList<>();
            for (Object found : Answers.list(answer.get(2))) {
                List<Object> session = Answers.list(found);
                sessions.add(Answers.session(Answers.text(session.get(3)), session, 0)
                        .session());
            }
            return new Candidates(sessions, Answers.number(answer.get(1)));
        });
    }

    Mono<SessionPage> find(SessionQuery query) {
        String participant = query.participantId();
        String narrowest =
                participant != null ? participant : query.userId() != null ? query.userId() : query.agentId();
        Place cursor = Place.ofCursor(query.cursor());
        Args args = Args.of(query.workspaceId())
                .add(narrowest)
                .add(participant != null)
                .add(query.userId())
                .add(query.agentId() == null ? null : "\"agentId\":" + quoted(query.agentId()) + ",")
                .add(digits(query))
                .add(query.surfaceId() == null ? null : quoted(query.surfaceId()))
                .add(query.activeAfter())
                .add(cursor == null ? null : (Long) cursor.lastActivity)
                .add(cursor == null ? null : (Long) cursor.createdAt)
                .add(cursor == null ? null : (Long) cursor.ordinal)
                .add(query.limit() + 1);
        // What may be seen, or the workspace as a whole, is counted over all partitions, whoever's sessions are asked
        // for.
        return everywhere(RedisFunction.FIND, args).collectList().flatMap(answers -> page(answers, query.limit()));
    }

    Mono<AgentSessions> ofAgent(String workspaceId, String agentId, @Nullable String cursor, int limit) {
        String[] parts = cursor == null ? new String[0] : cursor.split("\\.", -1);
        int partition = parts.length == 2 ? (int) number(parts[0], 0) : 0;
        String after = parts.length == 2 ? Long.toString(number(parts[1], 0)) : "0";
        List<String> ids = new ArrayList<>();
        return ofAgent(workspaceId, agentId, Math.max(0, partition), after, limit, ids);
    }

    Mono<Counts> counts() {
        return everywhere(RedisFunction.COUNTS, new Args()).collectList().map(answers -> {
            long[] byStatus = new long[SessionStatus.values().length];
            long near = 0;
            for (List<Object> answer : answers) {
                List<Object> counters = Answers.list(answer.get(1));
                for (int i = 0; i < counters.size(); i += 2) {
                    String name = Answers.text(counters.get(i));
                    long count = Answers.number(counters.get(i + 1));
                    if (name.equals("near")) {
                        near += count;
                    } else {
                        byStatus[name.charAt(0) - '0'] += count;
                    }
                }
            }
            return new Counts(byStatus, near);
        });
    }

    private Flux<List<Object>> everywhere(RedisFunction function, Args args) {
        return Flux.range(0, partitions).flatMap(partition -> places.at(partition, function, args), AT_ONCE);
    }

    private Mono<SessionPage> page(List<List<Object>> answers, int limit) {
        long[] totals = new long[4];
        List<Place> found = new ArrayList<>();
        for (List<Object> answer : answers) {
            for (int i = 0; i < totals.length; i++) {
                totals[i] += Answers.number(answer.get(1 + i));
            }
            for (Object row : Answers.list(answer.get(5))) {
                found.add(Place.of(Answers.list(row)));
            }
        }
        found.sort(Place.MOST_RECENT_FIRST);
        List<Place> shown = found.subList(0, Math.min(limit, found.size()));
        String next = found.size() > limit ? shown.get(limit - 1).cursor() : null;
        return Flux.fromIterable(shown)
                .flatMapSequential(place -> places.call(place.id, RedisFunction.LOAD, Args.of(place.id))
                        .filter(answer -> Answers.code(answer).equals(Answers.OK))
                        .map(answer -> Answers.session(place.id, answer, 1).session()))
                .collectList()
                .map(sessions -> new SessionPage(sessions, totals[0], totals[1], totals[2], totals[3], next));
    }

    private Mono<AgentSessions> ofAgent(
            String workspaceId, String agentId, int partition, String after, int limit, List<String> ids) {
        if (partition >= partitions) {
            return Mono.just(new AgentSessions(ids, null));
        }
        int missing = limit - ids.size();
        Flux<List<Object>> next = Flux.range(partition, Math.min(AT_ONCE, partitions - partition))
                .flatMapSequential(asked -> places.at(
                        asked,
                        RedisFunction.OF_AGENT,
                        Args.of(workspaceId, agentId)
                                .add(asked == partition ? after : "0")
                                .add(missing)));
        return next.collectList().flatMap(answers -> {
            for (int i = 0; i < answers.size(); i++) {
                List<String> found = Answers.texts(answers.get(i).get(1));
                List<String> ordinals = Answers.texts(answers.get(i).get(2));
                for (int n = 0; n < found.size(); n++) {
                    ids.add(found.get(n));
                    if (ids.size() == limit) {
                        return Mono.just(new AgentSessions(ids, (partition + i) + "." + ordinals.get(n)));
                    }
                }
            }
            return ofAgent(workspaceId, agentId, partition + answers.size(), "0", limit, ids);
        });
    }

    private static String digits(SessionQuery query) {
        StringBuilder digits = new StringBuilder();
        for (SessionStatus status : SessionStatus.values()) {
            if (query.statuses().isEmpty()
                    ? !status.isTerminal()
                    : query.statuses().contains(status)) {
                digits.append(Answers.STATUSES.indexOf(status));
            }
        }
        return digits.toString();
    }

    private static String quoted(String text) {
        return new String(Json.write(text), StandardCharsets.UTF_8);
    }

    private static long number(String text, long otherwise) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** A session's place in the order: most recent activity, then newest creation, then the one created later. */
    private record Place(String id, long lastActivity, long createdAt, long ordinal) {
        static final Comparator<Place> MOST_RECENT_FIRST = Comparator.comparingLong(Place::lastActivity)
                .thenComparingLong(Place::createdAt)
                .thenComparingLong(Place::ordinal)
                .reversed();

        static Place of(List<Object> row) {
            return new Place(
                    Answers.text(row.get(0)),
                    Answers.number(row.get(1)),
                    Answers.number(row.get(2)),
                    Answers.number(row.get(3)));
        }

        /** The place that a cursor names; null for none, and for what is no cursor of ours. */
        static @Nullable Place ofCursor(@Nullable String cursor) {
            String[] parts = cursor == null ? new String[0] : cursor.split("\\.", -1);
            if (parts.length != 3) {
                return null;
            }
            return new Place(
                    "",
                    number(parts[0], Long.MAX_VALUE),
                    number(parts[1], Long.MAX_VALUE),
                    number(parts[2], Long.MAX_VALUE));
        }

        String cursor() {
            return lastActivity + "." + createdAt + "." + ordinal;
        }
    }
}
