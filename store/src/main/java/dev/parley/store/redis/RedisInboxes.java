package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.store.InboxStore;
import dev.parley.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Inboxes on the server, each in the partition of its owner. Safe for use from any thread. */
final class RedisInboxes implements InboxStore {
    private final RedisCalls calls;
    private final Partitions partitions;
    private final Everybody everybody;

    RedisInboxes(RedisCalls calls, Partitions partitions, Everybody everybody) {
        this.calls = calls;
        this.partitions = partitions;
        this.everybody = everybody;
    }

    @Override
    public Mono<Sent> send(Send send) {
        return Mono.defer(() -> {
            Args args = owner(send.workspaceId(), send.agentId())
                    .add(send.messageId())
                    .add(send.from().id())
                    .add(send.channel())
                    .add(said(send))
                    .add(send.ttlMillis())
                    .add((long) send.bounds().messages())
                    .add(send.bounds().bytes());
            return call(RedisFunction.INBOX_SEND, send.workspaceId(), send.agentId(), args)
                    .map(answer -> {
                        if (Answers.code(answer).equals("MESSAGE_CONFLICT")) {
                            throw new StoreException.MessageConflict(send.messageId());
                        }
                        refuse(answer, "the inbox of " + send.agentId());
                        InboxMessage message = message(send.agentId(), send.messageId(), answer, 2)
                                .message();
                        return new Sent(message, Answers.number(answer.get(1)) == 1);
                    });
        });
    }

    @Override
    public Mono<Page> list(Query query) {
        return Mono.defer(() -> {
            Args args = owner(query.workspaceId(), query.agentId())
                    .add(query.channel())
                    .add(query.unreadOnly())
                    .add(query.beforeId())
                    .add(query.beforeMillis())
                    .add((long) query.limit())
                    .add((long) PAGE_BYTES);
            return call(RedisFunction.INBOX_LIST, query.workspaceId(), query.agentId(), args)
                    .map(answer -> {
                        refuse(answer, "message " + query.beforeId());
                        List<InboxMessage> messages = new ArrayList<>();
                        for (Entry entry : entries(query.agentId(), answer.get(2))) {
                            messages.add(entry.message());
                        }
                        return new Page(messages, Answers.number(answer.get(1)) == 1);
                    });
        });
    }

    @Override
    public Mono<Marked> markRead(String workspaceId, String agentId, List<String> messageIds) {
        return Mono.defer(() -> {
            Args args = owner(workspaceId, agentId);
            messageIds.forEach(args::add);
            return call(RedisFunction.INBOX_MARK, workspaceId, agentId, args)
                    .map(answer -> new Marked(Answers.texts(answer.get(1)), Answers.number(answer.get(2))));
        });
    }

    @Override
    public Mono<Standing> standing(String workspaceId, String agentId) {
        return call(RedisFunction.INBOX_STANDING, workspaceId, agentId, owner(workspaceId, agentId))
                .map(answer -> new Standing(Answers.number(answer.get(1)), Answers.number(answer.get(2))));
    }

    @Override
    public Mono<List<Entry>> after(String workspaceId, String agentId, long number, int limit) {
        Args args = owner(workspaceId, agentId).add(number).add((long) limit).add((long) PAGE_BYTES);
        return call(RedisFunction.INBOX_AFTER, workspaceId, agentId, args)
                .map(answer -> entries(agentId, answer.get(1)));
    }

    @Override
    public Mono<AutoCloseable> subscribe(InboxListener listener) {
        return Mono.fromCompletionStage(everybody::listen).map(ready -> everybody.onInboxes(listener));
    }

    private Mono<List<Object>> call(RedisFunction function, String workspaceId, String agentId, Args args) {
        return calls.call(function, partitions.key(partitions.of(workspaceId, agentId, "")), args);
    }

    private static Args owner(String workspaceId, String agentId) {
        return Args.of(workspaceId + '\n' + agentId);
    }

    /** What the server keeps of a message without reading it; what is not there is empty. */
    private static byte[] said(Send send) {
        return Packed.strings(
                bytes(send.from().id()),
                bytes(send.from().name()),
                bytes(send.from().label()),
                bytes(send.type()),
                bytes(send.correlationId()),
                send.payload().toByteArray());
    }

    private static List<Entry> entries(String agentId, Object element) {
        List<Object> found = Answers.list(element);
        List<Entry> entries = new ArrayList<>(found.size() / 3);
        for (int i = 0; i < found.size(); i += 3) {
            entries.add(message(agentId, Answers.text(found.get(i)), found, i + 1));
        }
        return entries;
    }

    /** A message of the elements of an answer from an index on: head, what it says. */
    private static Entry message(String agentId, String id, List<Object> answer, int from) {
        Packed head = new Packed((byte[]) answer.get(from));
        head.array();
        long number = head.number();
        Instant createdAt = Instant.ofEpochMilli(head.number());
        Instant expiresAt = Instant.ofEpochMilli(head.number());
        head.number();
        long readAt = head.number();
        head.text();
        String channel = head.text();
        Packed said = new Packed((byte[]) answer.get(from + 1));
        said.array();
        InboxMessage.From sender = new InboxMessage.From(said.text(), said.optional(), said.optional());
        String type = said.text();
        String correlationId = said.optional();
        RawJson payload = said.json();
        InboxMessage message = new InboxMessage(
                id,
                sender,
                agentId,
                channel,
                type,
                payload,
                correlationId,
                createdAt,
                expiresAt,
                readAt == 0 ? null : Instant.ofEpochMilli(readAt),
                readAt != 0);
        return new Entry(message, number);
    }

    private static byte[] bytes(@Nullable String text) {
        return Objects.requireNonNullElse(text, "").getBytes(StandardCharsets.UTF_8);
    }

    private static void refuse(List<Object> answer, String what) {
        StoreException refusal = Answers.refusal(answer, what);
        if (refusal != null) {
            throw refusal;
        }
    }
}
