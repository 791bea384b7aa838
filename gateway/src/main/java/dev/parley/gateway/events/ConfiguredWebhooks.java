package dev.parley.gateway.events;

import dev.parley.gateway.config.GatewayConfig.WebhookConfig;
import dev.parley.gateway.operation.Caller;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.Webhook;
import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Webhooks of the settings: put into the store at the start, and once a minute where they are not there, as after a Redis came
 * back empty. Those that the settings have no more are taken out at the start. One timer; its own lock guards it.
 */
final class ConfiguredWebhooks {
    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredWebhooks.class);
    private static final long PERIOD_MILLIS = 60_000;
    private static final long AGAIN_MILLIS = 2_000;

    private final Store store;
    private final TimeSource time;
    private final List<WebhookConfig> settings;
    private boolean tidied;
    private boolean closed;
    private @Nullable Cancellable timer;

    ConfiguredWebhooks(Store store, TimeSource time, List<WebhookConfig> settings) {
        this.store = store;
        this.time = time;
        this.settings = settings;
    }

    void start() {
        look();
    }

    synchronized void close() {
        closed = true;
        if (timer != null) {
            timer.cancel();
        }
    }

    private void look() {
        boolean toTidy;
        synchronized (this) {
            toTidy = !tidied;
        }
        Mono<Void> all = (toTidy ? tidy() : Mono.<Void>empty())
                .thenMany(Flux.fromIterable(settings).concatMap(this::ensure))
                .then();
        all.subscribe(
                nothing -> {},
                failure -> {
                    LOG.warn("webhooks: those of the settings are not in the store yet cause={}", failure.toString());
                    later(AGAIN_MILLIS);
                },
                () -> {
                    synchronized (this) {
                        tidied = true;
                    }
                    if (!settings.isEmpty()) {
                        later(PERIOD_MILLIS);
                    }
                });
    }

    private synchronized void later(long millis) {
        if (!closed) {
            timer = time.schedule(millis, this::look);
        }
    }

    private Mono<Void> tidy() {
        Set<String> workspaces = new HashSet<>(Set.of(Caller.DEFAULT_WORKSPACE));
        Set<String> kept = new HashSet<>();
        for (WebhookConfig setting : settings) {
            workspaces.add(setting.workspaceId());
            kept.add(setting.workspaceId() + '\n' + setting.id());
        }
        return Flux.fromIterable(workspaces)
                .concatMap(workspace -> store.webhooks().list(workspace).flatMapIterable(found -> found))
                .filter(webhook -> webhook.configured() && !kept.contains(webhook.workspaceId() + '\n' + webhook.id()))
                .concatMap(webhook -> store.webhooks().delete(webhook.workspaceId(), webhook.id()))
                .then();
    }

    private Mono<Void> ensure(WebhookConfig setting) {
        return store.webhooks()
                .get(setting.workspaceId(), setting.id())
                .flatMap(known -> isAs(known, setting)
                        ? Mono.<Void>empty()
                        : store.webhooks().replace(webhook(setting, known)))
                .onErrorResume(
                        StoreException.NotFound.class,
                        missing -> store.webhooks().create(webhook(setting, null)))
                // Another gateway was there first, with the same settings.
                .onErrorComplete(failure -> failure instanceof StoreException.Conflict
                        || failure instanceof StoreException.VersionConflict);
    }

    private static boolean isAs(Webhook known, WebhookConfig setting) {
        return known.configured()
                && known.url().equals(setting.url())
                && known.events().equals(setting.events())
                && known.secrets().equals(secrets(setting));
    }

    private Webhook webhook(WebhookConfig setting, @Nullable Webhook known) {
        Instant now = Instant.ofEpochMilli(store.nowMillis());
        return new Webhook(
                setting.id(),
                setting.workspaceId(),
                setting.url(),
                setting.events(),
                null,
                true,
                null,
                true,
                secrets(setting),
                known == null ? now : known.createdAt(),
                now,
                known == null ? 1 : known.version() + 1);
    }

    private static List<Webhook.Secret> secrets(WebhookConfig setting) {
        List<Webhook.Secret> secrets = new ArrayList<>();
        for (String secret : setting.secrets()) {
            secrets.add(new Webhook.Secret(secret, null));
        }
        return secrets;
    }
}
