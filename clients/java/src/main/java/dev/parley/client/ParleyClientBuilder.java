package dev.parley.client;

import dev.parley.protocol.RawJson;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds a {@link ParleyClient}. Not for use by several threads. */
public final class ParleyClientBuilder {
    private static final int DEFAULT_OUTBOX = 10_000;
    private static final long DEFAULT_TIMEOUT_MILLIS = 30_000;

    private final URI uri;
    private final String id;
    private final boolean agent;
    private ClientListener listener = new ClientListener() {};
    private @Nullable String token;
    private @Nullable String name;
    private @Nullable String surfaceId;
    private @Nullable RawJson capabilities;
    private @Nullable RawJson profile;
    private @Nullable List<String> follows;
    private @Nullable String framework;
    private @Nullable RawJson metadata;
    private @Nullable HttpClient http;
    private boolean renewOnHeartbeat;
    private final Map<String, Consumer<Push>> named = new HashMap<>();
    private boolean manualSeen;
    private int outboxLimit = DEFAULT_OUTBOX;
    private long requestTimeoutMillis = DEFAULT_TIMEOUT_MILLIS;

    ParleyClientBuilder(URI uri, String id, boolean agent) {
        this.uri = uri;
        this.id = id;
        this.agent = agent;
    }

    /** Who hears of messages and of everything else. */
    public ParleyClientBuilder listener(ClientListener told) {
        this.listener = told;
        return this;
    }

    /**
     * Hears a push by its name, in addition to the listener and just before it, on the same thread and by the same rules: one
     * of a session at most once, and none of the client's own messages. Named twice, the later counts.
     *
     * @param method such as {@code workflow.advanced}; also one that this version of the client does not know
     */
    public ParleyClientBuilder on(String method, Consumer<Push> told) {
        named.put(method, told);
        return this;
    }

    /** The credential that {@code connect} carries. */
    public ParleyClientBuilder token(String credential) {
        this.token = credential;
        return this;
    }

    /** A name for people, up to 200 characters. */
    public ParleyClientBuilder name(String forPeople) {
        this.name = forPeople;
        return this;
    }

    /** The surface (page, device) that this client speaks for. */
    public ParleyClientBuilder surfaceId(String surface) {
        this.surfaceId = surface;
        return this;
    }

    /** What an agent can do: a JSON array of {@code {name, metadata?}}. */
    public ParleyClientBuilder capabilities(RawJson array) {
        this.capabilities = array;
        return this;
    }

    /** How an agent works: a JSON object {@code {taskTypes, successRate, avgResponseMs, concurrency}}. */
    public ParleyClientBuilder profile(RawJson object) {
        this.profile = object;
        return this;
    }

    /** The channels that an agent follows. */
    public ParleyClientBuilder follows(List<String> channels) {
        this.follows = List.copyOf(channels);
        return this;
    }

    /** What an agent is made with. */
    public ParleyClientBuilder framework(String madeWith) {
        this.framework = madeWith;
        return this;
    }

    /** Any facts about an agent: a JSON object. */
    public ParleyClientBuilder metadata(RawJson object) {
        this.metadata = object;
        return this;
    }

    /** Lets heartbeats renew every session that a user is attached to, so that none ends while the program runs. */
    public ParleyClientBuilder renewOnHeartbeat() {
        this.renewOnHeartbeat = true;
        return this;
    }

    /**
     * Lets the program say itself, by {@link ParleyClient#seen}, what it has seen. For agents that answer later: what they have
     * not said to have seen comes again after a restart.
     */
    public ParleyClientBuilder manualSeen() {
        this.manualSeen = true;
        return this;
    }

    /**
     * How many messages may be unsettled at once; further ones fail with {@link ParleyException#QUEUE_FULL}.
     *
     * @param messages 1 or more; 10,000 by default
     */
    public ParleyClientBuilder outboxLimit(int messages) {
        if (messages < 1) {
            throw new IllegalArgumentException("outboxLimit must be 1 or more, not " + messages);
        }
        this.outboxLimit = messages;
        return this;
    }

    /**
     * How long a request waits for its answer, the wait for a connection included.
     *
     * @param timeout 1 s or more; 30 s by default
     */
    public ParleyClientBuilder requestTimeout(Duration timeout) {
        if (timeout.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("requestTimeout must be 1 s or more, not " + timeout);
        }
        this.requestTimeoutMillis = timeout.toMillis();
        return this;
    }

    /** The HTTP client that opens the sockets, for proxies and TLS settings, or to share one; the JDK's default otherwise. */
    public ParleyClientBuilder httpClient(HttpClient client) {
        this.http = client;
        return this;
    }

    /** The client, not connected yet. */
    public ParleyClient build() {
        ClientThreads threads = new SystemThreads(id);
        HttpClient used = http == null ? HttpClient.newHttpClient() : http;
        Transport transport = new JdkTransport(used, threads, ClientCore.WINDOW);
        return new ParleyClient(options(), threads, transport, listener, Map.copyOf(named), new Random());
    }

    /** The client on other threads, another transport and other chance. */
    ParleyClient build(ClientThreads threads, Transport transport, java.util.random.RandomGenerator random) {
        return new ParleyClient(options(), threads, transport, listener, Map.copyOf(named), random);
    }

    private ClientOptions options() {
        return new ClientOptions(
                uri,
                agent,
                id,
                token,
                name,
                surfaceId,
                capabilities,
                profile,
                follows,
                framework,
                metadata,
                renewOnHeartbeat,
                manualSeen,
                outboxLimit,
                requestTimeoutMillis);
    }
}
