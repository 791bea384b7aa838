package dev.parley.store.redis;

import dev.parley.protocol.Json;
import dev.parley.protocol.WireTime;
import dev.parley.store.Happening;
import dev.parley.store.Outbox;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What waits in the partitions to be told outside, and the stream of it. Safe for use from any thread. */
final class RedisOutbox implements Outbox {
    private static final Map<String, Happening.Kind> KINDS = Map.of(
            "n", Happening.Kind.CREATED,
            "w", Happening.Kind.EXPIRING,
            "s", Happening.Kind.SUSPENDED,
            "c", Happening.Kind.CLOSED,
            "d", Happening.Kind.DELETED);

    private final RedisCalls calls;
    private final Partitions partitions;
    private final CopyOnWriteArrayList<WaitingListener> listeners = new CopyOnWriteArrayList<>();

    RedisOutbox(RedisCalls calls, Partitions partitions) {
        this.calls = calls;
        this.partitions = partitions;
    }

    /** Tells that something may wait in a partition. */
    void waiting(int partition) {
        for (WaitingListener listener : listeners) {
            Telling.safely(() -> listener.waiting(partition));
        }
    }

    @Override
    public AutoCloseable onWaiting(WaitingListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Mono<Batch> take(int partition, String holder, @Nullable Happening done, int limit) {
        return Mono.defer(() -> {
            Args args = Args.of(holder);
            if (done == null) {
                args.add("").add("");
            } else {
                addNumbers(args, done);
            }
            return calls.call(RedisFunction.OUTBOX_TAKE, partitions.key(partition), args.add(limit))
                    .map(answer -> batch(partition, answer));
        });
    }

    @Override
    public Mono<Void> stream(int partition, List<Happening> happenings, long maxLength) {
        return Mono.defer(() -> {
            Args args = new Args().add(maxLength).add(partition);
            for (Happening happening : happenings) {
                List<String> fields = fields(happening);
                addNumbers(args, happening);
                args.add(fields.size());
                fields.forEach(args::add);
            }
            return calls.call(RedisFunction.OUTBOX_STREAM, partitions.streamKey(), args)
                    .then();
        });
    }

    int live() {
        return listeners.size();
    }

    void close() {
        listeners.clear();
    }

    private static Batch batch(int partition, List<Object> answer) {
        if (Answers.code(answer).equals("BUSY")) {
            return new Batch(List.of(), Math.max(1, Answers.number(answer.get(1))));
        }
        List<Happening> happenings = new ArrayList<>();
        for (Object row : Answers.list(answer.get(1))) {
            happenings.add(happening(partition, (byte[]) row));
        }
        return happenings.isEmpty() ? Batch.NONE : new Batch(happenings, 0);
    }

    private static Happening happening(int partition, byte[] row) {
        Packed packed = new Packed(row);
        packed.array();
        String generation = packed.text();
        long number = packed.number();
        Happening.Kind kind = KINDS.get(packed.text());
        if (kind == null) {
            throw new IllegalStateException("a row of the out-box that nobody knows");
        }
        String sessionId = packed.text();
        String workspaceId = packed.text();
        int status = (int) packed.number();
        long at = packed.number();
        String by = packed.optional();
        long expiresAt = packed.number();
        String name = packed.optional();
        String sessionKey = packed.optional();
        return new Happening(
                partition + "-" + generation + "-" + number,
                kind,
                sessionId,
                workspaceId,
                Answers.STATUSES.get(status),
                at,
                by,
                expiresAt,
                name == null ? null : Json.MAPPER.readValue(name, String.class),
                sessionKey);
    }

    /** The generation and the number, which its id is made of. */
    static void addNumbers(Args args, Happening happening) {
        String[] parts = happening.id().split("-", 3);
        args.add(parts[1]).add(parts[2]);
    }

    private static List<String> fields(Happening happening) {
        String at = WireTime.format(happening.at());
        List<String> fields = new ArrayList<>(List.of(
                "event", happening.kind().wireName(),
                "session_id", happening.sessionId(),
                "workspace_id", happening.workspaceId(),
                "status", happening.status().wireName(),
                "at", at,
                "id", happening.id()));
        if (happening.by() != null) {
            fields.add("by");
            fields.add(happening.by());
        }
        switch (happening.kind()) {
            case CLOSED -> {
                fields.add("closed_at");
                fields.add(at);
            }
            case EXPIRING, SUSPENDED -> {
                fields.add("expires_at");
                fields.add(WireTime.format(happening.expiresAt()));
            }
            default -> {
                // The others have no instant but their own.
            }
        }
        return fields;
    }
}
