package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.PresenceStore.Held;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Who has connections that are attached to a session. */
abstract class PresenceContract extends ContractGroup {
    PresenceContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("what each gateway holds is told as it said it last, with surfaces in their order")
    void held() {
        create(session("s1"));
        create(session("s2"));
        assertThat(get(presence().of("s1"))).isEmpty();
        Held here = new Held("s1", "g1", "ann", "user", 2, now(), List.of("web", "phone"), false);
        Held there = new Held("s1", "g2", "ann", "user", 1, now() + 5, List.of(), false);
        Held bob = new Held("s1", "g2", "bob", "agent", 1, now() + 6, List.of("desk"), false);
        done(presence().put(new Held("s1", "g1", "ann", "user", 1, now(), List.of("web"), false)));
        done(presence().put(here));
        done(presence().put(there));
        done(presence().put(bob));
        assertThat(get(presence().of("s1"))).containsExactlyInAnyOrder(here, there, bob);
        assertThat(get(presence().of("s2"))).isEmpty();

        done(presence().put(held("s1", "g1", "ann", 0)));
        assertThat(get(presence().of("s1"))).containsExactlyInAnyOrder(there, bob);
        advanceSeconds(60);
        assertThat(get(presence().of("s1"))).as("nothing runs out by itself").hasSize(2);
    }

    @Test
    @DisplayName(
            "the first connection over all gateways and the end of the last one are told, once each, and nothing else")
    void told() {
        create(session("s1"));
        RecordingFeed feed = listen("s1");
        done(presence().put(held("s1", "g1", "ann", 1)));
        done(presence().put(held("s1", "g1", "ann", 2)));
        done(presence().put(held("s1", "g2", "ann", 1)));
        done(presence().put(held("s1", "g1", "ann", 0)));
        done(presence().put(held("s1", "g1", "ann", 0)));
        done(presence().put(held("s1", "g1", "bob", 1)));
        done(presence().put(held("s1", "g1", "bob", 1)));
        done(presence().put(held("s1", "g2", "ann", 0)));
        done(presence().put(held("s1", "g2", "ann", 1)));
        assertThat(changes(feed)).containsExactly("ann true", "bob true", "ann false", "ann true");
        assertThat(types("s1")).as("nothing of it is logged").containsExactly("session.created");
        assertThat(load("s1").state().version()).isEqualTo(1);
    }

    @Test
    @DisplayName("a repeat after a lost answer tells nothing twice")
    void repeated() {
        create(session("s1"));
        RecordingFeed feed = listen("s1");
        FaultyStore faulty = new FaultyStore(store());
        for (int connections : new int[] {1, 0}) {
            faulty.loseNext();
            Held what = held("s1", "g1", "ann", connections);
            refusal(StoreException.Unavailable.class, faulty.presence().put(what));
            done(faulty.presence().put(what));
        }
        assertThat(changes(feed)).containsExactly("ann true", "ann false");
        assertThat(get(presence().of("s1"))).isEmpty();
    }

    @Test
    @DisplayName(
            "a session that is not there has nobody; what was held of one is gone with it, also for one of the same id")
    void gone() {
        refusal(StoreException.NotFound.class, presence().of("s1"));
        refusal(StoreException.NotFound.class, presence().put(held("s1", "g1", "ann", 1)));
        create(session("s1"));
        done(presence().put(held("s1", "g1", "ann", 1)));
        done(sessions().delete("s1", operation(), null));
        refusal(StoreException.NotFound.class, presence().of("s1"));
        create(session("s1"));
        assertThat(get(presence().of("s1"))).isEmpty();
    }

    @Test
    @DisplayName("an agent that detached by hand is told to be away, once, whether or not it was counted before")
    void away() {
        create(session("s1"));
        RecordingFeed feed = listen("s1");
        Held away = away("g1", "bot", now());
        done(presence().put(away));
        done(presence().put(away));
        assertThat(get(presence().of("s1"))).containsExactly(away);
        assertThat(changes(feed)).containsExactly("bot false");

        done(presence().put(held("s1", "g1", "bot", 1)));
        assertThat(get(presence().of("s1"))).containsExactly(held("s1", "g1", "bot", 1));
        done(presence().put(away));
        assertThat(changes(feed)).containsExactly("bot false", "bot true", "bot false");

        done(presence().put(held("s1", "g1", "bot", 0)));
        assertThat(get(presence().of("s1"))).isEmpty();
        done(presence().put(held("s1", "g1", "ann", 1)));
        assertThat(changes(feed))
                .as("nothing is told of one who is away no more")
                .containsExactly("bot false", "bot true", "bot false", "ann true");
    }

    private static Held away(String holder, String participantId, long since) {
        return new Held("s1", holder, participantId, "agent", 0, since, List.of(), true);
    }

    private PresenceStore presence() {
        return store().presence();
    }

    private Held held(String sessionId, String holder, String participantId, int connections) {
        return new Held(sessionId, holder, participantId, "user", connections, now(), List.of(), false);
    }

    private static List<String> changes(RecordingFeed feed) {
        List<String> changes = new ArrayList<>();
        for (RecordingFeed.Call call : feed.calls()) {
            Signal signal = call.signal();
            if (signal != null && signal.type().equals(PresenceStore.CHANGED)) {
                changes.add(signal.authorId() + " " + PresenceStore.isPresent(signal));
            }
        }
        return changes;
    }
}
