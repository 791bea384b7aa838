package dev.parley.gateway.events;

import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import reactor.core.publisher.Mono;

/** All about webhooks, assembled. Started once, closed once. */
public final class Webhooks {
    private final WebhookService service;
    private final WebhookSender sender;
    private final WebhookRunner runner;
    private final WebhookFeed feed;
    private final ConfiguredWebhooks configured;

    /** Webhooks that are kept in a store. */
    public Webhooks(Store store, EventsConfig config, TimeSource time) {
        service = new WebhookService(store, config.webhookPrivate());
        sender = new WebhookSender(config.webhookPrivate(), time, store::nowMillis);
        runner = new WebhookRunner(store, time, sender, service);
        feed = new WebhookFeed(store, runner);
        configured = new ConfiguredWebhooks(store, time, config.webhooks());
    }

    /** Binds the operations on webhooks. */
    public void bind(OperationHandlers handlers) {
        service.bind(handlers);
    }

    /** Who has to be told what happened. */
    public HappeningConsumer feed() {
        return feed;
    }

    /** Begins to deliver. */
    public void start() {
        configured.start();
        runner.start();
    }

    /** Delivers no more; what is under way breaks off, and is made again by others. */
    public Mono<Void> close() {
        return Mono.defer(() -> {
            configured.close();
            runner.close();
            return sender.close();
        });
    }
}
