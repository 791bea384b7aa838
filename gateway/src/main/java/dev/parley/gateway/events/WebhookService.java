package dev.parley.gateway.events;

import dev.parley.gateway.config.WebhookRules;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.webhook.WebhookParams;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.Webhook;
import dev.parley.store.WebhookStore;
import dev.parley.store.WebhookStore.Delivery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Operations on webhooks. Called on event loops; keeps nothing between calls. */
final class WebhookService {
    private static final long DAY_SECONDS = 86_400;
    private static final long LONGEST_OVERLAP_SECONDS = 7 * DAY_SECONDS;
    private static final int ATTEMPTS = 5;
    private static final int LONGEST_SHOWN = 200;

    private final Store store;
    private final boolean allowPrivate;

    /**
     * @param allowPrivate whether receivers may have other addresses than those of the public internet
     */
    WebhookService(Store store, boolean allowPrivate) {
        this.store = store;
        this.allowPrivate = allowPrivate;
    }

    void bind(OperationHandlers handlers) {
        handlers.bind(Operations.WEBHOOK_CREATE, this::create)
                .bind(Operations.WEBHOOK_LIST, this::list)
                .bind(Operations.WEBHOOK_GET, this::get)
                .bind(Operations.WEBHOOK_UPDATE, this::update)
                .bind(Operations.WEBHOOK_DELETE, this::delete)
                .bind(Operations.WEBHOOK_ROTATE, this::rotate)
                .bind(Operations.WEBHOOK_DELIVERIES, this::deliveries);
    }

    private Mono<WebhookParams.WebhookSecret> create(Call call, WebhookParams.Create params) {
        checkRight(call);
        Wrongs wrongs = new Wrongs();
        wrongs.add("url", params.url(), WebhookRules.wrongUrl(params.url(), allowPrivate));
        List<String> events = params.events() == null ? WebhookRules.events() : params.events();
        wrongs.add("events", events, WebhookRules.wrongEvents(events));
        String given = params.secret();
        if (given != null) {
            // A secret is not told, even one that is none.
            wrongs.add("secret", null, WebhookRules.wrongSecret(given));
        }
        wrongs.check();
        String secret = given == null ? Signatures.newSecret() : given;
        Instant now = now();
        Webhook webhook = new Webhook(
                "wh_" + UUID.randomUUID(),
                call.caller().workspaceId(),
                params.url(),
                distinct(events),
                params.description(),
                !Boolean.FALSE.equals(params.active()),
                null,
                false,
                List.of(new Webhook.Secret(secret, null)),
                now,
                now,
                1);
        return told(store.webhooks().create(webhook).thenReturn(secretOf(webhook)), webhook.id());
    }

    private Mono<WebhookParams.Webhooks> list(Call call, SessionParams.None params) {
        checkRight(call);
        return told(
                store.webhooks()
                        .list(call.caller().workspaceId())
                        .map(all -> new WebhookParams.Webhooks(
                                all.stream().map(this::view).toList())),
                "");
    }

    private Mono<WebhookParams.Webhook> get(Call call, WebhookParams.Ref params) {
        checkRight(call);
        return told(
                store.webhooks().get(call.caller().workspaceId(), params.id()).map(this::view), params.id());
    }

    private Mono<WebhookParams.Webhook> update(Call call, WebhookParams.Update params) {
        checkRight(call);
        Wrongs wrongs = new Wrongs();
        String url = params.url();
        if (url != null) {
            wrongs.add("url", url, WebhookRules.wrongUrl(url, allowPrivate));
        }
        List<String> events = params.events();
        if (events != null) {
            wrongs.add("events", events, WebhookRules.wrongEvents(events));
        }
        wrongs.check();
        return told(
                change(call.caller().workspaceId(), params.id(), webhook -> {
                            checkNotConfigured(webhook);
                            Boolean active = params.active();
                            return with(
                                    webhook,
                                    url == null ? webhook.url() : url,
                                    events == null ? webhook.events() : distinct(events),
                                    params.description() == null ? webhook.description() : params.description(),
                                    active == null ? webhook.active() : active,
                                    active == null ? webhook.disabledReason() : null,
                                    webhook.secrets());
                        })
                        .map(this::view),
                params.id());
    }

