package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Subscription;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What those who are subscribed hear. */
abstract class FeedContract extends ContractGroup {
    FeedContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("every entry is told in order, with the state right after it")
    void events() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        append("s", "m1");
        commit(change(load("s"), "{\"a\":1}"));
        append("s", "m2");
        assertThat(feed.events()).isEqualTo(get(log().read("s", 1, 10)));
        assertThat(feed.states()).extracting(SessionState::head).containsExactly(2L, 3L, 4L);
        assertThat(feed.states()).extracting(SessionState::version).containsExactly(1L, 2L, 2L);
        assertThat(feed.states().get(2)).isEqualTo(state("s"));
    }

    @Test
    @DisplayName("the entries of one change are told with their own numbers, and all see the change done")
    void eventsOfOneChange() {
        StoredSession made = create(session("s"));
        RecordingFeed feed = listen("s");
        NewEvent event = new NewEvent("session.updated", RawJson.EMPTY_OBJECT, null);
        commit(new SessionStore.Commit("s", operation(), 1, made.document(), null, null, false, List.of(event, event)));
        assertThat(feed.states()).extracting(SessionState::head).containsExactly(2L, 3L);
        assertThat(feed.states()).extracting(SessionState::version).containsExactly(2L, 2L);
    }

    @Test
    @DisplayName("activation, renewal and a change without an entry are told as states")
    void states() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        renew("s");
        advanceSeconds(1);
        renew("s");
        commit(replan(load("s"), session("s").timeoutSeconds(3600).plan()));
        assertThat(feed.told()).containsExactly("state:0", "state:0", "state:0");
        assertThat(feed.states().get(0).status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(feed.states().get(1).renewalCount()).isEqualTo(1);
        assertThat(feed.states().get(2)).isEqualTo(state("s"));
    }

    @Test
    @DisplayName("a repeat, a refusal or a read tells nothing")
    void silence() {
        create(session("s"));
        append("s", "m1");
        RecordingFeed feed = listen("s");
        append("s", "m1");
        refusal(StoreException.MessageConflict.class, log().append(message("s", "m1", "bot")));
        load("s");
        done(log().seen("s", "ann", 1));
        assertThat(feed.calls()).isEmpty();
    }

    @Test
    @DisplayName("a subscription begins with the session as it is, and misses nothing from then on")
    void beginning() {
        create(session("s"));
        append("s", "m1");
        RecordingFeed feed = feed();
        Subscription subscription = get(log().subscribe("s", feed));
        assertThat(subscription.session()).isEqualTo(load("s"));
        append("s", "m2");
        assertThat(feed.events()).extracting(LoggedEvent::seq).containsExactly(3L);
        subscription.close();
    }

    @Test
    @DisplayName("every listener hears all, and one that is closed hears no more; closing twice is fine")
    void several() {
        create(session("s"));
        RecordingFeed stays = listen("s");
        RecordingFeed goes = feed();
        Subscription going = get(log().subscribe("s", goes));
        append("s", "m1");
        awaitTold();
        going.close();
        going.close();
        append("s", "m2");
        assertThat(stays.events()).extracting(LoggedEvent::seq).containsExactly(2L, 3L);
        assertThat(goes.events()).extracting(LoggedEvent::seq).containsExactly(2L);
    }

    @Test
    @DisplayName("a feed tells of its own session only")
    void ownSession() {
        create(session("s"));
        create(session("t"));
        RecordingFeed feed = listen("s");
        append("t", "m1");
        done(log().signal(new Signal("t", "typing", "ann", null, RawJson.EMPTY_OBJECT)));
        assertThat(feed.calls()).isEmpty();
    }

    @Test
    @DisplayName("a signal is told in its place between entries, stored nowhere, and lost where there is no session")
    void signals() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        Signal signal = new Signal("s", "message.delta", "bot", "c1", RawJson.of("{\"index\":0}"));
        done(log().signal(signal));
        append("s", "m1");
        done(log().signal(signal));
        done(log().signal(new Signal("unknown", "typing", "ann", null, RawJson.EMPTY_OBJECT)));
        assertThat(feed.told()).containsExactly("signal:message.delta", "message", "signal:message.delta");
        assertThat(feed.calls().get(0).signal()).isEqualTo(signal);
        assertThat(state("s").head()).isEqualTo(2);
    }

    @Test
    @DisplayName("after the farewell of a deletion nothing more comes, also when the id is used again")
    void afterDeletion() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        done(sessions().delete("s", operation(), new NewEvent("session.ended", RawJson.EMPTY_OBJECT, null)));
        create(session("s"));
        append("s", "m1");
        assertThat(feed.told()).containsExactly("deleted:session.ended");
    }

    @Test
    @DisplayName("a subscription ends without a call when the store is closed")
    void closedStore() {
        create(session("s"));
        RecordingFeed feed = listen("s");
        done(store().close());
        assertThat(feed.calls()).isEmpty();
        StoreException.Unavailable refusal =
                refusal(StoreException.Unavailable.class, sessions().load("s"));
        assertThat(refusal.outcomeUnknown()).isFalse();
        refusal(StoreException.Unavailable.class, store().ping());
    }

    @Test
    @DisplayName("an open store answers that it is there, and tells the time that decides")
    void ping() {
        get(store().ping().thenReturn(true));
        assertThat(store().nowMillis()).isEqualTo(now());
    }
}
