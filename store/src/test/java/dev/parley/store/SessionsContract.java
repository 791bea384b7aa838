package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Create;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Creation, reading, changing. */
abstract class SessionsContract extends ContractGroup {
    SessionsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a new session is created, at version 1, with its first entry, and its deadlines from its creation")
    void create() {
        SessionBuilder builder = session("s").name("Trip \"home\"");
        StoredSession made = create(builder);

        assertThat(made.document()).isEqualTo(builder.document());
        assertThat(made.plan()).isEqualTo(builder.plan());
        SessionState state = made.state();
        assertThat(state.status()).isEqualTo(SessionStatus.CREATED);
        assertThat(state.statusChangedAt()).isEqualTo(now());
        assertThat(state.updatedAt()).isEqualTo(now());
        assertThat(state.lastActivity()).isEqualTo(now());
        assertThat(state.expiresAt()).isEqualTo(now() + 1_800_000);
        assertThat(state.renewedAt()).isEqualTo(now());
        assertThat(state.renewalCount()).isZero();
        assertThat(state.rung()).isZero();
        assertThat(state.version()).isEqualTo(1);
        assertThat(state.head()).isEqualTo(1);
        assertThat(load("s")).isEqualTo(made);
        assertThat(entries("s"))
                .containsExactly(new LoggedEvent(
                        "s",
                        state.epoch(),
                        1,
                        now(),
                        "session.created",
                        "ann",
                        null,
                        null,
                        null,
                        RawJson.of("{\"agentId\":\"bot\",\"userId\":\"ann\",\"createdBy\":\"ann\","
                                + "\"name\":\"Trip \\\"home\\\"\",\"createdAt\":\"" + WireTime.format(now()) + "\"}")));
    }

    @Test
    @DisplayName("the deadline is never beyond the maximum duration")
    void maximumFromTheStart() {
        assertThat(create(session("s").timeoutSeconds(600).maxSeconds(500))
                        .state()
                        .expiresAt())
                .isEqualTo(now() + 500_000);
    }

    @Test
    @DisplayName("an id that is taken is a conflict, and the session keeps what it had")
    void conflict() {
        StoredSession first = create(session("s").name("first"));
        refusal(
                StoreException.Conflict.class,
                sessions().create(session("s").name("second").create()));
        assertThat(load("s")).isEqualTo(first);
        assertThat(get(sessions().counts()).byStatus()[0]).isEqualTo(1);
    }

    @Test
    @DisplayName("an id is taken until the retention of its ended session is over; then it is free, with another epoch")
    void idAfterRetention() {
        StoredSession first = create(session("s").timeoutSeconds(600));
        advanceSeconds(600 + 3599);
        refusal(StoreException.Conflict.class, sessions().create(session("s").create()));
        advanceSeconds(1);
        StoredSession second = create(session("s"));
        assertThat(second.state().epoch()).isNotEqualTo(first.state().epoch());
        assertThat(second.state().head()).isEqualTo(1);
    }

    @Test
    @DisplayName("a repeated creation is answered as the first time")
    void repeatedCreation() {
        Create create = session("s").create();
        StoredSession first = get(sessions().create(create));
        assertThat(get(sessions().create(create))).isEqualTo(first);
        assertThat(get(sessions().counts()).byStatus()[0]).isEqualTo(1);
        assertThat(types("s")).containsExactly("session.created");
    }

    @Test
    @DisplayName("nothing happens before the subscription, and each subscription is a call of its own")
    void lazy() {
        var call = sessions().create(session("s").create());
        refusal(StoreException.NotFound.class, sessions().load("s"));
        get(call);
        assertThat(load("s").state().version()).isEqualTo(1);
    }

    @Test
    @DisplayName("what was handed in or out can be changed without changing what is stored")
    void values() {
        List<Participant> participants = new ArrayList<>(session("s").document().participants());
        Session document = withParticipants(session("s").document(), participants, 1);
        StoredSession made =
                get(sessions().create(new Create(document, session("s").plan(), null, null)));
        participants.clear();
        assertThat(load("s").document().participants()).hasSize(2);
        assertThat(load("s")).isEqualTo(made);
    }

