package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.ChannelMessage;
import dev.parley.store.ChannelStore;
import dev.parley.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Channels on the server, each in a partition by its workspace and name; a workspace's are counted in each partition. Safe for use
 * from any thread.
 */
final class RedisChannels implements ChannelStore {
    private final RedisCalls calls;
    private final Partitions partitions;
    private final RedisFeed feed;

    RedisChannels(RedisCalls calls, Partitions partitions, RedisFeed feed) {
        this.calls = calls;
        this.partitions = partitions;
        this.feed = feed;
    }

    @Override
    public Mono<Published> publish(Publish publish) {
        return Mono.defer(() -> {
            byte[] said = Packed.strings(
                    bytes(publish.from().id()),
                    bytes(publish.from().kind()),
                    bytes(publish.origin()),
                    publish.payload().toByteArray());
            int share = (publish.mostChannels() + partitions.count() - 1) / partitions.count();
            Args args = Args.of(owner(publish.workspaceId(), publish.channel()), publish.workspaceId())
                    .add(publish.messageId())
                    .add(publish.from().kind() + ' ' + publish.from().id())
                    .add(said)
                    .add(2L * share)
                    .add((long) KEPT)
                    .add((long) KEPT_BYTES);
            return call(RedisFunction.CHANNEL_PUBLISH, publish.workspaceId(), publish.channel(), args)
                    .map(answer -> {
                        if (Answers.code(answer).equals("MESSAGE_CONFLICT")) {
                            throw new StoreException.MessageConflict(publish.messageId());
                        }
                        refuse(answer, publish.channel());
                        Entry entry = entry(publish.channel(), answer.get(2));
                        return new Published(entry.message(), Answers.number(answer.get(1)) == 1);
                    });
        });
    }

    @Override
    public Mono<Kept> after(String workspaceId, String channel, long number) {
        Args args = Args.of(owner(workspaceId, channel)).add(number);
        return call(RedisFunction.CHANNEL_AFTER, workspaceId, channel, args).map(answer -> {
            refuse(answer, channel);
            List<Entry> entries = new ArrayList<>();
            for (Object row : Answers.list(answer.get(3))) {
                entries.add(entry(channel, row));
            }
            return new Kept(entries, Answers.number(answer.get(1)), Answers.number(answer.get(2)));
        });
    }

    @Override
    public Mono<AutoCloseable> subscribe(String workspaceId, String channel, ChannelListener listener) {
        return feed.subscribe(partitions.of(workspaceId, channel, ""), owner(workspaceId, channel), listener);
    }

    private Mono<List<Object>> call(RedisFunction function, String workspaceId, String channel, Args args) {
        return calls.call(function, partitions.key(partitions.of(workspaceId, channel, "")), args);
    }

    private static String owner(String workspaceId, String channel) {
        return workspaceId + '\n' + channel;
    }

    private static Entry entry(String channel, Object element) {
        Packed row = new Packed((byte[]) element);
        row.array();
        long number = row.number();
        Instant createdAt = Instant.ofEpochMilli(row.number());
        String id = row.text();
        row.text();
        Packed said = new Packed(row.copy());
        said.array();
        ChannelMessage.From from = new ChannelMessage.From(said.text(), said.text());
        String origin = said.text();
        RawJson payload = said.json();
        return new Entry(new ChannelMessage(channel, from, payload, id, createdAt, number, null), origin);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void refuse(List<Object> answer, String channel) {
        StoreException refusal = Answers.refusal(answer, "channel " + channel);
        if (refusal != null) {
            throw refusal;
        }
    }
}
