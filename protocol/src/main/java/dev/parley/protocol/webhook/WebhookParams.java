package dev.parley.protocol.webhook;

import dev.parley.protocol.Doc;
import dev.parley.protocol.Form;
import dev.parley.protocol.Form.Kind;
import dev.parley.protocol.Required;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Params and results of the operations on webhooks. */
public final class WebhookParams {
    private WebhookParams() {}

    /** One webhook. */
    public record Ref(@Required String id) {}

    /**
     * A new one.
     *
     * @param events all of them when left out
     * @param secret one of the receiver's making; made by the gateway when left out
     */
    public record Create(
            @Doc("http or https, up to 2,048 characters, without user, password and fragment") @Required
            String url,

            @Doc("names of events; all when left out") @Nullable List<String> events,

            @Form(Kind.NAME) @Nullable String description,
            @Nullable Boolean active,

            @Doc("whsec_ and 24 to 64 bytes as base64; made by the gateway when left out") @Nullable String secret) {}

    /** What is to change; what is left out stays. */
    public record Update(
            @Required String id,

            @Doc("http or https, up to 2,048 characters, without user, password and fragment") @Nullable String url,

            @Doc("names of events") @Nullable List<String> events,
            @Form(Kind.NAME) @Nullable String description,
            @Nullable Boolean active) {}

    /**
     * Another secret.
     *
     * @param overlapSeconds how long the old one is signed with besides; a day when left out
     * @param secret one of the receiver's making; made by the gateway when left out
     */
    public record Rotate(
            @Required String id,

            @Doc(
                    value = "how long the old secret is signed with besides, 0 to 604,800; 86,400 when left out",
                    minimum = 0,
                    maximum = 604_800)
            @Nullable Long overlapSeconds,

            @Doc("whsec_ and 24 to 64 bytes as base64; made by the gateway when left out") @Nullable String secret) {}

    /**
     * A webhook. Its secrets are not told.
     *
     * @param disabledReason why it is not active, where nobody asked for that
     * @param configured whether it comes from the settings, where alone it can be changed
     * @param secretUntil until when an old secret is signed with besides
     */
    public record Webhook(
            String id,
            String workspaceId,
            String url,
            List<String> events,
            @Nullable String description,
            boolean active,
            @Nullable String disabledReason,
            boolean configured,
            @Nullable Instant secretUntil,
            Instant createdAt,
            Instant updatedAt) {}

    /** A webhook and its newest secret, which is told this once. */
    public record WebhookSecret(Webhook webhook, String secret) {}

    /** All of a workspace, oldest first. */
    public record Webhooks(List<Webhook> webhooks) {}

    /** Which one was deleted. */
    public record WebhookDeleted(String id, boolean deleted) {}

    /**
     * A delivery.
     *
     * @param id of the event: the header {@code webhook-id}
     * @param attempts that were made or begun
     * @param responseStatus of HTTP, of the last answer
     * @param nextAttemptAt null when it is over
     */
    public record Delivery(
            String id,
            String event,

            @Doc(oneOf = {"pending", "delivered", "failed", "cancelled", "dropped"})
            String status,

            int attempts,
            Instant createdAt,
            @Nullable Instant lastAttemptAt,
            @Nullable Integer responseStatus,
            @Nullable String error,
            @Nullable Instant nextAttemptAt) {}

    /** Deliveries of a webhook: what waits, next first; then what is over, latest first. */
    public record Deliveries(List<Delivery> deliveries) {}
}
