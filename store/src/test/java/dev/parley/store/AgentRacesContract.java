package dev.parley.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.agent.Agent;
import dev.parley.store.AgentStore.Registration;
import dev.parley.store.Together.Task;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Agents that are taken out of the registry while they connect: every third time exactly between the grant and the holding.
 * Seeded: a failure names the seed.
 */
abstract class AgentRacesContract extends ContractGroup {
    private final Together together = new Together();

    AgentRacesContract(StoreContract kit) {
        super(kit);
    }

    @AfterEach
    void stop() {
        together.close();
    }

    @Test
    @DisplayName("a connection is kept exactly when its agent is online, however unregistering it meets the connecting")
    void unregisteredWhileItConnects() throws Exception {
        Gateway gateway = new Gateway();
        AutoCloseable listening = get(agents().subscribe(gateway));
        for (int round = 0; round < rounds(400); round++) {
            String id = "bot" + round;
            get(agents().register(nothingSaid(id)));
            boolean between = round % 3 == 0;
            CountDownLatch granting = new CountDownLatch(between ? 1 : 0);
            CountDownLatch ending = new CountDownLatch(between ? 1 : 0);
            Task connecting = random -> {
                spin(random);
                Agent granted = get(agents().connect(nothingSaid(id), "c-" + id));
                granting.countDown();
                spin(random);
                assertThat(ending.await(30, SECONDS)).isTrue();
                gateway.holds(granted);
                if (!get(agents().isStillRegistered(granted))) {
                    gateway.close(id);
                }
            };
            Task unregistering = random -> {
                spin(random);
                assertThat(granting.await(30, SECONDS)).isTrue();
                done(agents().unregister("default", id, operation()));
                ending.countDown();
            };
            Task registering = random -> {
                spin(random);
                get(agents().register(nothingSaid(id)));
            };
            together.run(
                    round,
                    round % 2 == 0
                            ? List.of(connecting, unregistering)
                            : List.of(connecting, unregistering, registering));
            awaitTold();
            assertThat(gateway.isHeld(id)).as("seed " + round).isEqualTo(isOnline(id));
        }
        assertThat(gateway.told.get()).as("each end is told").isGreaterThanOrEqualTo(rounds(400));
        listening.close();
    }

    @Test
    @DisplayName("what was granted before the end of a registration is not of the next one, in the same instant either")
    void registeredAgain() {
        Agent granted = get(agents().connect(nothingSaid("bot"), "c1"));
        assertThat(get(agents().isStillRegistered(granted))).isTrue();
        get(agents().connect(nothingSaid("bot"), "c2"));
        assertThat(get(agents().isStillRegistered(granted)))
                .as("who holds it is another matter")
                .isTrue();
        done(agents().unregister("default", "bot", operation()));
        assertThat(get(agents().isStillRegistered(granted))).isFalse();
        Agent again = get(agents().register(nothingSaid("bot")));
        assertThat(again.registeredAt()).isAfter(granted.registeredAt());
        assertThat(get(agents().isStillRegistered(granted))).isFalse();
        assertThat(get(agents().isStillRegistered(again))).isTrue();
        done(agents().unregister("default", "bot", operation()));
        assertThat(get(agents().connect(nothingSaid("bot"), "c3")).registeredAt())
                .isAfter(again.registeredAt());
    }

    private boolean isOnline(String id) {
        try {
            return get(agents().get("default", id)).isOnline();
        } catch (StoreException.NotFound gone) {
            return false;
        }
    }

    private AgentStore agents() {
        return store().agents();
    }

    /** A moment that the seed decides, short enough to meet the others. */
    private static void spin(Random random) {
        for (int i = random.nextInt(2_000); i > 0; i--) {
            Thread.onSpinWait();
        }
    }

    private static Registration nothingSaid(String id) {
        return new Registration(id, "default", null, null, null, null, null, null, null, null, null, null, null);
    }

    /** Keeps the connections of agents as a gateway does: by when they were granted, until it is told of their end. */
    private static final class Gateway implements AgentStore.AgentListener {
        final AtomicInteger told = new AtomicInteger();
        private final ConcurrentHashMap<String, Instant> held = new ConcurrentHashMap<>();

        void holds(Agent granted) {
            held.put(granted.id(), Objects.requireNonNull(granted.connectedAt()));
        }

        void close(String agentId) {
            held.remove(agentId);
        }

        boolean isHeld(String agentId) {
            return held.containsKey(agentId);
        }

        @Override
        public void onHolder(Agent agent, @Nullable String connectionId) {
            // Nobody else connects it.
        }

        @Override
        public void onUnregistered(String workspaceId, String agentId, Instant since) {
            told.incrementAndGet();
            held.computeIfPresent(agentId, (id, granted) -> granted.isAfter(since) ? granted : null);
        }

        @Override
        public void onAssigned(String agentId, String sessionId) {
            // There are no sessions here.
        }
    }
}
