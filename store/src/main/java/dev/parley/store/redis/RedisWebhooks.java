package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.store.StoreException;
import dev.parley.store.Webhook;
import dev.parley.store.WebhookStore;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Webhooks: each call is one function in the lane of the workspace. Safe for use from any thread. */
final class RedisWebhooks implements WebhookStore {
    private final RedisCalls calls;
    private final Partitions partitions;

    RedisWebhooks(RedisCalls calls, Partitions partitions) {
        this.calls = calls;
        this.partitions = partitions;
    }

    @Override
    public int lanes() {
        return Partitions.WEBHOOK_LANES;
    }

    @Override
    public int laneOf(String workspaceId) {
        return partitions.laneOf(workspaceId);
    }

    @Override
    public Mono<Void> create(Webhook webhook) {
        return call(
                        RedisFunction.WEBHOOK_CREATE,
                        webhook.workspaceId(),
                        webhook.id(),
                        Args.of(webhook.workspaceId(), webhook.id()).add(BodyCodec.encode(webhook)))
                .then();
    }

    @Override
    public Mono<Webhook> get(String workspaceId, String id) {
        return call(RedisFunction.WEBHOOK_READ, workspaceId, id, Args.of(workspaceId, id))
                .map(answer -> webhook(Answers.list(answer.get(1)).get(0)));
    }

    @Override
    public Mono<List<Webhook>> list(String workspaceId) {
        return call(RedisFunction.WEBHOOK_READ, workspaceId, "", Args.of(workspaceId, ""))
                .map(answer -> Answers.list(answer.get(1)).stream()
                        .map(RedisWebhooks::webhook)
                        .sorted(Comparator.comparing(Webhook::createdAt).thenComparing(Webhook::id))
                        .toList());
    }

    @Override
    public Mono<Void> replace(Webhook webhook) {
        Args args = Args.of(webhook.workspaceId(), webhook.id())
                .add(BodyCodec.encode(webhook))
                .add(webhook.version());
        return call(RedisFunction.WEBHOOK_REPLACE, webhook.workspaceId(), webhook.id(), args)
                .then();
    }

    @Override
    public Mono<Void> delete(String workspaceId, String id) {
        return call(RedisFunction.WEBHOOK_DELETE, workspaceId, id, Args.of(workspaceId, id))
                .then();
    }

    @Override
    public Mono<Long> enqueue(String workspaceId, int partition, List<Notice> notices) {
        return Mono.defer(() -> {
            Args args = Args.of(workspaceId).add(partition);
            for (Notice notice : notices) {
                RedisOutbox.addNumbers(args, notice.happening());
                args.add(notice.happening().id())
                        .add(notice.happening().kind().wireName())
                        .add(notice.payload());
            }
            return call(RedisFunction.WEBHOOK_ENQUEUE, workspaceId, "", args)
                    .map(answer -> Answers.numberOrNever(answer.get(1)));
        });
    }

    @Override
    public Mono<Claim> claim(int lane, String operationId, int limit) {
        return calls.call(
                        RedisFunction.WEBHOOK_CLAIM,
                        partitions.laneKey(lane),
                        new Args().add(limit).add(operationId))
                .map(answer -> {
                    List<Attempt> attempts = new ArrayList<>();
                    for (Object row : Answers.list(answer.get(1))) {
                        attempts.add(attempt(Answers.list(row)));
                    }
                    return new Claim(attempts, Answers.numberOrNever(answer.get(2)));
                });
    }

    @Override
    public Mono<Long> settle(Outcome outcome) {
        Attempt attempt = outcome.attempt();
        Webhook webhook = attempt.webhook();
        Integer status = outcome.responseStatus();
        Args args = Args.of(webhook.workspaceId(), webhook.id(), attempt.eventId())
                .add(attempt.number())
                .add(outcome.result().name().toLowerCase(Locale.ROOT))
                .add(status == null ? null : status.toString())
                .add(outcome.error())
                .add(outcome.retryAt());
        return call(RedisFunction.WEBHOOK_SETTLE, webhook.workspaceId(), webhook.id(), args)
                .map(answer -> Answers.numberOrNever(answer.get(1)));
    }

    @Override
    public Mono<List<Delivery>> deliveries(String workspaceId, String id) {
        return call(RedisFunction.WEBHOOK_DELIVERIES, workspaceId, id, Args.of(workspaceId, id))
                .map(answer -> Answers.list(answer.get(1)).stream()
                        .map(row -> delivery(new Packed((byte[]) row)))
                        .toList());
    }

    private Mono<List<Object>> call(RedisFunction function, String workspaceId, String id, Args args) {
        return calls.call(function, partitions.laneKey(laneOf(workspaceId)), args)
                .map(answer -> {
                    StoreException refusal = Answers.refusal(answer, "webhook " + id);
                    if (refusal != null) {
                        throw refusal;
                    }
                    return answer;
                });
    }

    private static Webhook webhook(Object document) {
        return BodyCodec.decode(RawJson.of((byte[]) document), Webhook.class);
    }

    private static Attempt attempt(List<Object> row) {
        return new Attempt(
                webhook(row.get(5)),
                Answers.text(row.get(0)),
                Answers.text(row.get(1)),
                RawJson.of((byte[]) row.get(2)),
                Answers.number(row.get(3)),
                (int) Answers.number(row.get(4)));
    }

    private static Delivery delivery(Packed packed) {
        packed.array();
        String eventId = packed.text();
        String type = packed.text();
        Standing standing = Standing.valueOf(packed.text().toUpperCase(Locale.ROOT));
        long createdAt = packed.number();
        int attempts = (int) packed.number();
        Long lastAt = number(packed.optional());
        Long status = number(packed.optional());
        String error = packed.optional();
        return new Delivery(
                eventId,
                type,
                standing,
                createdAt,
                attempts,
                lastAt,
                status == null ? null : status.intValue(),
                error,
                number(packed.optional()));
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null ? null : Long.valueOf(text);
    }
}
