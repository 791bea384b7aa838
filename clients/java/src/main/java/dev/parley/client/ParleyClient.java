package dev.parley.client;

import dev.parley.protocol.Operation;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionCreated;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.net.URI;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client of a Parley gateway: one user or agent, one connection that is kept up until {@link #close}.
 *
 * <pre>{@code
 * ParleyClient client = ParleyClient.user(URI.create("ws://localhost:8080/ws"), "ada")
 *         .listener(new ClientListener() {
 *             @Override
 *             public void onMessage(SessionEvents.Message message) {
 *                 System.out.println(message.authorId() + ": " + message.content());
 *             }
 *         })
 *         .build();
 * client.connect().join();
 * String sessionId = client.createSession("sample").join().sessionId();
 * client.send(sessionId, "hello").join();
 * }</pre>
 *
 * <p>When the connection is lost the client comes back by itself, with growing waits, and goes on in every attached session
 * where it stopped: no message is lost or told twice, and what was not acknowledged is sent again under the same id. Safe for
 * use from any thread; no method waits, {@link #close} excepted. Futures fail with {@link ParleyException}.
 */
public final class ParleyClient implements AutoCloseable {
    private static final long CLOSE_SECONDS = 4;
    private static final Pattern METHOD = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final ClientThreads threads;
    private final ClientCore core;
    private final SessionCalls calls;
    private final String id;

    ParleyClient(
            ClientOptions options,
            ClientThreads threads,
            Transport transport,
            ClientListener listener,
            Map<String, Consumer<Push>> named,
            RandomGenerator random) {
        this.threads = threads;
        this.id = options.id();
        core = new ClientCore(options, threads, transport, listener, named, random);
        calls = new SessionCalls(core, threads);
    }

    /**
     * Begins to build the client of a person.
     *
     * @param uri such as {@code ws://localhost:8080/ws}
     * @param id 1 to 128 of {@code [A-Za-z0-9._:/~-]}
     */
    public static ParleyClientBuilder user(URI uri, String id) {
        return new ParleyClientBuilder(uri, id, false);
    }

    /**
     * Begins to build the client of an agent. The gateway attaches it to its sessions by itself and tells it what it missed.
     *
     * @param uri such as {@code ws://localhost:8080/ws}
     * @param id 1 to 128 of {@code [A-Za-z0-9._:/~-]}
     */
    public static ParleyClientBuilder agent(URI uri, String id) {
        return new ParleyClientBuilder(uri, id, true);
    }

    /** The identity that this client connects as. */
    public String id() {
        return id;
    }

    /**
     * Connects, and keeps trying until it is answered.
     *
     * @return the first answer; fails when the gateway refuses for good or the client is closed. Called again, the same answer
     */
    @SuppressWarnings("FutureReturnValueIgnored") // The inner stage passes on both outcomes.
    public CompletableFuture<SessionResults.Connected> connect() {
        threads.engine(core::start);
        CompletableFuture<SessionResults.Connected> answer = new CompletableFuture<>();
        core.connected().whenComplete((connected, problem) -> {
            if (problem == null) {
                answer.complete(connected);
            } else {
                answer.completeExceptionally(problem);
            }
        });
        return answer;
    }

    /**
     * Asks the gateway for something. A request made without a connection waits for one; one that was under way when the
     * connection broke fails with {@link ParleyException#CONNECTION_LOST}, as it is not known whether it was carried out.
     *
     * @param operation of {@link Operations}; for messages use {@link #send(SessionParams.Send)}, which is sent again by itself
     * @param params its params; they fail the future when they cannot be sent, as with half a surrogate pair in a text
     */
    public <P, R> CompletableFuture<R> request(Operation<P, R> operation, P params) {
        CompletableFuture<R> future = new CompletableFuture<>();
        RawJson json = encode(params, future);
        if (json != null) {
            threads.engine(() -> calls.call(operation.name(), json, operation.result(), future));
        }
        return future;
    }

    /**
     * Asks the gateway for something by its name, which may be one that this version of the client does not know; in all else as
     * {@link #request(Operation, Object)}. A program that reads the pushes by their names hears the rest of it, see
     * {@link ParleyClientBuilder#on}.
     *
     * @param method such as {@code session.workflow.advance}: 1 to 64 of {@code [A-Za-z0-9._-]}
     * @param params a map or a record with the members that docs/protocol.md tells; they fail the future when they cannot be sent
     * @return the result as JSON
     */
    public CompletableFuture<JsonNode> request(String method, Object params) {
        CompletableFuture<JsonNode> future = new CompletableFuture<>();
        if (!METHOD.matcher(method).matches()) {
            future.completeExceptionally(
                    ClientJson.invalid("a method is named by 1 to 64 of A-Z a-z 0-9 . _ -, not \"" + method + '"'));
            return future;
        }
        RawJson json = encode(params, future);
        if (json != null) {
            threads.engine(() -> calls.call(method, json, JsonNode.class, future));
        }
        return future;
    }

    /**
     * Creates a session between this client's user and an agent, and attaches to it.
     *
     * @param agentId of the agent
     */
    public CompletableFuture<SessionCreated> createSession(String agentId) {
        return createSession(new SessionParams.Create(
                ClientJson.string(agentId),
                ClientJson.string(id),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null));
    }

    /** Creates a session and attaches to it. */
    public CompletableFuture<SessionCreated> createSession(SessionParams.Create params) {
        return request(Operations.SESSION_CREATE, params);
    }

    /** Attaches to a session from its head, or, when it is attached already, from where this client is in it. */
    public CompletableFuture<SessionResults.Entry> attach(String sessionId) {
        CompletableFuture<SessionResults.Entry> future = new CompletableFuture<>();
        threads.engine(() -> calls.attach(sessionId, null, null, future));
        return future;
    }

    /**
     * Attaches to a session from a position: everything after it comes.
     *
     * @param epoch the life of the log that the position is in; null means the present one
     * @param seq the last entry that is known, 0 for the start
     */
    public CompletableFuture<SessionResults.Entry> attach(String sessionId, @Nullable String epoch, long seq) {
        CompletableFuture<SessionResults.Entry> future = new CompletableFuture<>();
        threads.engine(() -> calls.attach(sessionId, epoch, seq, future));
        return future;
    }

    /** Detaches from a session; nothing more of it comes, and a reconnect leaves it out. */
    public CompletableFuture<SessionResults.Done> detach(String sessionId) {
        return request(Operations.SESSION_DETACH, new SessionParams.Ref(sessionId));
    }

    /** Sends a text under an id made for it. See {@link #send(SessionParams.Send)}. */
    public CompletableFuture<SessionResults.Sent> send(String sessionId, String content) {
        return send(sessionId, content, null, null);
    }

    /**
     * Sends a text. See {@link #send(SessionParams.Send)}.
     *
     * @param messageId 1 to 128 characters; null to have one made
     * @param inReplyTo the message that it answers
     */
    public CompletableFuture<SessionResults.Sent> send(
            String sessionId, String content, @Nullable String messageId, @Nullable String inReplyTo) {
        return send(new SessionParams.Send(
                sessionId, ClientJson.string(content), null, null, null, null, messageId, inReplyTo, null, null, null));
    }

    /**
     * Sends a message. Those of one session arrive in the order of the calls. It is kept and sent again, under the same
     * message id and so stored once, until the gateway acknowledges it or refuses it for good.
     *
     * @param message what to send; an id is made for it when it has none
     * @return completed when the message is stored; cancelling it gives the message up where it is not stored yet
     */
    public CompletableFuture<SessionResults.Sent> send(SessionParams.Send message) {
        String given = message.messageId();
        String messageId = given == null ? UUID.randomUUID().toString() : given;
        SessionParams.Send named = new SessionParams.Send(
                message.sessionId(),
                message.content(),
                message.payload(),
                message.attachments(),
                message.metadata(),
                message.intentSummary(),
                messageId,
                message.inReplyTo(),
                message.authorId(),
                message.to(),
                message.report());
        CompletableFuture<SessionResults.Sent> future = new CompletableFuture<>();
        RawJson json = encode(named, future);
        if (json != null) {
            threads.engine(() -> core.send(messageId, new Outbox.Unsent(message.sessionId(), json, future)));
        }
        return future;
    }

    /**
     * Sends a piece of a message that is being written; {@link #send} with the same message id ends it. Pieces are of use only
     * now: without a connection, or when it is behind, this one and the later ones of its message are dropped.
     *
     * @param index of the piece, from 0, without holes
     * @param chunk its text; one that ends within a surrogate pair cannot be sent
     * @param inReplyTo the message that it answers, or null
     */
    public void delta(String sessionId, String messageId, long index, String chunk, @Nullable String inReplyTo) {
        CompletableFuture<Void> unsent = new CompletableFuture<>();
        RawJson params = encode(new SessionParams.Delta(sessionId, messageId, index, chunk, inReplyTo), unsent);
        threads.engine(() -> core.delta(messageId, index, params));
    }

    /** Tells the others of a session that this client is writing, or stopped; dropped when there is no connection. */
    public void typing(String sessionId, boolean on) {
        RawJson params = ClientJson.write(new SessionParams.Typing(sessionId, on));
        threads.engine(() -> core.signal(Operations.TYPING.name(), params));
    }

    /**
     * Says how far the program has seen a session, of clients built with {@code manualSeen}. The gateway is told with the next
     * heartbeat.
     *
     * @param seq of the last entry that need not come again after a restart
     */
    public void seen(String sessionId, long seq) {
        threads.engine(() -> {
            SessionTrack track = core.tracks().find(sessionId);
            if (track != null) {
                track.seen(null, seq);
            }
        });
    }

    /** Whether heartbeats renew a session; without it a session that nobody writes in ends in spite of the connection. */
    public void keepAlive(String sessionId, boolean on) {
        threads.engine(() -> core.heartbeats().keepAlive(sessionId, on));
    }

    /**
     * What an agent tells of itself with its heartbeats.
     *
     * @param status {@code healthy}, {@code degraded} or {@code unhealthy}
     * @param load 0..1
     */
    public void condition(String status, double load) {
        threads.engine(() -> core.heartbeats().condition(status, load));
    }

    /**
     * Ends the connection: the gateway is told what was seen, unsettled messages and requests fail with
     * {@link ParleyException#CLIENT_CLOSED}. Waits up to 4 s for the socket to be gone, but not when called from a callback.
     */
    @Override
    public void close() {
        threads.engine(core::close);
        if (threads.isOwnThread()) {
            return;
        }
        try {
            core.ended().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The socket is dropped by its own timer; there is nothing that the program could do about it.
            threads.close();
        }
    }

    private static @Nullable RawJson encode(Object params, CompletableFuture<?> future) {
        try {
            return ClientJson.params(params);
        } catch (ParleyException e) {
            future.completeExceptionally(e);
            return null;
        }
    }
}
