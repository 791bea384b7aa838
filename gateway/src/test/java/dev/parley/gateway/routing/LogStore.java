package dev.parley.gateway.routing;

import dev.parley.store.AgentStore;
import dev.parley.store.AggregationStore;
import dev.parley.store.ChannelStore;
import dev.parley.store.EventLog;
import dev.parley.store.InboxStore;
import dev.parley.store.Outbox;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionStore;
import dev.parley.store.Store;
import dev.parley.store.TaskStore;
import dev.parley.store.WebhookStore;
import reactor.core.publisher.Mono;

/** A real store with another log in front. */
record LogStore(Store real, EventLog log) implements Store {
    @Override
    public SessionStore sessions() {
        return real.sessions();
    }

    @Override
    public AgentStore agents() {
        return real.agents();
    }

    @Override
    public Outbox outbox() {
        return real.outbox();
    }

    @Override
    public TaskStore tasks() {
        return real.tasks();
    }

    @Override
    public InboxStore inbox() {
        return real.inbox();
    }

    @Override
    public WebhookStore webhooks() {
        return real.webhooks();
    }

    @Override
    public ChannelStore channels() {
        return real.channels();
    }

    @Override
    public PresenceStore presence() {
        return real.presence();
    }

    @Override
    public AggregationStore aggregations() {
        return real.aggregations();
    }

    @Override
    public long nowMillis() {
        return real.nowMillis();
    }

    @Override
    public Mono<Void> ping() {
        return real.ping();
    }

    @Override
    public Mono<Void> close() {
        return real.close();
    }
}
