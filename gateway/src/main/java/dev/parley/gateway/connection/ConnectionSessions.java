package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.SendOrder;
import dev.parley.gateway.operation.SocketCaller;
import dev.parley.gateway.operation.SocketChannels;
import dev.parley.gateway.routing.Attachment;
import dev.parley.gateway.routing.Push;
import dev.parley.gateway.routing.PushSink;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.StoredSession;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What one connection is attached to. Confined to the connection's loop. */
final class ConnectionSessions implements SocketCaller, PushSink {
    private final Connection connection;
    private final SessionRouter router;
    private final LocalPresence presence;
    private final @Nullable SendOrder order;
    private final Map<String, Attachment> attachments = new HashMap<>(4);
    private final Set<Attachment> behind = new HashSet<>(2);
    private final List<Attachment> placed = new ArrayList<>(1);
    private final Map<String, Mono<SessionResults.Entry>> attaching = new HashMap<>(2);
    /** Sessions that were detached while they were still being attached. */
    private final Set<String> unwanted = new HashSet<>(2);

    /** What an agent detached by hand; null while it did not. */
    private @Nullable AwayByHand away;

    private @Nullable String surfaceId;
    private boolean closed;

    ConnectionSessions(Connection connection, SessionRouter router, LocalPresence presence, @Nullable SendOrder order) {
        this.connection = connection;
        this.order = order;
        this.router = router;
        this.presence = presence;
    }

    void surface(@Nullable String id) {
        surfaceId = id;
    }

    @Override
    public String connectionId() {
        return connection.id();
    }

    @Override
    public @Nullable String surfaceId() {
        return surfaceId;
    }

    @Override
    public Mono<SessionResults.Entry> attach(String sessionId, @Nullable String epoch, @Nullable Long seq) {
        return Mono.defer(() -> {
            if (!loop().inEventLoop()) {
                // A remote store answered on a thread of its own: go home first.
                return atHome(() -> attach(sessionId, epoch, seq));
            }
            Mono<SessionResults.Entry> underWay = attaching.get(sessionId);
            if (underWay != null) {
                return underWay.onErrorComplete().then(Mono.defer(() -> attach(sessionId, epoch, seq)));
            }
            Attachment there = attachments.get(sessionId);
            if (there != null && seq == null) {
                return again(sessionId, there);
            }
            Mono<SessionResults.Entry> attach = attachNow(sessionId, epoch, seq, there)
                    .doOnError(failure -> {
                        attaching.remove(sessionId);
                        unwanted.remove(sessionId);
                    })
                    .cache();
            attaching.put(sessionId, attach);
            return attach;
        });
    }

    /** Attached already: how it stands now. */
    private Mono<SessionResults.Entry> again(String sessionId, Attachment there) {
        Caller caller = connection.caller();
        if (caller == null) {
            return Mono.error(ProtocolException.of(ErrorCode.UNAUTHENTICATED, "Connect first."));
        }
        return router.standing(sessionId, caller.id())
                .flatMap(stands -> atHome(() -> {
                    if (there.isClosed()) {
                        return attach(sessionId, null, null);
                    }
                    ProtocolException refusal = Admission.toAttach(caller, there.session());
                    return refusal == null ? Mono.just(there.entryNow(stands.acked())) : Mono.error(refusal);
                }));
    }

    private <T> Mono<T> atHome(Supplier<Mono<T>> work) {
        if (loop().inEventLoop()) {
            return work.get();
        }
        return Mono.create(home -> loop().execute(() -> work.get().subscribe(home::success, home::error)));
    }

    private Mono<SessionResults.Entry> attachNow(
            String sessionId, @Nullable String epoch, @Nullable Long seq, @Nullable Attachment there) {
        Caller caller = connection.caller();
        if (caller == null) {
            return Mono.error(ProtocolException.of(ErrorCode.UNAUTHENTICATED, "Connect first."));
        }
        return router.attach(
                        sessionId,
                        this,
                        new SessionRouter.AttachRequest(
                                caller.id(),
                                epoch,
                                seq,
                                caller.isAgent(),
                                session -> Admission.toAttach(caller, session)))
                .map(attachment -> {
                    attaching.remove(sessionId);
                    boolean counts = away != null && away.isCounted(sessionId);
                    if (there != null) {
                        letGo(sessionId);
                    }
                    if (closed || unwanted.remove(sessionId)) {
                        attachment.close();
                    } else {
                        attachments.put(sessionId, attachment);
                        placed.add(attachment);
                        if (presence.attached(sessionId, caller, surfaceId, counts) && caller.isAgent()) {
                            away(caller).counts(sessionId);
                        }
                    }
                    return attachment.entry();
                });
    }

