package dev.parley.store.memory;

import dev.parley.protocol.agent.InboxMessage;
import dev.parley.store.InboxStore;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Inboxes in this process, each under the lock of its entry; listeners are told outside of it. */
final class MemoryInboxes implements InboxStore {
    private static final long SWEEP_MILLIS = 60_000;

    private final SessionTable table;
    private final ConcurrentHashMap<Owner, Inbox> inboxes = new ConcurrentHashMap<>();
    private final List<InboxListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicLong sweptAt = new AtomicLong();

    private record Owner(String workspaceId, String agentId) {}

    MemoryInboxes(SessionTable table) {
        this.table = table;
    }

    @Override
    public Mono<Sent> send(Send send) {
        return Mono.fromSupplier(() -> {
            sweep();
            Sent sent = with(
                    send.workspaceId(), send.agentId(), (inbox, now) -> inbox.put(send, now, numbers::incrementAndGet));
            if (!sent.duplicate()) {
                tell(listener -> listener.onMessage(send.workspaceId(), send.agentId()));
            }
            return sent;
        });
    }

    @Override
    public Mono<Page> list(Query query) {
        return Mono.fromSupplier(() -> with(query.workspaceId(), query.agentId(), (inbox, now) -> inbox.page(query)));
    }

    @Override
    public Mono<Marked> markRead(String workspaceId, String agentId, List<String> messageIds) {
        return Mono.fromSupplier(() -> with(workspaceId, agentId, (inbox, now) -> inbox.markRead(messageIds, now)));
    }

    @Override
    public Mono<Standing> standing(String workspaceId, String agentId) {
        return Mono.fromSupplier(
                () -> with(workspaceId, agentId, (inbox, now) -> new Standing(inbox.unread(), numbers.get())));
    }

    @Override
    public Mono<List<Entry>> after(String workspaceId, String agentId, long number, int limit) {
        return Mono.fromSupplier(() -> with(workspaceId, agentId, (inbox, now) -> inbox.after(number, limit)));
    }

    @Override
    public Mono<AutoCloseable> subscribe(InboxListener listener) {
        return Mono.fromSupplier(() -> {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        });
    }

    int live() {
        return listeners.size();
    }

    /** How many inboxes hold anything. */
    int size() {
        return inboxes.size();
    }

    void close() {
        listeners.clear();
        inboxes.clear();
    }

    /** Does something with an inbox from which what has expired is gone. One that is empty afterwards is let go of. */
    private <T> T with(String workspaceId, String agentId, BiFunction<Inbox, Long, T> work) {
        table.checkOpen();
        long now = table.now();
        Answer<T> answer = new Answer<>();
        inboxes.compute(new Owner(workspaceId, agentId), (owner, known) -> {
            Inbox inbox = known == null ? new Inbox() : known;
            inbox.expire(now);
            try {
                answer.value = work.apply(inbox, now);
            } catch (StoreException refusal) {
                // Not thrown from within, as what has expired has to stay gone.
                answer.refusal = refusal;
            }
            return inbox.isEmpty() ? null : inbox;
        });
        return answer.get();
    }

    /** Once in a while what has expired goes from inboxes that nobody looks into, too. */
    private void sweep() {
        long now = table.now();
        long last = sweptAt.get();
        if (now - last >= SWEEP_MILLIS && sweptAt.compareAndSet(last, now)) {
            for (Owner owner : inboxes.keySet()) {
                inboxes.computeIfPresent(owner, (same, inbox) -> {
                    inbox.expire(now);
                    return inbox.isEmpty() ? null : inbox;
                });
            }
        }
    }

    private void tell(Consumer<InboxListener> call) {
        for (InboxListener listener : listeners) {
            try {
                call.accept(listener);
            } catch (RuntimeException e) {
                // A listener's defect is neither the caller's failure nor a reason not to tell the others.
                Thread thread = Thread.currentThread();
                thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
            }
        }
    }

    private static final class Answer<T> implements Supplier<T> {
        private @Nullable T value;
        private @Nullable StoreException refusal;

        @Override
        @SuppressWarnings("NullAway") // one of the two is there
        public T get() {
            if (refusal != null) {
                throw refusal;
            }
            return value;
        }
    }

    /** The message of a send, when it is accepted. */
    static InboxMessage message(Send send, long createdAt) {
        return new InboxMessage(
                send.messageId(),
                send.from(),
                send.agentId(),
                send.channel(),
                send.type(),
                send.payload().compact(),
                send.correlationId(),
                Instant.ofEpochMilli(createdAt),
                Instant.ofEpochMilli(createdAt + send.ttlMillis()),
                null,
                false);
    }
}
