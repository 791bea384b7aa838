package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.agent.AgentService;
import dev.parley.gateway.agent.ChannelService;
import dev.parley.gateway.agent.InboxService;
import dev.parley.gateway.aggregation.AggregationService;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.envelope.EnvelopeService;
import dev.parley.gateway.events.Webhooks;
import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.operation.RateLimiter;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.gateway.session.MessageService;
import dev.parley.gateway.session.SessionOperations;
import dev.parley.gateway.session.TaskService;
import dev.parley.protocol.Json;
import dev.parley.protocol.Operation;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.store.FaultyStore;
import dev.parley.store.Signal;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.SystemTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** A real HTTP server over the embedded store, without sockets; and a client to talk to it, which holds every answer to the
 * OpenAPI document. */
final class HttpBench implements AutoCloseable {
    static final String SESSIONS = "/api/messaging/sessions";
    static final GatewayConfig CONFIG =
            GatewayConfig.DEFAULT.withServer(ServerConfig.DEFAULT.withPort(0)).withSession(session(5, 30_000));

    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final SystemTime time = new SystemTime();
    final MemoryStore memory;
    final Dispatcher dispatcher;
    final SessionRouter router;
    final GatewayMetrics metrics = new GatewayMetrics(time);
    final PublicServer server;
    private final MessageService messages;
    private final FaultyStore store;

    HttpBench() {
        this(CONFIG, HttpTimeouts.DEFAULT);
    }

    HttpBench(GatewayConfig config, HttpTimeouts timeouts) {
        memory = new MemoryStore(time, StoreSettings.DEFAULT);
        store = new FaultyStore(memory);
        router = new SessionRouter(store, time);
        SessionOperations.Services services = SessionOperations.Services.of(store, config);
        messages = services.messages();
        OperationHandlers handlers = new OperationHandlers();
        SessionOperations.bind(handlers, services);
        new ChannelService(store).bind(handlers);
        new AggregationService(store, config).bind(handlers);
        TaskService tasks = new TaskService(store, config);
        tasks.bind(handlers);
        new EnvelopeService(store, config, tasks, time).bind(handlers);
        new AgentService(store, GatewayConfig.LimitsConfig.DEFAULT).bind(handlers);
        new InboxService(store, GatewayConfig.LimitsConfig.DEFAULT).bind(handlers);
        new Webhooks(store, config.events(), time).bind(handlers);
        for (Operation<?, ?> operation : List.of(
                Operations.CONNECT,
                Operations.PING,
                Operations.SESSION_ATTACH,
                Operations.SESSION_DETACH,
                Operations.MESSAGE_DELTA,
                Operations.TYPING)) {
            handlers.bind(operation, (call, params) -> Mono.error(new AssertionError("not here")));
        }
        dispatcher = new Dispatcher(handlers, new RateLimiter(config.limits(), time));
        server = new PublicServer(
                new HttpParts(config, time, store, dispatcher, messages, router, metrics), timeouts, channel -> {});
        server.start().block(WAIT);
    }

    /** The rules of sessions with other time-outs. */
    static SessionConfig session(double minutes, long agentReplyMillis) {
        SessionConfig d = SessionConfig.DEFAULT;
        return new SessionConfig(
                minutes,
                Math.min(minutes, d.minTimeoutMinutes()),
                d.maxTimeoutMinutes(),
                d.maxDurationMinutes(),
                d.warningThresholdMinutes(),
                d.warningLadderSeconds(),
                d.endedRetentionMinutes(),
                d.maxTurns(),
                d.historyLimit(),
                d.maxParticipants(),
                d.maxContentLength(),
                d.openAgents(),
                d.sessionBypass(),
                agentReplyMillis,
                d.agentDefaults());
    }

    /** From now on the store does not answer. */
    void breakStore() {
        store.line((call, argument) -> FaultyStore.Trip.REFUSED);
    }

    /** The next call of a name fails in a way that nobody has thought of. */
    void breakCall(String call) {
        store.refuse(call, 1, new IllegalStateException("a secret of ours"));
    }

    Answer get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    /** Sends a body as JSON. */
    Answer post(String path, String json) {
        return send("POST", path, json, "Content-Type", "application/json");
    }

    Answer patch(String path, String json) {
        return send("PATCH", path, json, "Content-Type", "application/json");
    }

    Answer send(String method, String path, @Nullable String body, String... headers) {
        return sending(method, path, body, headers).join();
    }

    CompletableFuture<Answer> sending(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .timeout(WAIT)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return CLIENT.sendAsync(request.build(), BodyHandlers.ofString())
                .thenApply(DescribedApi::check)
                .thenApply(Answer::new);
    }

    /** Opens an event stream and reads its events as they come. */
    EventReader events(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return new EventReader(
                CLIENT.sendAsync(request.build(), BodyHandlers.ofInputStream()).join());
    }

    Socket socket() {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
            socket.setSoTimeout(10_000);
            return socket;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Creates a session of ada and helper; answers its id. */
    String create() {
        JsonNode created = post(SESSIONS, "{\"userId\":\"ada\",\"agentId\":\"helper\"}")
                .expect(201)
                .json();
        return created.get("sessionId").asString();
    }

    /** Has the session's agent say something. */
    MessageService.SendOutcome agentSays(
            String sessionId, String text, @Nullable String inReplyTo, @Nullable String messageId) {
        Call call = new Call(new Caller("helper", Caller.AGENT, "default", false), null);
        MessageService.SendOutcome outcome = messages.send(
                        call,
                        new SessionParams.Send(
                                sessionId,
                                RawJson.of(Json.write(text)),
                                null,
                                null,
                                null,
                                null,
                                messageId,
                                inReplyTo,
                                null,
                                null,
                                null))
                .block(WAIT);
        if (outcome == null) {
            throw new AssertionError("no answer");
        }
        return outcome;
    }

    /** Has the session's agent send a piece of a message. */
    void agentStreams(String sessionId, String messageId, long index, String chunk, @Nullable String inReplyTo) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("messageId", messageId);
        body.put("index", index);
        body.put("chunk", chunk);
        if (inReplyTo != null) {
            body.put("inReplyTo", inReplyTo);
        }
        memory.log()
                .signal(new Signal(sessionId, EventTypes.MESSAGE_DELTA, "helper", null, RawJson.of(Json.write(body))))
                .block(WAIT);
    }

    @Override
    public void close() {
        server.close().block(WAIT);
        metrics.close();
        time.close();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    /** An answer as a client sees it. */
    record Answer(int status, Map<String, List<String>> headers, String body) {
        Answer(HttpResponse<String> response) {
            this(response.statusCode(), response.headers().map(), response.body());
        }

        Answer expect(int expected) {
            assertThat(status).as(body).isEqualTo(expected);
            return this;
        }

        /** Checks that this is a refusal in the shape of all, with that code; answers its details. */
        JsonNode refused(int expected, String code) {
            expect(expected);
            JsonNode error = json().get("error");
            assertThat(error.get("code").asString()).as(body).isEqualTo(code);
            assertThat(error.get("message").asString()).isNotBlank();
            assertThat(error.get("timestamp").asString())
                    .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
            assertThat(error.get("details").isObject()).isTrue();
            return error.get("details");
        }

        JsonNode json() {
            return Json.MAPPER.readTree(body);
        }

        String header(String name) {
            for (Map.Entry<String, List<String>> header : headers.entrySet()) {
                if (header.getKey().equalsIgnoreCase(name)) {
                    return String.join(", ", header.getValue());
                }
            }
            return "";
        }
    }
}