    @Test
    @DisplayName("an unknown session is not found, whatever is asked of it")
    void unknown() {
        create(session("known"));
        StoredSession stranger = new StoredSession(
                session("s").document(), session("s").plan(), load("known").state());
        refusal(StoreException.NotFound.class, sessions().load("s"));
        refusal(StoreException.NotFound.class, sessions().commit(change(stranger, "{}")));
        refusal(StoreException.NotFound.class, sessions().renew(new SessionStore.Renew("s", "op", false, 0)));
        refusal(StoreException.NotFound.class, sessions().delete("s", "op", null));
        refusal(StoreException.NotFound.class, log().append(message("s", "m", "ann")));
        refusal(StoreException.NotFound.class, log().read("s", 0, 10));
        refusal(
                StoreException.NotFound.class,
                log().history(new EventLog.HistoryQuery("s", null, null, null, null, null, 10)));
        refusal(StoreException.NotFound.class, log().subscribe("s", new RecordingFeed()));
        refusal(StoreException.NotFound.class, log().seen("s", "ann", 1));
        refusal(StoreException.NotFound.class, log().standing("s", "ann"));
    }

    @Test
    @DisplayName("a change raises the version, writes its events in order, and leaves the activity fields alone")
    void commitChanges() {
        StoredSession made = create(session("s"));
        advanceSeconds(10);
        Commit change = change(made, "{\"a\":1}");
        NewEvent second = new NewEvent("context.updated", RawJson.of("{\"version\":2}"), null);
        StoredSession changed = commit(new Commit(
                "s",
                operation(),
                1,
                change.document(),
                null,
                null,
                false,
                List.of(change.events().get(0), second)));

        assertThat(changed.document().metadata()).isEqualTo(RawJson.of("{\"a\":1}"));
        assertThat(changed.state().version()).isEqualTo(2);
        assertThat(changed.state().updatedAt()).isEqualTo(now());
        assertThat(changed.state().head()).isEqualTo(3);
        assertThat(changed.state().status()).isEqualTo(SessionStatus.CREATED);
        assertThat(changed.state().lastActivity()).isEqualTo(made.state().lastActivity());
        assertThat(changed.state().expiresAt()).isEqualTo(made.state().expiresAt());
        assertThat(load("s")).isEqualTo(changed);
        assertThat(types("s")).containsExactly("session.created", "session.updated", "context.updated");
        LoggedEvent entry = entries("s").get(1);
        assertThat(entry.seq()).isEqualTo(2);
        assertThat(entry.at()).isEqualTo(now());
        assertThat(entry.authorId()).isEqualTo("ann");
        assertThat(entry.messageId()).isNull();
        assertThat(entry.body()).isEqualTo(RawJson.of("{\"changed\":[\"metadata\"]}"));
    }