    private Mono<WebhookParams.WebhookDeleted> delete(Call call, WebhookParams.Ref params) {
        checkRight(call);
        String workspaceId = call.caller().workspaceId();
        WebhookStore webhooks = store.webhooks();
        return told(
                webhooks.get(workspaceId, params.id())
                        .doOnNext(WebhookService::checkNotConfigured)
                        .flatMap(webhook -> webhooks.delete(workspaceId, params.id()))
                        .thenReturn(new WebhookParams.WebhookDeleted(params.id(), true)),
                params.id());
    }

    private Mono<WebhookParams.WebhookSecret> rotate(Call call, WebhookParams.Rotate params) {
        checkRight(call);
        long overlap = params.overlapSeconds() == null ? DAY_SECONDS : params.overlapSeconds();
        Wrongs wrongs = new Wrongs();
        if (overlap < 0 || overlap > LONGEST_OVERLAP_SECONDS) {
            wrongs.add("overlapSeconds", overlap, "a whole number, 0 to " + LONGEST_OVERLAP_SECONDS);
        }
        String given = params.secret();
        if (given != null) {
            wrongs.add("secret", null, WebhookRules.wrongSecret(given));
        }
        wrongs.check();
        String secret = given == null ? Signatures.newSecret() : given;
        return told(
                change(call.caller().workspaceId(), params.id(), webhook -> {
                            checkNotConfigured(webhook);
                            List<Webhook.Secret> secrets = new ArrayList<>();
                            secrets.add(new Webhook.Secret(secret, null));
                            if (overlap > 0) {
                                // Of the old ones the newest alone: each rotation ends what the last one left.
                                secrets.add(new Webhook.Secret(
                                        webhook.secrets().get(0).value(), now().plusSeconds(overlap)));
                            }
                            return with(
                                    webhook,
                                    webhook.url(),
                                    webhook.events(),
                                    webhook.description(),
                                    webhook.active(),
                                    webhook.disabledReason(),
                                    secrets);
                        })
                        .map(this::secretOf),
                params.id());
    }

    private Mono<WebhookParams.Deliveries> deliveries(Call call, WebhookParams.Ref params) {
        checkRight(call);
        return told(
                store.webhooks()
                        .deliveries(call.caller().workspaceId(), params.id())
                        .map(all -> new WebhookParams.Deliveries(
                                all.stream().map(WebhookService::view).toList())),
                params.id());
    }

    /** Tells a webhook nothing more, as its receiver wants it; nothing when it is not there or not active. */
    Mono<Void> disable(Webhook webhook, String reason) {
        return change(
                        webhook.workspaceId(),
                        webhook.id(),
                        now -> now.active()
                                ? with(now, now.url(), now.events(), now.description(), false, reason, now.secrets())
                                : now)
                .onErrorComplete(StoreException.NotFound.class)
                .then();
    }

    private Mono<Webhook> change(String workspaceId, String id, UnaryOperator<Webhook> rule) {
        WebhookStore webhooks = store.webhooks();
        return Mono.defer(() -> webhooks.get(workspaceId, id).flatMap(webhook -> {
                    Webhook changed = rule.apply(webhook);
                    return changed.equals(webhook)
                            ? Mono.just(webhook)
                            : webhooks.replace(changed).thenReturn(changed);
                }))
                .retryWhen(Retry.max(ATTEMPTS)
                        .filter(StoreException.VersionConflict.class::isInstance)
                        .onRetryExhaustedThrow((retry, signal) -> signal.failure()));
    }

    private Webhook with(
            Webhook webhook,
            String url,
            List<String> events,
            @Nullable String description,
            boolean active,
            @Nullable String disabledReason,
            List<Webhook.Secret> secrets) {
        return new Webhook(
                webhook.id(),
                webhook.workspaceId(),
                url,
                events,
                description,
                active,
                disabledReason,
                webhook.configured(),
                secrets,
                webhook.createdAt(),
                now(),
                webhook.version() + 1);
    }

    private Instant now() {
        return Instant.ofEpochMilli(store.nowMillis());
    }

