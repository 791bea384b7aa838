package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.availability.GuardedStore;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.SendOrder;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionParams;
import dev.parley.store.FaultyStore;
import dev.parley.store.FaultyStore.Line;
import dev.parley.store.FaultyStore.Trip;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The order of one sender in one session, over a store whose answers come late, in any order, or not at all. */
class SendOrderTest {
    private static final int MESSAGES = 40;

    private final Bench bench = new Bench();
    private final String sessionId = bench.session();
    private final FaultyStore line = new FaultyStore(bench.memory, bench.time);
    private final TestSocket socket = new TestSocket(bench.memory, null);
    private final MessageService messages =
            new MessageService(new GuardedStore(line, bench.time, 2_000), GatewayConfig.DEFAULT);
    private int revisions;

    /** Somebody who sends without waiting for answers, some milliseconds away; what failed is sent again, in its order. */
    private final class Client implements SendOrder.Home {
        private final int latency;
        private final int window;
        private final boolean repeatsAtOnce;
        private final SendOrder order = new SendOrder(this);
        private final TreeSet<Integer> failed = new TreeSet<>();
        private final List<String> errors = new ArrayList<>();
        private int last = MESSAGES;
        private int next;
        private int outstanding;
        private int settled;
        private long probes;

        Client(int latency, int window, boolean repeatsAtOnce) {
            this.latency = latency;
            this.window = window;
            this.repeatsAtOnce = repeatsAtOnce;
            socket.order = order;
        }

        @Override
        public void enqueue(Runnable task) {
            later(0, task);
        }

        @Override
        public long probe() {
            long number = ++probes;
            later(latency, () -> later(latency, () -> order.seen(number)));
            return number;
        }

        void work() {
            while (outstanding < window && next < last && failed.isEmpty()) {
                send(next++);
            }
        }

        /** Sends these and no others. */
        void sendOnly(int... numbers) {
            last = 0;
            for (int number : numbers) {
                send(number);
            }
        }

        private void send(int number) {
            outstanding++;
            later(
                    latency,
                    () -> messages.send(new Call(Bench.ADA, socket), params("m" + number))
                            .subscribe(
                                    sent -> later(latency, this::settled),
                                    failure -> later(latency, () -> failed(number, failure))));
        }

        private void settled() {
            outstanding--;
            settled++;
            goOn();
        }

        private void failed(int number, Throwable failure) {
            outstanding--;
            ProtocolException problem = (ProtocolException) failure;
            assertThat(problem.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
            assertThat(problem.details()).containsEntry("messageId", "m" + number);
            errors.add(number + " " + problem.details().get("outcome"));
            failed.add(number);
            goOn();
        }

        private void goOn() {
            if (repeatsAtOnce || outstanding == 0) {
                while (!failed.isEmpty()) {
                    send(Objects.requireNonNull(failed.pollFirst()));
                }
            }
            work();
        }
    }

    private void later(long millis, Runnable what) {
        bench.time.schedule(millis, what);
    }

    private SessionParams.Send params(String messageId) {
        return new SessionParams.Send(
                sessionId, RawJson.of("\"hello\""), null, null, null, null, messageId, null, null, null, null);
    }

