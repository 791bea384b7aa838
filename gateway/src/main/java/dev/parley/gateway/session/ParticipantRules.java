package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.session.NewSession.Parties;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.JsonText;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionParams.NewParticipant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who takes part in a session, who comes, and who leaves (sessions.md section 7). Pure; any thread. */
final class ParticipantRules {
    private static final int MOST_WHO_LEFT = 100;

    private final GatewayConfig config;

    /**
     * @param config how many may take part, those who left not counted, and how much may be said of each
     */
    ParticipantRules(GatewayConfig config) {
        this.config = config;
    }

    /** How somebody came to take part. */
    enum Coming {
        NEW,
        BACK,
        THERE
    }

    /**
     * Somebody was added.
     *
     * @param session after it
     * @param participant as they are now
     * @param coming whether they were there before
     */
    record Added(Session session, Participant participant, Coming coming) {}

    /** Those of a new session: the user first, then the agent, then whoever else is given. */
    List<Participant> atFirst(Parties parties, @Nullable List<NewParticipant> given, Instant joinedAt) {
        Map<String, Participant> merged = new LinkedHashMap<>();
        merged.put(parties.userId(), plain(parties.userId(), Participant.USER, joinedAt));
        String agentId = parties.agentId();
        if (agentId != null && !merged.containsKey(agentId)) {
            merged.put(agentId, plain(agentId, Participant.AGENT, joinedAt));
        }
        List<NewParticipant> more = given == null ? List.of() : given;
        for (int i = 0; i < more.size(); i++) {
            NewParticipant one = more.get(i);
            String place = "participants[" + i + "].";
            checkKind(place, one);
            Participant known = merged.get(one.id());
            merged.put(one.id(), merge(known == null ? plain(one.id(), one.kind(), joinedAt) : known, one, place));
        }
        checkNumber(merged.size());
        return List.copyOf(merged.values());
    }

    /** Adds somebody, brings them back, or updates them. */
    Added add(Session session, NewParticipant given, Instant now) {
        checkKind("", given);
        Participant known = session.participant(given.id());
        if (known != null && !known.kind().equals(given.kind())) {
            throw Problems.invalid("kind", given.kind(), known.kind() + ", as which they are known in this session");
        }
        boolean isThere = known != null && known.present();
        Participant before = known == null ? plain(given.id(), given.kind(), now) : known;
        Participant base = isThere
                ? before
                : new Participant(
                        before.id(),
                        before.kind(),
                        before.role(),
                        before.framework(),
                        Participant.ACTIVE,
                        now,
                        null,
                        before.capabilities(),
                        before.metadata());
        Participant added = merge(base, given, "");
        List<Participant> all = new ArrayList<>(session.participants());
        if (known == null) {
            all.add(added);
        } else {
            all.set(all.indexOf(known), added);
        }
        checkNumber(all.stream().filter(Participant::present).count());
        forgetOldest(all);
        return new Added(
                session.withParticipants(all),
                added,
                known == null ? Coming.NEW : isThere ? Coming.THERE : Coming.BACK);
    }

    /** Of those who left, the ones who came first are forgotten: a record is written as a whole with each change. */
    private static void forgetOldest(List<Participant> all) {
        long left = all.stream().filter(one -> !one.present()).count();
        for (Iterator<Participant> each = all.iterator(); left > MOST_WHO_LEFT && each.hasNext(); ) {
            if (!each.next().present()) {
                each.remove();
                left--;
            }
        }
    }

    /** The session without somebody who takes part; an active agent who leaves is the active one no more. */
    static Session remove(Session session, Participant leaving, Instant now) {
        List<Participant> all = new ArrayList<>(session.participants());
        all.set(all.indexOf(leaving), left(leaving, now));
        Session without = session.withParticipants(all);
        return leaving.id().equals(session.agentId()) ? without.withoutAgent() : without;
    }

    /** The participant, who has left. */
    static Participant left(Participant leaving, Instant now) {
        return new Participant(
                leaving.id(),
                leaving.kind(),
                leaving.role(),
                leaving.framework(),
                Participant.LEFT,
                leaving.joinedAt(),
                now,
                leaving.capabilities(),
                leaving.metadata());
    }

    /** What is given of somebody to a running session, in the form of a creation's. */
    static NewParticipant given(SessionParams.ParticipantAdd params) {
        return new NewParticipant(
                params.id(),
                params.kind(),
                params.role(),
                params.framework(),
                params.capabilities(),
                params.metadata());
    }

    private Participant merge(Participant known, NewParticipant given, String place) {
        String role = given.role();
        String framework = given.framework();
        RawJson capabilities = given.capabilities();
        if (capabilities != null && !JsonValues.isArray(capabilities)) {
            throw Problems.invalid(place + "capabilities", JsonValues.shown(capabilities), "a JSON array");
        }
        checkSize(place + "capabilities", capabilities);
        RawJson metadata = given.metadata();
        return new Participant(
                known.id(),
                known.kind(),
                role == null ? known.role() : role,
                framework == null ? known.framework() : framework,
                known.status(),
                known.joinedAt(),
                known.leftAt(),
                capabilities == null ? known.capabilities() : JsonText.compact(capabilities),
                metadata == null
                        ? known.metadata()
                        : NewSession.metadata(
                                place + "metadata", metadata, config.limits().maxMetadataLength()));
    }

    private void checkSize(String field, @Nullable RawJson given) {
        int max = config.limits().maxMetadataLength();
        int length = given == null ? 0 : JsonText.stringifyLength(NewSession.ofLimitedDepth(field, given));
        if (length > max) {
            throw Problems.tooLong(field, length, max, "characters of compact JSON");
        }
    }

    private static void checkKind(String place, NewParticipant given) {
        if (!given.kind().equals(Participant.USER) && !given.kind().equals(Participant.AGENT)) {
            throw Problems.invalid(place + "kind", given.kind(), "user or agent");
        }
    }

    private void checkNumber(long present) {
        int max = config.session().maxParticipants();
        if (present > max) {
            throw ProtocolException.of(
                            ErrorCode.PARTICIPANT_LIMIT,
                            "A session has at most " + max + " participants; leave some out.")
                    .with("limit", max)
                    .with("participants", present);
        }
    }

    /** The role of somebody for whom none is given is what they are. */
    private static Participant plain(String id, String kind, Instant joinedAt) {
        return new Participant(id, kind, kind, null, Participant.ACTIVE, joinedAt, null, null, null);
    }
}
