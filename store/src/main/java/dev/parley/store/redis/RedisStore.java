package dev.parley.store.redis;

import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.InboxStore;
import dev.parley.store.Outbox;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.StoreSettings;
import dev.parley.store.WebhookStore;
import dev.parley.time.TimeSource;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The store on Redis. Any number of gateways may work on the same servers, each with a store of its own. Deadlines take effect
 * by the server's clock when a session is touched, or when {@link SessionStore#fire} is called. Safe for use from any thread.
 */
final class RedisStore implements Store {
    /** How things lie in partitions; raised when a version of the gateway cannot read what another one wrote. */
    private static final long LAYOUT = 3;

    private final RedisLink link;
    private final Partitions partitions;
    private final RedisCalls calls;
    private final Everybody everybody;
    private final RedisFeed feed;
    private final RedisSessions sessions;
    private final RedisLog log;
    private final RedisChannels channels;
    private final RedisAgents agents;
    private final RedisAggregations aggregations;
    private final RedisOutbox outbox;
    private final RedisWebhooks webhooks;
    private final TaskFeed taskFeed;
    private final RedisTasks tasks;
    private final RedisInboxes inboxes;
    private final RedisPresence presence;
    private final Pulse pulse;
    private final @Nullable LongSupplier virtualNow;

    /**
     * @param link to the servers; closed with the store
     * @param partitions where things lie
     * @param settings what is kept, and how long
     * @param time for what is done every second; always real
     * @param virtualNow what functions take for the present instant; null for the server's own clock, as it must be but in tests
     */
    RedisStore(
            RedisLink link,
            Partitions partitions,
            StoreSettings settings,
            TimeSource time,
            @Nullable LongSupplier virtualNow) {
        this.link = link;
        this.partitions = partitions;
        this.virtualNow = virtualNow;

        calls = new RedisCalls(link, settings, virtualNow);
        Places places = new Places(calls, partitions);
        everybody = new Everybody(link, partitions, time);
        feed = new RedisFeed(link, calls, places, partitions, everybody, time);
        outbox = new RedisOutbox(calls, partitions);
        webhooks = new RedisWebhooks(calls, partitions);
        sessions = new RedisSessions(places, partitions, everybody, outbox);
        log = new RedisLog(places, feed);
        channels = new RedisChannels(calls, partitions, feed);
        taskFeed = new TaskFeed(calls, partitions, everybody, time);
        tasks = new RedisTasks(calls, partitions, taskFeed);
        inboxes = new RedisInboxes(calls, partitions, everybody);
        Leases leases = new Leases();
        agents = new RedisAgents(
                calls, partitions, everybody, new RedisFinder(places, partitions.count()), leases, time);
        presence = new RedisPresence(calls, places, partitions, leases);
        aggregations = new RedisAggregations(calls, partitions);
        pulse = new Pulse(time, feed, agents, taskFeed, presence);
    }

    /**
     * Begins to listen and to look after what it holds. Completes when nothing can be missed; fails with {@link
     * IllegalStateException} when the servers were set up for another number of partitions, or another layout.
     */
    Mono<Void> start() {
        Args own = new Args().add(partitions.count()).add(LAYOUT);
        return calls.call(RedisFunction.LAYOUT, partitions.agentsKey(), own)
                .doOnNext(this::compare)
                .then(Mono.fromCompletionStage(everybody::listen))
                .doOnNext(listening -> pulse.start())
                .then();
    }

    @Override
    public SessionStore sessions() {
        return sessions;
    }

    @Override
    public EventLog log() {
        return log;
    }

    @Override
    public ChannelStore channels() {
        return channels;
    }

    @Override
    public RedisAgents agents() {
        return agents;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public RedisTasks tasks() {
        return tasks;
    }

    @Override
    public InboxStore inbox() {
        return inboxes;
    }

    @Override
    public WebhookStore webhooks() {
        return webhooks;
    }

    @Override
    public RedisPresence presence() {
        return presence;
    }

    @Override
    public AggregationStore aggregations() {
        return aggregations;
    }

    @Override
    public long nowMillis() {
        return virtualNow == null ? link.nowMillis() : virtualNow.getAsLong();
    }

    @Override
    public Mono<Void> ping() {
        return Mono.fromCompletionStage(() -> {
            calls.checkOpen();
            return link.ping();
        });
    }

    @Override
    public Mono<Void> close() {
        return Mono.fromCompletionStage(() -> {
            pulse.stop();
            calls.close();
            feed.close();
            taskFeed.close();
            everybody.close();
            outbox.close();
            return link.close();
        });
    }

    private void compare(List<Object> noted) {
        long count = Answers.number(noted.get(1));
        long layout = Answers.number(noted.get(2));
        if (count != partitions.count() || layout != LAYOUT) {
            throw new IllegalStateException("this Redis holds sessions in " + count + " partitions of layout " + layout
                    + ", and this gateway works with " + partitions.count() + " of layout " + LAYOUT
                    + ": it would not find them; use the version of the gateway that they were made with, or another"
                    + " ?prefix=");
        }
    }

    /** How many subscriptions to sessions, channels, agents, tasks and inboxes there are: 0 when everybody has let go. */
    int liveSubscriptions() {
        return feed.live() + everybody.live() + outbox.live() + taskFeed.live();
    }
}
