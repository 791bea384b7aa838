package dev.parley.store;

import reactor.core.publisher.Mono;

/** An opened store. */
public interface Store {
    /** Sessions: their documents, state, deadlines. */
    SessionStore sessions();

    /** The sessions' logs and the feed of what is appended to them. */
    EventLog log();

    /** Channels of workspaces and their last messages. */
    ChannelStore channels();

    /** Agents and who holds their connection. */
    AgentStore agents();

    /** What happened in sessions' lives and is still to be told outside. */
    Outbox outbox();

    /** Tasks, and the agents' turns at them. */
    TaskStore tasks();
    /** What agents have sent to agents. */
    InboxStore inbox();
    /** Who has connections that are attached to sessions. */
    PresenceStore presence();

    /** Webhooks, and what is to be delivered to them. */
    WebhookStore webhooks();

    /** What several agents found, brought together. */
    AggregationStore aggregations();

    /** The store's clock in milliseconds since 1970: what decides about deadlines, as far as this node knows it. */
    long nowMillis();

    /** Completes when the store answers; fails with {@link StoreException.Unavailable} when it does not. */
    Mono<Void> ping();

    /** Lets go of everything; subscriptions end without further calls. */
    Mono<Void> close();
}