    @Override
    public void detach(String sessionId) {
        boolean underWay = attaching.containsKey(sessionId);
        if (underWay) {
            unwanted.add(sessionId);
        }
        Caller caller = connection.caller();
        if (caller == null || !caller.isAgent()) {
            letGo(sessionId);
            return;
        }
        Attachment attachment = attachments.remove(sessionId);
        if (attachment != null || underWay) {
            away(caller).left(sessionId, surfaceId, attachment != null && isCounted(sessionId, caller));
        }
        if (attachment != null) {
            attachment.close();
        }
    }

    private void letGo(String sessionId) {
        Attachment attachment = attachments.remove(sessionId);
        if (attachment != null) {
            left(sessionId);
            attachment.close();
        }
    }

    @Override
    public @Nullable SendOrder order() {
        return order;
    }

    @Override
    public SocketChannels channels() {
        return connection.channels();
    }

    @Override
    public List<String> attached() {
        return List.copyOf(attachments.keySet());
    }

    @Override
    public @Nullable StoredSession attachedSession(String sessionId) {
        Attachment attachment = attachments.get(sessionId);
        return attachment == null ? null : attachment.session();
    }

    /** Undoes what a connect did that failed in the end. */
    void reset() {
        unwanted.addAll(attaching.keySet());
        attached().forEach(this::letGo);
        placed.clear();
        surfaceId = null;
    }

    boolean isAttachedOrSoon(String sessionId) {
        return attachments.containsKey(sessionId) || attaching.containsKey(sessionId);
    }

    /** A send was acknowledged. */
    void acknowledged(String sessionId, String epoch, long seq) {
        Attachment attachment = attachments.get(sessionId);
        if (attachment != null) {
            attachment.acknowledged(epoch, seq);
        }
    }

    /** The answer that told of them is written: the new attachments begin to push. */
    void startPlaced() {
        if (!placed.isEmpty()) {
            List<Attachment> now = List.copyOf(placed);
            placed.clear();
            now.forEach(Attachment::start);
        }
    }

    void onWritable() {
        if (!behind.isEmpty()) {
            for (Attachment attachment : List.copyOf(behind)) {
                attachment.onWritable();
            }
        }
    }

    boolean behindTooLong(long now, long limitNanos) {
        for (Attachment attachment : behind) {
            if (attachment.hasLagged() && now - attachment.behindSince() >= limitNanos) {
                return true;
            }
        }
        return false;
    }

    void close() {
        if (!closed) {
            closed = true;
            List<Attachment> all = new ArrayList<>(attachments.values());
            attachments.keySet().forEach(this::left);
            attachments.clear();
            if (away != null) {
                away.close();
            }
            placed.clear();
            all.forEach(Attachment::close);
        }
    }

    @Override
    public EventExecutor loop() {
        return connection.loop();
    }

    @Override
    public boolean writable() {
        return connection.outbound().writable();
    }

    @Override
    public void push(Push push, @Nullable ByteBuf shared) {
        connection.push(push, shared);
    }

    @Override
    public void behind(Attachment attachment) {
        behind.add(attachment);
    }

    @Override
    public void caughtUp(Attachment attachment) {
        behind.remove(attachment);
    }

    @Override
    public void fellOff(Attachment attachment) {
        connection.close(CloseCode.SLOW_CONSUMER);
    }

    @Override
    public void gone(Attachment attachment) {
        String sessionId = attachment.sessionId();
        if (attachments.remove(sessionId, attachment)) {
            left(sessionId);
            Caller caller = connection.caller();
            if (caller != null) {
                presence.tell(sessionId, caller, surfaceId, false);
            }
        }
    }

    /** Tells those in a session that this agent was added to that it is there now. */
    void tellPresent(String sessionId) {
        Caller caller = connection.caller();
        if (caller != null) {
            presence.tell(sessionId, caller, surfaceId, true);
        }
    }

    private void left(String sessionId) {
        Caller caller = connection.caller();
        if (caller != null && isCounted(sessionId, caller)) {
            presence.detached(sessionId, caller, surfaceId);
        }
    }

    /** Whether this connection is counted in a session; asked once, when it leaves it. */
    private boolean isCounted(String sessionId, Caller caller) {
        boolean was = away != null && away.countsNoMore(sessionId);
        return was || LocalPresence.isCounted(caller, surfaceId);
    }

    private AwayByHand away(Caller agent) {
        AwayByHand known = away;
        if (known == null) {
            known = new AwayByHand(presence, agent);
            away = known;
        }
        return known;
    }
}
