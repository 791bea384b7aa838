package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.parley.gateway.agent.AgentService;
import dev.parley.gateway.agent.ChannelService;
import dev.parley.gateway.agent.InboxService;
import dev.parley.gateway.aggregation.AggregationService;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.envelope.EnvelopeService;
import dev.parley.gateway.events.Webhooks;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.gateway.operation.RateLimiter;
import dev.parley.protocol.Json;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.FaultyStore;
import dev.parley.store.LoggedEvent;
import dev.parley.store.Store;
import dev.parley.store.StoreSettings;
import dev.parley.store.StoredSession;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * Operations by their names and as JSON, as both ways in call them, over the embedded store on virtual time. What belongs to a
 * connection is not bound.
 */
public final class Bench {
    public static final Caller PROGRAM = Caller.OPEN_HTTP;
    public static final Caller ADA = new Caller("ada", Caller.USER, "default", false);
    public static final Caller BOB = new Caller("bob", Caller.USER, "default", false);
    public static final Caller HELPER = new Caller("helper", Caller.AGENT, "default", false);
    public static final Caller ELSEWHERE = new Caller("ada", Caller.USER, "elsewhere", false);

    public final ManualTime time = new ManualTime();
    public final MemoryStore memory = new MemoryStore(time, StoreSettings.DEFAULT);
    public final FaultyStore store = new FaultyStore(memory);
    final SessionOperations.Services services;
    private final Dispatcher dispatcher;
    /** Of another gateway on the same store, which knows nothing of what is under way here. */
    private final Dispatcher another;

    public Bench() {
        this(SessionConfig.DEFAULT);
    }

    public Bench(SessionConfig session) {
        GatewayConfig config = GatewayConfig.DEFAULT.withSession(session);
        services = services(store, config);
        dispatcher = dispatcher(services, config);
        another = dispatcher(services(memory, config), config);
    }

    private static SessionOperations.Services services(Store store, GatewayConfig config) {
        return SessionOperations.Services.of(store, config);
    }

    private Dispatcher dispatcher(SessionOperations.Services of, GatewayConfig config) {
        OperationHandlers handlers = new OperationHandlers();
        SessionOperations.bind(handlers, of);
        new ChannelService(store).bind(handlers);
        new AggregationService(store, GatewayConfig.DEFAULT).bind(handlers);
        TaskService tasks = new TaskService(store, config);
        tasks.bind(handlers);
        new EnvelopeService(store, config, tasks, time).bind(handlers);
        new AgentService(store, GatewayConfig.LimitsConfig.DEFAULT).bind(handlers);
        new InboxService(store, GatewayConfig.LimitsConfig.DEFAULT).bind(handlers);
        new Webhooks(store, EventsConfig.DEFAULT, time).bind(handlers);
        for (Operation<?, ?> operation : List.of(
                Operations.CONNECT,
                Operations.PING,
                Operations.SESSION_ATTACH,
                Operations.SESSION_DETACH,
                Operations.MESSAGE_DELTA,
                Operations.TYPING)) {
            handlers.bind(operation, (call, params) -> Mono.error(new AssertionError("not here")));
        }
        return new Dispatcher(handlers, new RateLimiter(LimitsConfig.DEFAULT, time));
    }

    /** What another gateway on the same store answers. */
    void askElsewhere(Caller caller, Operation<?, ?> operation, String params) {
        another.dispatch(new Call(caller, null), operation, json(params), false).block();
    }

    /** The default rules with another tenth of the parts, as most tests change one thing only. */
    public static SessionConfig config(boolean openAgents, boolean bypass, Map<String, AgentDefaults> agents) {
        SessionConfig d = SessionConfig.DEFAULT;
        return new SessionConfig(
                d.defaultTimeoutMinutes(),
                d.minTimeoutMinutes(),
                d.maxTimeoutMinutes(),
                d.maxDurationMinutes(),
                d.warningThresholdMinutes(),
                d.warningLadderSeconds(),
                d.endedRetentionMinutes(),
                3,
                d.historyLimit(),
                d.maxParticipants(),
                d.maxContentLength(),
                openAgents,
                bypass,
                d.agentReplyMillis(),
                agents);
    }

    /** What an operation answers, as JSON. Single quotes stand for double ones. */
    public JsonNode ask(Caller caller, Operation<?, ?> operation, String params) {
        return ask(new Call(caller, null), operation, params);
    }

    JsonNode ask(Call call, Operation<?, ?> operation, String params) {
        Object answer = Objects.requireNonNull(mono(call, operation, params).block());
        return Json.MAPPER.readTree(Json.write(answer));
    }

    /** Why an operation was refused. */
    public ProtocolException refused(Caller caller, Operation<?, ?> operation, String params) {
        return refused(new Call(caller, null), operation, params);
    }

    ProtocolException refused(Call call, Operation<?, ?> operation, String params) {
        Throwable thrown = catchThrowable(() -> mono(call, operation, params).block());
        assertThat(thrown).as("%s %s", operation.name(), params).isInstanceOf(ProtocolException.class);
        ProtocolException refusal = (ProtocolException) thrown;
        assertThat(refusal.message()).isNotBlank();
        // Details have to be writable, or the refusal itself would become a defect.
        assertThat(Json.write(refusal.details())).isNotEmpty();
        return refusal;
    }

    /** A refusal that must leave a session and its log as they were, but for what time alone does. */
    ProtocolException refusedIdle(Call call, Operation<?, ?> operation, String params, String sessionId) {
        StoredSession before = stored(sessionId);
        ProtocolException refusal = refused(call, operation, params);
        assertThat(stored(sessionId)).isEqualTo(before);
        return refusal;
    }

    ProtocolException refusedIdle(Caller caller, Operation<?, ?> operation, String params, String sessionId) {
        return refusedIdle(new Call(caller, null), operation, params, sessionId);
    }

    Mono<?> mono(Call call, Operation<?, ?> operation, String params) {
        return dispatcher.dispatch(call, operation, json(params), false);
    }

    /** A session of ada's with the helper; its id. */
    public String session() {
        return session("{'userId':'ada','agentId':'helper'}");
    }

    /** A session from the params of a creation; its id. */
    public String session(String params) {
        return ask(PROGRAM, Operations.SESSION_CREATE, params).get("sessionId").asString();
    }

    /** The session as the store holds it. */
    public StoredSession stored(String sessionId) {
        return Objects.requireNonNull(memory.sessions().load(sessionId).block());
    }

    /** The log's entries. */
    List<LoggedEvent> log(String sessionId) {
        return Objects.requireNonNull(memory.log().read(sessionId, 0, 1000).block());
    }

    /** The wire names of the log's entries. */
    List<String> types(String sessionId) {
        return log(sessionId).stream().map(LoggedEvent::type).toList();
    }

    /** The body of the log's last entry. */
    JsonNode lastBody(String sessionId) {
        List<LoggedEvent> log = log(sessionId);
        return tree(log.get(log.size() - 1).body());
    }

    static JsonNode tree(Object value) {
        return Json.MAPPER.readTree(Json.write(value));
    }

    static String ref(String sessionId) {
        return "{'sessionId':'" + sessionId + "'}";
    }

    static RawJson json(String singleQuoted) {
        return RawJson.of(singleQuoted.replace('\'', '"'));
    }
}
