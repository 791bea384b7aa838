package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import dev.parley.store.EventLog.Standing;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Create;
import dev.parley.store.SessionStore.Renew;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Every kind of write whose answer is lost can be repeated: it answers as the first time and does nothing twice. */
abstract class FaultsContract extends ContractGroup {
    private @Nullable FaultyStore line;

    FaultsContract(StoreContract kit) {
        super(kit);
    }

    @BeforeEach
    void badLine() {
        line = new FaultyStore(super.store());
    }

    @Override
    Store store() {
        return line == null ? super.store() : line;
    }

    @Override
    void nothingIsLeftBehind() {
        line = null;
        super.nothingIsLeftBehind();
    }

    @Test
    @DisplayName("creation")
    void creation() {
        Create create = session("s").create();
        assertThat(lostAndRepeated(() -> sessions().create(create))).isEqualTo(load("s"));
        assertThat(get(sessions().counts()).byStatus()[0]).isEqualTo(1);
        assertThat(types("s")).containsExactly("session.created");
    }

    @Test
    @DisplayName("creation on condition of the user's revision")
    void conditionalCreation() {
        Create create = session("s")
                .createIf(get(sessions().candidates("default", "ann", null)).revision());
        assertThat(lostAndRepeated(() -> sessions().create(create))).isEqualTo(load("s"));
    }

    @Test
    @DisplayName("resumption of a live session")
    void resumption() {
        StoredSession prior = create(session("old"));
        append("old", "m1");
        Create resume = session("new").resume("old", end(prior, SessionStatus.COMPLETED));
        assertThat(lostAndRepeated(() -> sessions().create(resume))).isEqualTo(load("new"));
        assertThat(types("new")).containsExactly("session.created", "message");
        assertThat(types("old")).containsExactly("session.created", "message", "session.ended");
    }

    @Test
    @DisplayName("a change, also one that ends the session")
    void change() {
        StoredSession made = create(session("s"));
        Commit change = change(made, "{\"a\":1}");
        StoredSession changed = lostAndRepeated(() -> sessions().commit(change));
        assertThat(changed).isEqualTo(load("s"));
        Commit end = end(changed, SessionStatus.COMPLETED);
        assertThat(lostAndRepeated(() -> sessions().commit(end))).isEqualTo(load("s"));
        assertThat(state("s").version()).isEqualTo(3);
        assertThat(types("s")).containsExactly("session.created", "session.updated", "session.ended");
    }

    @Test
    @DisplayName("a change of deadlines that expires the session at once")
    void expiringChange() {
        StoredSession made = create(session("s"));
        advanceSeconds(600);
        Commit shorter = replan(made, session("s").timeoutSeconds(300).plan());
        StoredSession answer = lostAndRepeated(() -> sessions().commit(shorter));
        assertThat(answer.state().status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(types("s")).containsExactly("session.created", "session.expired");
    }

    @Test
    @DisplayName("a renewal, by hand too")
    void renewal() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        advanceSeconds(1);
        Renew activity = new Renew("s", operation(), false, 0);
        assertThat(lostAndRepeated(() -> sessions().renew(activity)).session()).isEqualTo(load("s"));
        advanceSeconds(1);
        Renew byHand = new Renew("s", operation(), true, 0);
        assertThat(lostAndRepeated(() -> sessions().renew(byHand)).renewed()).isTrue();
        assertThat(state("s").renewalCount()).isEqualTo(2);
        assertThat(feed.told()).containsExactly("state:0", "state:0");
    }

    @Test
    @DisplayName("a message")
    void message() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        Append append = message("s", "m1", "ann");
        line().loseNext();
        refuseUnknown(log().append(append));
        Appended again = append(append);
        assertThat(again.duplicate()).isTrue();
        assertThat(line().lost()).isInstanceOf(Appended.class);
        assertThat(again.event()).isEqualTo(((Appended) line().lost()).event());
        assertThat(feed.told()).containsExactly("message");
    }

    @Test
    @DisplayName("a deletion")
    void deletion() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        NewEvent farewell = new NewEvent("session.ended", RawJson.EMPTY_OBJECT, "ann");
        String operation = operation();
        line().loseNext();
        refuseUnknown(sessions().delete("s", operation, farewell));
        done(sessions().delete("s", operation, farewell));
        assertThat(feed.told()).containsExactly("deleted:session.ended");
    }

    @Test
    @DisplayName("firing: what was given is not given again")
    void firing() {
        create(session("s").timeoutSeconds(600));
        RecordingFeed feed = listen("s");
        advanceSeconds(300);
        for (int partition = 0; partition < sessions().partitions(); partition++) {
            line().loseNext();
            refuseUnknown(sessions().fire(partition, 100));
        }
        assertThat(fire()).isEmpty();
        assertThat(nextAt()).isEqualTo(now() + 240_000);
        assertThat(feed.told()).containsExactly("state:300");
    }

    @Test
    @DisplayName("a position")
    void position() {
        create(session("s"));
        line().loseNext();
        refuseUnknown(log().seen("s", "ann", 1));
        done(log().seen("s", "ann", 1));
        assertThat(get(log().standing("s", "ann"))).isEqualTo(new Standing(1, 0));
    }

    @Test
    @DisplayName("an agent's connection, heartbeat and disconnection")
    void agent() {
        AgentStore agents = store().agents();
        Agent bot = new Agent(
                "bot",
                null,
                "default",
                null,
                "default",
                RawJson.of("[]"),
                false,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                "healthy",
                0,
                null,
                null,
                null,
                null);
        assertThat(lostAndRepeated(() -> agents.connect(bot, "c1"))).isEqualTo(get(agents.get("default", "bot")));
        line().loseNext();
        refuseUnknown(agents.heartbeat("default", "bot", "degraded", 0.5));
        get(agents.heartbeat("default", "bot", "degraded", 0.5));
        line().loseNext();
        refuseUnknown(agents.disconnect("bot", "c1"));
        done(agents.disconnect("bot", "c1"));
        assertThat(get(agents.list("default", null))).singleElement().satisfies(agent -> {
            assertThat(agent.isOnline()).isFalse();
            assertThat(agent.health()).isEqualTo("degraded");
        });
    }

    @Test
    @DisplayName("a message to an inbox, and that it was read")
    void inbox() {
        InboxStore inbox = store().inbox();
        InboxStore.Send send = new InboxStore.Send(
                "default",
                "bot",
                "m",
                new InboxMessage.From("ann", null, null),
                "news",
                InboxMessage.EVENT,
                RawJson.of("1"),
                null,
                60_000,
                InboxStore.Bounds.DEFAULT);
        line().loseNext();
        refuseUnknown(inbox.send(send));
        assertThat(get(inbox.send(send)).message()).isEqualTo(((InboxStore.Sent) line().lost()).message());
        assertThat(get(inbox.standing("default", "bot")).unread()).isEqualTo(1);
        lostAndRepeated(() -> inbox.markRead("default", "bot", List.of("m")));
        assertThat(get(inbox.standing("default", "bot")).unread()).isZero();
    }

    private FaultyStore line() {
        return java.util.Objects.requireNonNull(line);
    }

    private <T> T lostAndRepeated(Supplier<Mono<T>> write) {
        line().loseNext();
        refuseUnknown(write.get());
        T again = get(write.get());
        assertThat(again).isEqualTo(line().lost());
        return again;
    }

    private void refuseUnknown(Mono<?> write) {
        StoreException.Unavailable refusal = refusal(StoreException.Unavailable.class, write);
        assertThat(refusal.outcomeUnknown()).isTrue();
        assertThat(line().hasLost()).isTrue();
    }
}
