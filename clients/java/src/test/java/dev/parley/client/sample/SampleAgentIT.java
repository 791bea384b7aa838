package dev.parley.client.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.gateway.Gateway;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionStatus;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sample agent in a real gateway, seen by somebody who talks to it. */
@SuppressWarnings("FutureReturnValueIgnored") // What is sent waits for the connection.
class SampleAgentIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Gateway gateway;
    private URI url;
    private final List<AutoCloseable> resources = new ArrayList<>();

    @BeforeEach
    void start() {
        gateway = Gateway.embedded(GatewayConfig.DEFAULT.withServer(ServerConfig.DEFAULT.withPort(0)));
        gateway.start().block(PATIENCE);
        url = URI.create("ws://127.0.0.1:" + gateway.port() + "/ws");
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable resource : resources) {
            resource.close();
        }
        gateway.close().block(PATIENCE);
    }

    /** Somebody who talks and notes what comes. */
    private final class Person implements ClientListener {
        private final List<SessionEvents.Message> messages = new CopyOnWriteArrayList<>();
        private final List<SessionEvents.Delta> deltas = new CopyOnWriteArrayList<>();
        private final List<SessionEvents.Typing> typing = new CopyOnWriteArrayList<>();
        private final List<SessionEvents.Ended> ended = new CopyOnWriteArrayList<>();
        private final ParleyClient client;

        Person(String id) {
            client = ParleyClient.user(url, id).listener(this).build();
            resources.add(client);
            client.connect();
        }

        String session(String agentId) {
            return join(client.createSession(agentId)).sessionId();
        }

        String say(String sessionId, String text) {
            return join(client.send(sessionId, text)).messageId();
        }

        void hears(int count) {
            await().atMost(PATIENCE).until(() -> messages.size() >= count);
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            messages.add(message);
        }

        @Override
        public void onDelta(SessionEvents.Delta delta) {
            deltas.add(delta);
        }

        @Override
        public void onTyping(SessionEvents.Typing told) {
            typing.add(told);
        }

        @Override
        public void onEnded(SessionEvents.Ended told) {
            ended.add(told);
        }
    }

    private SampleAgent agent(String id) {
        SampleAgent agent = new SampleAgent(url, id);
        resources.add(agent);
        agent.start();
        return agent;
    }

    private static <T> T join(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Test
    void an_answer_streams_in_and_then_comes_whole() {
        agent("sample");
        Person ada = new Person("ada");
        String sessionId = ada.session("sample");
        String question = ada.say(sessionId, "hello there");
        ada.hears(1);
        await().atMost(PATIENCE).until(() -> ada.typing.size() == 2);

        SessionEvents.Message answer = ada.messages.get(0);
        assertThat(answer.inReplyTo()).isEqualTo(question);
        assertThat(answer.authorId()).isEqualTo("sample");
        assertThat(answer.content()).startsWith("You said: hello there");
        assertThat(ada.deltas).hasSizeGreaterThan(3).allSatisfy(delta -> {
            assertThat(delta.messageId()).isEqualTo(answer.messageId());
            assertThat(delta.inReplyTo()).isEqualTo(question);
        });
        assertThat(ada.deltas.stream().map(SessionEvents.Delta::chunk).collect(Collectors.joining()))
                .isEqualTo(answer.content());
        assertThat(ada.typing).extracting(SessionEvents.Typing::on).containsExactly(true, false);
    }

    @Test
    void several_sessions_are_answered_side_by_side_and_silence_holds_up_nobody() {
        agent("sample");
        Person ada = new Person("ada");
        Person bob = new Person("bob");
        String slow = ada.session("sample");
        ada.say(slow, "slow");
        String quick = bob.session("sample");
        bob.say(quick, "silence");
        bob.say(quick, "help");
        bob.hears(1);

        assertThat(bob.messages.get(0).content()).contains("silence - ");
        assertThat(ada.messages).as("is still being written").isEmpty();
        ada.hears(1);
        assertThat(ada.deltas).hasSizeGreaterThan(30);
    }

    @Test
    void end_completes_the_session_with_a_summary() {
        agent("sample");
        Person ada = new Person("ada");
        String sessionId = ada.session("sample");
        ada.say(sessionId, "end");
        await().atMost(PATIENCE).until(() -> !ada.ended.isEmpty());

        assertThat(ada.messages).hasSize(1);
        var info = join(ada.client.request(Operations.SESSION_GET, new SessionParams.Ref(sessionId)));
        assertThat(info.status()).isEqualTo(SessionStatus.COMPLETED);
        assertThat(info.end()).isNotNull();
        assertThat(info.end().summary()).contains("goodbye");
    }

    @Test
    void what_was_said_while_it_was_away_is_answered_when_it_comes() {
        Person ada = new Person("ada");
        String sessionId = ada.session("sample");
        ada.say(sessionId, "anybody there?");
        ada.say(sessionId, "hello?");
        agent("sample");
        ada.hears(2);

        assertThat(ada.messages)
                .extracting(SessionEvents.Message::content)
                .satisfiesExactly(
                        first -> assertThat(first).contains("anybody there?"),
                        second -> assertThat(second).contains("hello?"));
    }

    @Test
    void a_restarted_agent_answers_nothing_twice_even_when_it_could_not_tell_what_it_had_seen() {
        agent("sample");
        Person ada = new Person("ada");
        String sessionId = ada.session("sample");
        for (int i = 0; i < 3; i++) {
            ada.say(sessionId, "question " + i);
        }
        ada.hears(3);
        int pieces = ada.deltas.size();
        // The second one takes over at once, before the first has told what it saw.
        agent("sample");
        ada.say(sessionId, "are you back?");
        ada.hears(4);

        assertThat(ada.messages)
                .extracting(SessionEvents.Message::content)
                .satisfiesExactly(
                        text -> assertThat(text).contains("question 0"),
                        text -> assertThat(text).contains("question 1"),
                        text -> assertThat(text).contains("question 2"),
                        text -> assertThat(text).contains("are you back?"));
        assertThat(ada.deltas.subList(pieces, ada.deltas.size()))
                .as("no old answer is streamed again")
                .allSatisfy(delta -> assertThat(delta.messageId())
                        .isEqualTo(ada.messages.get(3).messageId()));
    }

    @Test
    void an_agent_that_was_stopped_in_the_midst_of_an_answer_gives_it_after_its_restart() {
        SampleAgent first = agent("sample");
        Person ada = new Person("ada");
        String sessionId = ada.session("sample");
        ada.say(sessionId, "slow");
        await().atMost(PATIENCE).until(() -> ada.deltas.size() > 3);
        first.close();
        assertThat(ada.messages).isEmpty();

        agent("sample");
        ada.hears(1);

        assertThat(ada.messages)
                .extracting(SessionEvents.Message::content)
                .allSatisfy(text -> assertThat(text).startsWith("This answer takes its time."));
    }

    @Test
    void two_agents_in_one_session_do_not_answer_each_other() {
        agent("sample");
        agent("other");
        Person ada = new Person("ada");
        join(ada.client.connect());
        SessionParams.NewParticipant second =
                new SessionParams.NewParticipant("other", "agent", null, null, null, null);
        String sessionId = join(ada.client.createSession(new SessionParams.Create(
                        RawJson.of("\"sample\""),
                        RawJson.of("\"ada\""),
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(second),
                        null,
                        null,
                        null)))
                .sessionId();
        ada.say(sessionId, "help");
        ada.hears(2);
        ada.say(sessionId, "help");
        ada.hears(4);

        assertThat(ada.messages)
                .extracting(SessionEvents.Message::authorId)
                .containsExactlyInAnyOrder("sample", "other", "sample", "other");
    }
}