    @Test
    @DisplayName("changes that are committed together raise the version by one each, a repeat not again")
    void commitOfSeveral() {
        Commit one = change(create(session("s")), "{\"a\":1}");
        List<NewEvent> events =
                List.of(one.events().get(0), one.events().get(0), one.events().get(0));
        Commit three = new Commit("s", operation(), 1, one.document(), null, null, false, events, 3);

        assertThat(commit(three).state().version()).isEqualTo(4);
        assertThat(commit(three).state().version()).isEqualTo(4);
        assertThat(load("s").state().version()).isEqualTo(4);
        assertThat(state("s").head()).isEqualTo(4);
        assertThatThrownBy(() -> new Commit("s", operation(), 4, one.document(), null, null, false, events, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("a change decided on an older version is refused, told the version now, and changes nothing")
    void staleCommit() {
        StoredSession made = create(session("s"));
        StoredSession changed = commit(change(made, "{\"a\":1}"));
        StoreException.VersionConflict refusal =
                refusal(StoreException.VersionConflict.class, sessions().commit(change(made, "{\"a\":2}")));
        assertThat(refusal.actual()).isEqualTo(2);
        assertThat(load("s")).isEqualTo(changed);
    }

    @Test
    @DisplayName("what activity moved between the decision and the change is kept")
    void activityBetween() {
        StoredSession made = create(session("s"));
        advanceSeconds(10);
        append("s", "m1");
        StoredSession changed = commit(change(made, "{\"a\":1}"));
        assertThat(changed.state().status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(changed.state().lastActivity()).isEqualTo(now());
        assertThat(changed.state().expiresAt()).isEqualTo(now() + 1_800_000);
        assertThat(changed.state().renewalCount()).isEqualTo(1);
        assertThat(changed.state().head()).isEqualTo(3);
    }

    @Test
    @DisplayName("a repeated change is answered as the first time, though more has happened since")
    void repeatedCommit() {
        Commit change = change(create(session("s")), "{\"a\":1}");
        StoredSession first = commit(change);
        commit(change(first, "{\"a\":2}"));
        assertThat(commit(change)).isEqualTo(first);
        assertThat(load("s").document().metadata()).isEqualTo(RawJson.of("{\"a\":2}"));
        assertThat(types("s")).containsExactly("session.created", "session.updated", "session.updated");
    }

    @Test
    @DisplayName("the first entry tells the creation as it was, also after the document says otherwise")
    void firstEntryIsHistory() {
        StoredSession made = create(session("s"));
        Session document = made.document();
        Session renamed = new SessionBuilder("s", document.createdAt().toEpochMilli())
                .channel(document.channelId())
                .name("renamed")
                .agent("other")
                .document();
        LoggedEvent before = entries("s").get(0);
        commit(new Commit("s", operation(), 1, renamed, null, null, false, List.of()));
        assertThat(entries("s")).containsExactly(before);
        assertThat(state("s").version()).isEqualTo(2);
    }

    @Test
    @DisplayName("an end sets status, instant and end together, and later changes are refused unless they may")
    void endByCommit() {
        StoredSession made = create(session("s"));
        advanceSeconds(20);
        StoredSession ended = commit(end(made, SessionStatus.COMPLETED));
        assertThat(ended.state().status()).isEqualTo(SessionStatus.COMPLETED);
        assertThat(ended.state().statusChangedAt()).isEqualTo(now());
        assertThat(ended.state().expiresAt()).isEqualTo(now());
        assertThat(ended.state().version()).isEqualTo(2);
        assertThat(ended.document().end()).isNotNull();
        assertThat(types("s")).containsExactly("session.created", "session.ended");

        advanceSeconds(5);
        StoreException.Ended refusal =
                refusal(StoreException.Ended.class, sessions().commit(change(ended, "{\"a\":1}")));
        assertThat(refusal.status()).isEqualTo(SessionStatus.COMPLETED);
        assertThat(refusal.expiresAt()).isEqualTo(now() - 5000);
        assertThat(load("s")).isEqualTo(ended);

        Commit allowed = change(ended, "{\"a\":1}");
        StoredSession changed =
                commit(new Commit("s", operation(), 2, allowed.document(), null, null, true, allowed.events()));
        assertThat(changed.state().status()).isEqualTo(SessionStatus.COMPLETED);
        assertThat(changed.state().expiresAt()).isEqualTo(ended.state().expiresAt());
        assertThat(changed.state().version()).isEqualTo(3);
    }

    @Test
    @DisplayName("other deadlines are computed from the present activity, and start the warnings again")
    void replanned() {
        StoredSession made = create(session("s"));
        advanceSeconds(1500);
        fire();
        assertThat(state("s").rung()).isEqualTo(300_000);
        StoredSession longer =
                commit(replan(made, session("s").timeoutSeconds(3600).plan()));
        assertThat(longer.state().expiresAt()).isEqualTo(made.state().lastActivity() + 3_600_000);
        assertThat(longer.state().rung()).isZero();
        assertThat(longer.state().renewalCount()).isZero();
        assertThat(longer.plan().timeoutMillis()).isEqualTo(3_600_000);
        assertThat(nextAt()).isBetween(now() + 1, longer.state().expiresAt() - 300_000);
    }

    @Test
    @DisplayName("other deadlines that have passed end the session at once, and the answer says so")
    void replannedIntoThePast() {
        StoredSession made = create(session("s"));
        advanceSeconds(600);
        StoredSession answer =
                commit(replan(made, session("s").timeoutSeconds(300).plan()));
        assertThat(answer.state().status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(answer.state().expiresAt()).isEqualTo(made.state().lastActivity() + 300_000);
        assertThat(answer.state().version()).isEqualTo(3);
        assertThat(types("s")).containsExactly("session.created", "session.expired");
    }

    private static Session withParticipants(Session session, List<Participant> participants, int revision) {
        return new Session(
                session.sessionId(),
                session.channelId(),
                session.workspaceId(),
                session.name(),
                session.userId(),
                session.employeeId(),
                session.agentId(),
                session.createdBy(),
                session.timeoutConfig(),
                session.createdAt(),
                session.metadata(),
                session.sharedContext(),
                session.workflowState(),
                participants,
                revision,
                session.workflow(),
                session.surfaces(),
                session.end(),
                session.resumedFrom(),
                session.byResolve());
    }
}