    private WebhookParams.WebhookSecret secretOf(Webhook webhook) {
        return new WebhookParams.WebhookSecret(
                view(webhook), webhook.secrets().get(0).value());
    }

    private WebhookParams.Webhook view(Webhook webhook) {
        Instant until =
                webhook.secrets().size() < 2 ? null : webhook.secrets().get(1).until();
        return new WebhookParams.Webhook(
                webhook.id(),
                webhook.workspaceId(),
                webhook.url(),
                webhook.events(),
                webhook.description(),
                webhook.active(),
                webhook.disabledReason(),
                webhook.configured(),
                until == null || until.isBefore(now()) ? null : until,
                webhook.createdAt(),
                webhook.updatedAt());
    }

    private static WebhookParams.Delivery view(Delivery delivery) {
        return new WebhookParams.Delivery(
                WebhookFeed.messageId(delivery.eventId()),
                delivery.type(),
                delivery.standing().name().toLowerCase(Locale.ROOT),
                delivery.attempts(),
                Instant.ofEpochMilli(delivery.createdAt()),
                instant(delivery.lastAt()),
                delivery.responseStatus(),
                delivery.error(),
                instant(delivery.nextAt()));
    }

    private static @Nullable Instant instant(@Nullable Long millis) {
        return millis == null ? null : Instant.ofEpochMilli(millis);
    }

    private static List<String> distinct(List<String> events) {
        return events.stream().distinct().toList();
    }

    /** What a webhook tells is of all sessions, so who may see only their own may have none. */
    private static void checkRight(Call call) {
        Caller caller = call.caller();
        if (!caller.trusted() && !caller.isAgent()) {
            throw ProtocolException.of(
                    ErrorCode.FORBIDDEN,
                    "Webhooks tell of all sessions of the workspace; only programs and agents may look after them.");
        }
    }

    private static void checkNotConfigured(Webhook webhook) {
        if (webhook.configured()) {
            throw ProtocolException.of(
                            ErrorCode.FORBIDDEN,
                            "This webhook comes from the gateway's settings; change it there and start the gateway anew.")
                    .with("webhookId", webhook.id());
        }
    }

    private static <T> Mono<T> told(Mono<T> call, String id) {
        return call.onErrorMap(failure -> {
            if (failure instanceof StoreException.NotFound) {
                return ProtocolException.of(
                                ErrorCode.NOT_FOUND, "There is no webhook with this id; list them, or create one.")
                        .with("webhookId", id);
            }
            if (failure instanceof StoreException.Full) {
                return ProtocolException.of(
                                ErrorCode.VALIDATION_ERROR,
                                "The workspace has " + WebhookStore.MOST_WEBHOOKS
                                        + " webhooks, as many as it may; delete one first.")
                        .with("limit", WebhookStore.MOST_WEBHOOKS);
            }
            return ErrorMapper.map(failure, "");
        });
    }

    /** Gathers what is wrong with params. */
    private static final class Wrongs {
        private final List<Map<String, @Nullable Object>> fields = new ArrayList<>();

        /**
         * @param provided null for what is not shown
         * @param expected null when nothing is wrong
         */
        void add(String field, @Nullable Object provided, @Nullable String expected) {
            if (expected != null) {
                Map<String, @Nullable Object> wrong = new LinkedHashMap<>();
                wrong.put("field", field);
                String text = String.valueOf(provided);
                wrong.put("providedValue", text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) : provided);
                wrong.put("expectedFormat", expected);
                fields.add(wrong);
            }
        }

        void check() {
            if (!fields.isEmpty()) {
                Map<String, @Nullable Object> first = fields.get(0);
                List<String> texts = new ArrayList<>();
                fields.forEach(wrong -> texts.add(wrong.get("field") + " must be " + wrong.get("expectedFormat")));
                throw ProtocolException.of(
                                ErrorCode.VALIDATION_ERROR, "Not acceptable: " + String.join("; ", texts) + ".")
                        .with("field", first.get("field"))
                        .with("providedValue", first.get("providedValue"))
                        .with("expectedFormat", first.get("expectedFormat"))
                        .with("fields", fields);
            }
        }
    }
}
