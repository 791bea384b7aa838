package dev.parley.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.gateway.Gateway;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of a real gateway, over real sockets, through a proxy that cuts them. */
@SuppressWarnings("FutureReturnValueIgnored") // The receivers show what became of it.
class GatewayIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private Gateway gateway;
    private CutProxy proxy;
    private final List<AutoCloseable> resources = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        start(SessionConfig.DEFAULT);
    }

    private void start(SessionConfig session) throws IOException {
        gateway = Gateway.embedded(GatewayConfig.DEFAULT
                .withSession(session)
                .withServer(ServerConfig.DEFAULT.withPort(0).withDrainMillis(1000)));
        gateway.start().block(PATIENCE);
        proxy = new CutProxy(gateway.port());
    }

    private void restart(SessionConfig session) throws IOException {
        proxy.close();
        gateway.close().block(PATIENCE);
        start(session);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
        proxy.close();
        gateway.close().block(PATIENCE);
    }

    private ParleyClient user(String id, ClientListener told) {
        return connected(impatient(ParleyClient.user(proxy.address(), id).listener(told)));
    }

    private ParleyClient agent(String id, ClientListener told) {
        return connected(impatient(ParleyClient.agent(proxy.address(), id).listener(told)));
    }

    /** A client that draws short waits from the ranges, so that a test can cut it many times. */
    private static ParleyClient impatient(ParleyClientBuilder builder) {
        ClientThreads threads = new SystemThreads("test");
        return builder.build(threads, new JdkTransport(HTTP, threads, ClientCore.WINDOW), new Random() {
            private static final long serialVersionUID = 1L;

            @Override
            public long nextLong(long bound) {
                return super.nextLong(Math.min(bound, 50));
            }
        });
    }

    private ParleyClient connected(ParleyClient client) {
        resources.add(client);
        join(client.connect());
        return client;
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static List<String> texts(Recorder told) {
        return told.messages.stream().map(SessionEvents.Message::content).toList();
    }

    private static List<String> numbered(String prefix, int count) {
        return IntStream.rangeClosed(1, count).mapToObj(i -> prefix + i).toList();
    }

    /** An agent that answers every text with "re: " and the text. */
    private static final class Echo implements ClientListener {
        private final Recorder told = new Recorder();
        private final CompletableFuture<ParleyClient> self = new CompletableFuture<>();

        @Override
        public void onMessage(SessionEvents.Message message) {
            told.onMessage(message);
            self.thenAccept(client -> client.send(
                    message.sessionId(), "re: " + message.content(), "r-" + message.messageId(), message.messageId()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void nothing_is_lost_doubled_or_misordered_while_connections_are_cut(long seed) {
        int count = 600;
        Echo echo = new Echo();
        echo.self.complete(agent("echo", echo));
        Recorder told = new Recorder();
        ParleyClient user = user("ada", told);
        String sessionId = join(user.createSession("echo")).sessionId();
        Random random = new Random(seed);
        List<CompletableFuture<SessionResults.Sent>> sent = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            sent.add(user.send(sessionId, "text " + i));
        }
        int cuts = 0;
        for (int until = random.nextInt(60); until < count; until += random.nextInt(60)) {
            int enough = until;
            boolean whileAway = random.nextInt(5) == 0;
            await().atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(1 + random.nextInt(5)))
                    .until(() -> told.messages.size() >= enough
                            && (whileAway || told.lastState().state() == ConnectionState.OPEN));
            proxy.cut();
            cuts++;
        }

        sent.forEach(GatewayIT::join);
        await().atMost(PATIENCE).until(() -> told.messages.size() >= count);

        assertThat(texts(echo.told)).containsExactlyElementsOf(numbered("text ", count));
        assertThat(texts(told)).containsExactlyElementsOf(numbered("re: text ", count));
        assertThat(told.messages).isSortedAccordingTo(Comparator.comparingLong(SessionEvents.Message::seq));
        assertThat(told.gaps).isEmpty();
        assertThat(told.attached)
                .isNotEmpty()
                .allSatisfy(entry -> assertThat(entry.recovered()).isTrue());
        assertThat(cuts).isGreaterThan(10);
        assertThat(told.states)
                .filteredOn(change -> change.state() == ConnectionState.WAITING)
                .hasSizeGreaterThan(10);
    }

    @Test
    void many_sessions_are_all_taken_up_again() {
        Recorder told = new Recorder();
        ParleyClient user = user("ada", told);
        Recorder heard = new Recorder();
        ParleyClient agent = ParleyClient.agent(URI.create("ws://127.0.0.1:" + gateway.port() + "/ws"), "many")
                .listener(heard)
                .build();
        connected(agent);
        List<String> sessions = IntStream.range(0, 250).mapToObj(i -> user.createSession("many")).toList().stream()
                .map(created -> join(created).sessionId())
                .toList();
        proxy.cut();
        List<CompletableFuture<SessionResults.Sent>> sent = new ArrayList<>();
        for (String sessionId : sessions) {
            sent.add(agent.send(sessionId, "first in " + sessionId));
            sent.add(agent.send(sessionId, "second in " + sessionId));
        }
        sent.forEach(GatewayIT::join);

        await().atMost(PATIENCE).until(() -> told.messages.size() >= 500);

        for (String sessionId : sessions) {
            assertThat(texts(told).stream().filter(text -> text.endsWith(sessionId)))
                    .containsExactly("first in " + sessionId, "second in " + sessionId);
        }
        assertThat(heard.attached).hasSize(250);
    }

    @Test
    void an_agent_that_was_away_is_told_what_it_missed_and_not_what_it_saw() {
        ParleyClient user = user("ada", new Recorder());
        Recorder first = new Recorder();
        ParleyClient agent = agent("late", first);
        String sessionId = join(user.createSession("late")).sessionId();
        join(user.send(sessionId, "seen"));
        await().atMost(PATIENCE).until(() -> first.messages.size() == 1);
        agent.close();
        join(user.send(sessionId, "missed 1"));
        join(user.send(sessionId, "missed 2"));

        Recorder second = new Recorder();
        agent("late", second);

        await().atMost(PATIENCE).until(() -> second.messages.size() >= 2);
        assertThat(texts(second)).containsExactly("missed 1", "missed 2");
    }

    @Test
    void what_the_log_no_longer_holds_is_told_as_a_gap() throws IOException {
        SessionConfig d = SessionConfig.DEFAULT;
        restart(new SessionConfig(
                d.defaultTimeoutMinutes(),
                d.minTimeoutMinutes(),
                d.maxTimeoutMinutes(),
                d.maxDurationMinutes(),
                d.warningThresholdMinutes(),
                d.warningLadderSeconds(),
                d.endedRetentionMinutes(),
                d.maxTurns(),
                10,
                d.maxParticipants(),
                d.maxContentLength(),
                d.openAgents(),
                d.sessionBypass(),
                d.agentReplyMillis(),
                d.agentDefaults()));
        ParleyClient agent = ParleyClient.agent(URI.create("ws://127.0.0.1:" + gateway.port() + "/ws"), "talker")
                .build();
        connected(agent);
        Recorder told = new Recorder();
        ParleyClient user = user("ada", told);
        String sessionId = join(user.createSession("talker")).sessionId();
        join(agent.send(sessionId, "before"));
        await().atMost(PATIENCE).until(() -> told.messages.size() == 1);
        proxy.dead(true);
        List<CompletableFuture<SessionResults.Sent>> sent = new ArrayList<>();
        numbered("text ", 40).forEach(text -> sent.add(agent.send(sessionId, text)));
        sent.forEach(GatewayIT::join);
        proxy.cut();
        proxy.dead(false);

        await().atMost(PATIENCE).until(() -> told.messages.size() >= 11);

        assertThat(texts(told).subList(1, 11)).isEqualTo(numbered("text ", 40).subList(30, 40));
        assertThat(told.gaps).hasSize(1);
        assertThat(told.gaps.get(0).cause()).isEqualTo("trimmed");
        assertThat(told.gaps.get(0).from()).isEqualTo(told.messages.get(0).seq() + 1);
        assertThat(told.gaps.get(0).to()).isEqualTo(told.messages.get(1).seq() - 1);
    }

    @Test
    void warnings_renewal_and_expiry_reach_the_program() throws IOException {
        SessionConfig d = SessionConfig.DEFAULT;
        restart(new SessionConfig(
                0.1,
                0.01,
                d.maxTimeoutMinutes(),
                d.maxDurationMinutes(),
                0.07,
                List.of(2.0),
                d.endedRetentionMinutes(),
                d.maxTurns(),
                d.historyLimit(),
                d.maxParticipants(),
                d.maxContentLength(),
                d.openAgents(),
                d.sessionBypass(),
                d.agentReplyMillis(),
                d.agentDefaults()));
        Recorder told = new Recorder();
        ParleyClient user = user("ada", told);
        String sessionId = join(user.createSession("nobody")).sessionId();
        await().atMost(PATIENCE).until(() -> told.expiring.size() == 1);
        join(user.request(Operations.SESSION_RENEW, new SessionParams.Ref(sessionId)));
        await().atMost(PATIENCE).until(() -> !told.expired.isEmpty());

        assertThat(told.renewed).extracting(SessionEvents.Renewed::renewalCount).containsExactly(1L);
        assertThat(told.expiring).hasSize(3);
        assertThat(told.expiring.get(2).rung()).isEqualTo(2);
        assertThat(told.expired.get(0).cause()).isEqualTo("idle");
        assertThat(user.send(sessionId, "too late")
                        .handle((sent, problem) -> ((ParleyException) problem).code())
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join())
                .isEqualTo("SESSION_EXPIRED");
    }

    @Test
    void a_second_client_of_the_same_agent_takes_over_for_good() {
        Recorder first = new Recorder();
        agent("one", first);
        agent("one", new Recorder());

        await().atMost(PATIENCE).until(() -> first.lastState().state() == ConnectionState.CLOSED);
        assertThat(first.lastState().closeCode()).isEqualTo(4505);
    }

    @Test
    void a_drain_is_told_and_the_time_that_it_told_is_waited() {
        Recorder told = new Recorder();
        user("ada", told);
        long before = System.nanoTime();
        gateway.drain().block(PATIENCE);

        await().atMost(PATIENCE).until(() -> told.states.stream().anyMatch(change -> change.closeCode() == 4000));
        long elapsed = Duration.ofNanos(System.nanoTime() - before).toMillis();
        long asked = told.others.stream()
                .filter(push -> push.method().equals("server.draining"))
                .map(push -> ClientJson.read(push.params(), SessionEvents.Draining.class)
                        .reconnectAfterMs())
                .findFirst()
                .orElseThrow();
        assertThat(told.states.stream()
                        .filter(change -> change.closeCode() == 4000)
                        .findFirst()
                        .orElseThrow()
                        .retryInMillis())
                .as("what is left of it at the close")
                .isBetween(Math.max(0, asked - elapsed - 1), asked);
    }

    @Test
    void pieces_typing_and_payloads_pass_between_two_clients() {
        Recorder heard = new Recorder();
        ParleyClient agent = agent("bot", heard);
        Recorder told = new Recorder();
        ParleyClient user = user("ada", told);
        String sessionId = join(user.createSession("bot")).sessionId();
        await().atMost(PATIENCE).until(() -> heard.attached.size() == 1);
        user.typing(sessionId, true);
        await().atMost(PATIENCE).until(() -> heard.typing.size() == 1);
        for (int i = 0; i < 50; i++) {
            agent.delta(sessionId, "answer", i, i + " ", null);
        }
        join(agent.send(new SessionParams.Send(
                sessionId,
                null,
                RawJson.of("{\"exact\":1.2345678901234567890123456789}"),
                null,
                null,
                null,
                "answer",
                null,
                null,
                null,
                null)));
        await().atMost(PATIENCE).until(() -> told.messages.size() == 1);

        StringBuilder streamed = new StringBuilder();
        told.deltas.forEach(delta -> streamed.append(delta.chunk()));
        StringBuilder meant = new StringBuilder();
        IntStream.range(0, 50).forEach(i -> meant.append(i).append(' '));
        assertThat(streamed).hasToString(meant.toString());
        assertThat(told.messages.get(0).payload()).isEqualTo(RawJson.of("{\"exact\":1.2345678901234567890123456789}"));
        assertThat(heard.typing).containsExactly(new SessionEvents.Typing(sessionId, "ada", true));
    }
}
