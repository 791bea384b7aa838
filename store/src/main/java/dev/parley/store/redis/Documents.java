package dev.parley.store.redis;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.OnIdle;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.SessionEvents;
import dev.parley.store.SessionIdentities;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session's document as it is stored: four lines, of which the functions on the server read the first three. What stands in
 * one of these, and what is the default, is not repeated in the last, nor in the third what follows from the first. Pure; any
 * thread.
 */
final class Documents {
    private Documents() {}

    /** The first line: it is the body of the log's first entry as well. */
    private record Created(
            @Nullable String agentId,
            @Nullable String userId,
            String createdBy,
            @Nullable String name,
            Instant createdAt) {}

    /** The last line. Short names, as there are as many of them as sessions. */
    private record Rest(
            String c,
            String w,
            @Nullable String e,
            List<RawJson> t,
            @Nullable RawJson m,
            @Nullable RawJson x,
            @Nullable RawJson s,
            @Nullable List<Member> p,
            int r,
            @Nullable RawJson f,
            @Nullable SessionEnd end,
            @Nullable String o,
            @Nullable Boolean b) {}

    /** A participant; joined with the session where {@code j} is not there. */
    private record Member(
            String i,
            String k,
            String r,
            @Nullable String f,
            @Nullable String s,
            @Nullable Instant j,
            @Nullable Instant l,
            @Nullable RawJson c,
            @Nullable RawJson m) {}

    static byte[] encode(Session document) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
        RawJson created = SessionEvents.created(document);
        out.write(created.array(), created.offset(), created.length());
        out.write('\n');
        out.writeBytes(Json.write(document.surfaces()));
        out.write('\n');
        List<String> marked = marked(document);
        if (!marked.equals(markedAtFirst(document))) {
            out.writeBytes(Json.write(marked));
        }
        out.write('\n');
        out.writeBytes(Json.write(new Rest(
                document.channelId(),
                document.workspaceId(),
                document.employeeId(),
                timeouts(document.timeoutConfig()),
                unlessEmpty(document.metadata()),
                unlessEmpty(document.sharedContext()),
                unlessEmpty(document.workflowState()),
                document.participants().equals(atFirst(document.userId(), document.agentId(), document.createdAt()))
                        ? null
                        : members(document),
                document.membershipRevision(),
                document.workflow(),
                document.end(),
                document.resumedFrom(),
                document.byResolve() ? true : null)));
        return out.toByteArray();
    }

    static Session decode(String sessionId, byte[] stored) {
        int[] ends = new int[3];
        int from = 0;
        for (int i = 0; i < ends.length; i++) {
            while (stored[from] != '\n') {
                from++;
            }
            ends[i] = from++;
        }
        Created created = BodyCodec.decode(RawJson.slice(stored, 0, ends[0]), Created.class);
        Rest rest = BodyCodec.decode(RawJson.slice(stored, from, stored.length - from), Rest.class);
        List<String> surfaces =
                List.of(Json.MAPPER.readValue(stored, ends[0] + 1, ends[1] - ends[0] - 1, String[].class));
        return new Session(
                sessionId,
                rest.c,
                rest.w,
                created.name,
                created.userId,
                rest.e,
                created.agentId,
                created.createdBy,
                timeouts(rest.t),
                created.createdAt,
                orEmpty(rest.m),
                orEmpty(rest.x),
                orEmpty(rest.s),
                rest.p == null
                        ? atFirst(created.userId, created.agentId, created.createdAt)
                        : participants(rest.p, created.createdAt),
                rest.r,
                rest.f,
                surfaces,
                rest.end,
                rest.o,
                Boolean.TRUE.equals(rest.b));
    }

    /** The participants of a session that nobody was named for but its user and its agent. */
    private static List<Participant> atFirst(@Nullable String userId, @Nullable String agentId, Instant createdAt) {
        List<Participant> both = new ArrayList<>(2);
        if (userId != null) {
            both.add(plain(userId, Participant.USER, createdAt));
        }
        if (agentId != null && !agentId.equals(userId)) {
            both.add(plain(agentId, Participant.AGENT, createdAt));
        }
        return List.copyOf(both);
    }

    private static Participant plain(String id, String kind, Instant joinedAt) {
        return new Participant(id, kind, kind, null, Participant.ACTIVE, joinedAt, null, null, null);
    }

    /** The identities that follow from the first line. */
    private static List<String> markedAtFirst(Session document) {
        Set<String> names = new LinkedHashSet<>();
        for (String name : new String[] {document.userId(), document.agentId(), document.createdBy()}) {
            if (name != null) {
                names.add(name);
            }
        }
        return names.stream()
                .map(name -> (name.equals(document.agentId()) ? '+' : '-') + name)
                .toList();
    }

    private static List<String> marked(Session document) {
        List<String> agents = SessionIdentities.agents(document);
        List<String> marked = new ArrayList<>();
        for (String identity : SessionIdentities.all(document)) {
            marked.add((agents.contains(identity) ? '+' : '-') + identity);
        }
        return marked;
    }

    private static List<Member> members(Session document) {
        List<Member> members = new ArrayList<>(document.participants().size());
        for (Participant p : document.participants()) {
            members.add(new Member(
                    p.id(),
                    p.kind(),
                    p.role(),
                    p.framework(),
                    p.status().equals(Participant.ACTIVE) ? null : p.status(),
                    p.joinedAt().equals(document.createdAt()) ? null : p.joinedAt(),
                    p.leftAt(),
                    p.capabilities(),
                    p.metadata()));
        }
        return members;
    }

    private static List<Participant> participants(List<Member> members, Instant createdAt) {
        List<Participant> participants = new ArrayList<>(members.size());
        for (Member m : members) {
            participants.add(new Participant(
                    m.i,
                    m.k,
                    m.r,
                    m.f,
                    m.s == null ? Participant.ACTIVE : m.s,
                    m.j == null ? createdAt : m.j,
                    m.l,
                    m.c,
                    m.m));
        }
        return List.copyOf(participants);
    }

    /** In the order of the record's components. */
    private static List<RawJson> timeouts(TimeoutConfig config) {
        List<RawJson> values = new ArrayList<>(5);
        for (Object value : new Object[] {
            config.timeoutMinutes(),
            config.autoRenew(),
            config.maxDurationMinutes(),
            config.warningThresholdMinutes(),
            config.onIdle()
        }) {
            values.add(RawJson.of(Json.write(value)));
        }
        return values;
    }

    private static TimeoutConfig timeouts(List<RawJson> values) {
        return new TimeoutConfig(
                Double.parseDouble(values.get(0).toString()),
                Boolean.parseBoolean(values.get(1).toString()),
                Double.parseDouble(values.get(2).toString()),
                Double.parseDouble(values.get(3).toString()),
                Json.MAPPER.readValue(values.get(4).toString(), OnIdle.class));
    }

    private static @Nullable RawJson unlessEmpty(RawJson json) {
        return json.equals(RawJson.EMPTY_OBJECT) ? null : json;
    }

    private static RawJson orEmpty(@Nullable RawJson json) {
        return json == null ? RawJson.EMPTY_OBJECT : json;
    }
}