    private List<String> logged() {
        return bench.log(sessionId).stream()
                .map(LoggedEvent::messageId)
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<String> all(int count) {
        return IntStream.range(0, count).mapToObj(i -> "m" + i).toList();
    }

    /** The participants' list gets another revision, as by a change of somebody's role. */
    private StoredSession changeMembership() {
        StoredSession stored = bench.stored(sessionId);
        Session d = stored.document();
        Session changed = new Session(
                d.sessionId(),
                d.channelId(),
                d.workspaceId(),
                d.name(),
                d.userId(),
                d.employeeId(),
                d.agentId(),
                d.createdBy(),
                d.timeoutConfig(),
                d.createdAt(),
                d.metadata(),
                d.sharedContext(),
                d.workflowState(),
                d.participants(),
                d.membershipRevision() + 1,
                d.workflow(),
                d.surfaces(),
                null,
                null,
                false);
        return Objects.requireNonNull(bench.memory
                .sessions()
                .commit(new SessionStore.Commit(
                        sessionId,
                        "membership-" + revisions++,
                        stored.state().version(),
                        changed,
                        null,
                        null,
                        false,
                        List.of()))
                .block());
    }

    private void attach() {
        socket.attach(sessionId, null, null).block();
    }

    @Test
    @DisplayName("as long as nothing goes wrong, a window of sends takes one round trip, not one each")
    void pipelined() {
        attach();
        line.line((call, argument) -> Trip.late(10, 10));
        Client client = new Client(0, MESSAGES, false);
        client.work();
        bench.time.advance(Duration.ofMillis(20));
        assertThat(client.settled).isEqualTo(MESSAGES);
        assertThat(logged()).isEqualTo(all(MESSAGES));
        assertThat(line.calls()).hasSize(MESSAGES).containsOnly("append");
        assertThat(client.probes).isZero();
    }

    @Test
    @DisplayName(
            "a send that has to look at the participants anew is not overtaken by the next, whose sender knows them")
    void staleMembership() {
        attach();
        StoredSession changed = changeMembership();
        line.line((call, argument) -> Trip.late(10, call.equals("append") ? 10 : 200));
        Client client = new Client(0, 1, false);
        client.sendOnly(0);
        bench.time.advance(Duration.ofMillis(1));
        socket.sees(changed);
        client.sendOnly(1, 2);
        bench.time.advance(Duration.ofSeconds(2));
        assertThat(client.errors).isEmpty();
        assertThat(logged()).isEqualTo(all(3));
    }

    @Test
    @DisplayName("sends in a session that is not attached go one after another, each after its look-up")
    void notAttached() {
        Random random = new Random(3);
        line.line((call, argument) -> Trip.late(random.nextInt(100), random.nextInt(100)));
        Client client = new Client(0, 10, false);
        client.work();
        bench.time.advance(Duration.ofSeconds(60));
        assertThat(client.settled).isEqualTo(MESSAGES);
        assertThat(logged()).isEqualTo(all(MESSAGES));
    }

    @Test
    @DisplayName(
            "what was sent behind a send that got lost is refused, and so is what the sender cannot have sent knowingly")
    void lostRequest() {
        attach();
        line.line((call, argument) -> calls(call, "append", 1) ? Trip.SWALLOWED : Trip.late(1, 1));
        Client client = new Client(50, 3, false);
        client.work();
        // 0 was stored; 1 got lost; 2 and what the client sent after the answer to 0 were not taken without it.
        bench.time.advance(Duration.ofMillis(50));
        assertThat(logged()).isEmpty();
        bench.time.advance(Duration.ofMillis(2_080));
        assertThat(logged()).isEqualTo(all(1));
        bench.time.advance(Duration.ofSeconds(30));
        assertThat(client.errors).startsWith("1 unknown", "2 refused", "3 refused");
        assertThat(client.settled).isEqualTo(MESSAGES);
        assertThat(logged()).isEqualTo(all(MESSAGES));
    }

    private int appends;

    /** Whether this is the nth call of that name, counted from 0. */
    private boolean calls(String call, String name, int number) {
        return call.equals(name) && appends++ == number;
    }

    @Test
    @DisplayName("who does not repeat what failed can go on as soon as it has seen that it failed")
    void givesUp() {
        attach();
        line.line((call, argument) -> Trip.REFUSED);
        Client client = new Client(50, 1, false);
        List<String> outcomes = new ArrayList<>();
        messages.send(new Call(Bench.ADA, socket), params("m0"))
                .subscribe(sent -> outcomes.add("0"), failure -> outcomes.add("not 0"));
        line.line((call, argument) -> Trip.AT_ONCE);
        bench.time.advance(Duration.ofMillis(99));
        messages.send(new Call(Bench.ADA, socket), params("m1"))
                .subscribe(sent -> outcomes.add("1"), failure -> outcomes.add("not 1"));
        bench.time.advance(Duration.ofMillis(200));
        messages.send(new Call(Bench.ADA, socket), params("m2"))
                .subscribe(sent -> outcomes.add("2"), failure -> outcomes.add("not 2"));
        assertThat(outcomes).containsExactly("not 0", "not 1", "2");
        assertThat(logged()).containsExactly("m2");
        assertThat(client.probes).isEqualTo(2);
    }

    @Test
    @DisplayName("an answer that is there at once does not overtake one that waits for the loop")
    void answersInOrder() {
        ArrayDeque<Runnable> loop = new ArrayDeque<>();
        SendOrder order = new SendOrder(new SendOrder.Home() {
            @Override
            public void enqueue(Runnable task) {
                loop.add(task);
            }

            @Override
            public long probe() {
                return 1;
            }
        });
        List<String> answers = new ArrayList<>();
        Sinks.One<String> first = Sinks.one();
        order.message("s", "m1", sending(first.asMono())).subscribe(answers::add);
        first.tryEmitValue("m1");
        order.message("s", "m2", sending(Mono.just("m2"))).subscribe(answers::add);
        while (!loop.isEmpty()) {
            loop.remove().run();
        }
        assertThat(answers).containsExactly("m1", "m2");
    }

    private static SendOrder.Sending<String> sending(Mono<String> call) {
        return new SendOrder.Sending<>() {
            @Override
            public Mono<String> atOnce(@Nullable String after) {
                return call;
            }

            @Override
            public Mono<String> lookedUp() {
                return call;
            }
        };
    }

    @Test
    @DisplayName("an answer that was lost is settled by the next one that was taken behind it")
    void lostAnswer() {
        attach();
        line.line((call, argument) -> calls(call, "append", 0) ? Trip.MUTE : Trip.late(2_500, 0));
        Client client = new Client(0, 2, false);
        client.sendOnly(0, 1);
        bench.time.advance(Duration.ofSeconds(10));
        assertThat(client.errors).startsWith("0 unknown");
        assertThat(logged()).startsWith("m0", "m1");
    }

    @Test
    @DisplayName("a refusal by a rule holds nobody up: those behind it are sent all the same, in order")
    void ruleRefusal() {
        attach();
        line.line((call, argument) -> Trip.late(5, 5));
        Client client = new Client(0, 1, false);
        List<String> refusals = new ArrayList<>();
        client.sendOnly(0);
        messages.send(
                        new Call(Bench.ADA, socket),
                        new SessionParams.Send(
                                sessionId,
                                RawJson.of("\"hello\""),
                                null,
                                null,
                                null,
                                null,
                                "bad",
                                null,
                                null,
                                "nobody",
                                null))
                .subscribe(
                        sent -> refusals.add("sent"),
                        failure -> refusals.add(
                                ((ProtocolException) failure).code().name()));
        client.sendOnly(1, 2);
        bench.time.advance(Duration.ofSeconds(1));
        assertThat(refusals).containsExactly("VALIDATION_ERROR");
        assertThat(logged()).isEqualTo(all(3));
        assertThat(client.errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "order holds, and everything is stored once, over seeded lines that delay, lose, refuse and mix up calls")
    void anyLine(boolean repeatsAtOnce) {
        for (int seed = 0; seed < 300; seed++) {
            SendOrderTest round = new SendOrderTest();
            round.round(seed, repeatsAtOnce);
        }
    }

    private void round(int seed, boolean repeatsAtOnce) {
        Random random = new Random(seed);
        attach();
        double trouble = random.nextInt(3) * 0.04;
        int slowest = 1 + random.nextInt(400);
        line.line(troubled(random, trouble, slowest));
        Client client = new Client(1 + random.nextInt(80), 1 + random.nextInt(12), repeatsAtOnce);
        if (random.nextBoolean()) {
            for (int i = 1; i <= 5; i++) {
                int seenAfter = random.nextInt(300);
                later(i * 150L, () -> {
                    StoredSession changed = changeMembership();
                    later(seenAfter, () -> socket.sees(changed));
                });
            }
        }
        client.work();
        bench.time.advance(Duration.ofMinutes(10));
        assertThat(client.settled).as("settled, seed %d", seed).isEqualTo(MESSAGES);
        assertThat(logged()).as("seed %d", seed).isEqualTo(all(MESSAGES));
    }

    /** A line that mixes calls up for a while, and then is well again. */
    private static Line troubled(Random random, double trouble, int slowest) {
        int[] calls = {0};
        return (call, argument) -> {
            if (calls[0]++ > 150) {
                return Trip.late(1, 1);
            }
            double lot = random.nextDouble();
            if (lot < trouble) {
                return Trip.SWALLOWED;
            }
            if (lot < 2 * trouble) {
                return Trip.MUTE;
            }
            if (lot < 3 * trouble) {
                return new Trip(random.nextInt(slowest), 0, false, false, new StoreException.Unavailable("x", false));
            }
            return Trip.late(random.nextInt(slowest), random.nextInt(slowest));
        };
    }
}
