package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.Happening.Kind;
import dev.parley.store.WebhookStore.Attempt;
import dev.parley.store.WebhookStore.Claim;
import dev.parley.store.WebhookStore.Delivery;
import dev.parley.store.WebhookStore.Notice;
import dev.parley.store.WebhookStore.Outcome;
import dev.parley.store.WebhookStore.Result;
import dev.parley.store.WebhookStore.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Webhooks, and deliveries that are claimed, tried again, over. */
abstract class WebhooksContract extends ContractGroup {
    private static final String WORKSPACE = "w";

    WebhooksContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("a webhook is read as it was written, changed on its version, and gone when it was deleted")
    void keepsWebhooks() {
        Webhook first = webhook("a", Kind.CREATED);
        Webhook second = webhook("b", Kind.CLOSED, Kind.DELETED);
        done(hooks().create(first));
        done(hooks().create(first));
        advanceSeconds(1);
        done(hooks().create(second));
        assertThat(get(hooks().get(WORKSPACE, "a"))).isEqualTo(first);
        assertThat(get(hooks().list(WORKSPACE))).containsExactlyInAnyOrder(first, second);
        assertThat(get(hooks().list("other"))).isEmpty();
        refusal(StoreException.NotFound.class, hooks().get("other", "a"));
        refusal(StoreException.Conflict.class, hooks().create(webhook("a", Kind.CLOSED)));

        Webhook changed = changed(first, false);
        done(hooks().replace(changed));
        done(hooks().replace(changed));
        assertThat(get(hooks().get(WORKSPACE, "a"))).isEqualTo(changed);
        assertThat(refusal(StoreException.VersionConflict.class, hooks().replace(changed(first, true)))
                        .actual())
                .isEqualTo(2);
        refusal(StoreException.NotFound.class, hooks().replace(webhook("c", Kind.CLOSED)));

        done(hooks().delete(WORKSPACE, "a"));
        done(hooks().delete(WORKSPACE, "a"));
        refusal(StoreException.NotFound.class, hooks().get(WORKSPACE, "a"));
        refusal(StoreException.NotFound.class, hooks().deliveries(WORKSPACE, "a"));
    }

    @Test
    @DisplayName("a workspace has a hundred at most")
    void isBounded() {
        for (int i = 0; i < WebhookStore.MOST_WEBHOOKS; i++) {
            done(hooks().create(webhook("w" + i, Kind.CLOSED)));
        }
        refusal(StoreException.Full.class, hooks().create(webhook("more", Kind.CLOSED)));
        done(hooks().delete(WORKSPACE, "w7"));
        done(hooks().create(webhook("more", Kind.CLOSED)));
    }

    @Test
    @DisplayName("each active webhook that wants it gets a happening, once however often it is enqueued")
    void enqueuesOnce() {
        done(hooks().create(webhook("all", Kind.CREATED, Kind.CLOSED)));
        done(hooks().create(webhook("ends", Kind.CLOSED)));
        done(hooks().create(changed(webhook("asleep", Kind.CLOSED), false)));
        enqueue(notice(1, Kind.CREATED));
        assertThat(enqueue(notice(1, Kind.CREATED), notice(2, Kind.CLOSED))).isEqualTo(now());
        enqueue(notice(2, Kind.CLOSED));
        assertThat(claim(100).attempts())
                .extracting(attempt -> attempt.webhook().id() + " " + attempt.eventId() + " " + attempt.type() + " "
                        + attempt.number() + " " + attempt.payload())
                .containsExactlyInAnyOrder(
                        "all 3-1-1 session.created 1 {\"n\":1}",
                        "all 3-1-2 session.closed 1 {\"n\":2}",
                        "ends 3-1-2 session.closed 1 {\"n\":2}");
        assertThat(get(hooks().enqueue("other", 3, List.of(notice(3, Kind.CLOSED)))))
                .isGreaterThan(now());
    }

    @Test
    @DisplayName("what is claimed is nobody else's until the claim ends, and then comes as the next attempt")
    void claimsEnd() {
        done(hooks().create(webhook("a", Kind.CLOSED)));
        enqueue(notice(1, Kind.CLOSED));
        Claim first = claim(10);
        assertThat(first.attempts()).hasSize(1);
        assertThat(first.nextAt()).isEqualTo(now() + WebhookStore.LEASE_MILLIS);
        assertThat(claim(10).attempts()).isEmpty();
        advanceSeconds(WebhookStore.LEASE_MILLIS / 1000);
        Attempt second = claim(10).attempts().get(0);
        assertThat(second.number()).isEqualTo(2);
        // The first one comes too late, and changes nothing.
        settle(first.attempts().get(0), Result.FAILED, 500, 0);
        assertThat(deliveries("a")).extracting(Delivery::standing).containsExactly(Standing.PENDING);
        settle(second, Result.DELIVERED, 204, 0);
        Delivery over = deliveries("a").get(0);
        assertThat(over.standing()).isEqualTo(Standing.DELIVERED);
        assertThat(over.attempts()).isEqualTo(2);
        assertThat(over.responseStatus()).isEqualTo(204);
        assertThat(over.error()).isNull();
        assertThat(over.lastAt()).isEqualTo(now());
        assertThat(over.nextAt()).isNull();
    }

    @Test
    @DisplayName("what failed is due again when that was said, and its log tells why")
    void triesAgain() {
        done(hooks().create(webhook("a", Kind.CLOSED)));
        enqueue(notice(1, Kind.CLOSED));
        Attempt first = claim(10).attempts().get(0);
        long due = now() + 5000;
        assertThat(settle(first, Result.RETRY, 503, due)).isEqualTo(due);
        assertThat(settle(first, Result.RETRY, 503, due + 1)).as("a repeat").isEqualTo(due);
        Delivery waits = deliveries("a").get(0);
        assertThat(waits.standing()).isEqualTo(Standing.PENDING);
        assertThat(waits.responseStatus()).isEqualTo(503);
        assertThat(waits.error()).isEqualTo("HTTP 503");
        assertThat(waits.nextAt()).isEqualTo(due);
        advanceSeconds(4);
        assertThat(claim(10)).isEqualTo(new Claim(List.of(), due));
        advanceSeconds(1);
        Attempt second = claim(10).attempts().get(0);
        assertThat(second.number()).isEqualTo(2);
        assertThat(second.createdAt()).isEqualTo(now() - 5000);
        settle(second, Result.FAILED, 410, 0);
        assertThat(deliveries("a")).extracting(Delivery::standing).containsExactly(Standing.FAILED);
        assertThat(claim(10)).isEqualTo(new Claim(List.of(), Long.MAX_VALUE));
    }

    @Test
    @DisplayName("of one webhook eight are claimed at a time, so that one that hangs leaves room for others")
    void leavesRoom() {
        done(hooks().create(webhook("hangs", Kind.CREATED)));
        done(hooks().create(webhook("works", Kind.CLOSED)));
        enqueue(IntStream.rangeClosed(1, 20)
                .mapToObj(i -> notice(i, Kind.CREATED))
                .toArray(Notice[]::new));
        List<Attempt> claimed = claim(100).attempts();
        assertThat(claimed).hasSize(WebhookStore.MOST_CLAIMED);
        enqueue(notice(21, Kind.CLOSED));
        assertThat(claim(100).attempts())
                .extracting(attempt -> attempt.webhook().id())
                .containsExactly("works");
        assertThat(settle(claimed.get(0), Result.DELIVERED, 200, 0)).isLessThanOrEqualTo(now());
        assertThat(claim(100).attempts())
                .extracting(attempt -> attempt.webhook().id())
                .containsExactly("hangs");
        // Whoever had them is gone.
        advanceSeconds(WebhookStore.LEASE_MILLIS / 1000);
        assertThat(claim(100).attempts())
                .filteredOn(attempt -> attempt.webhook().id().equals("hangs"))
                .hasSize(WebhookStore.MOST_CLAIMED);
    }

    @Test
    @DisplayName("all are delivered, a few at a time")
    void deliversAll() {
        done(hooks().create(webhook("a", Kind.CREATED)));
        enqueue(IntStream.rangeClosed(1, 150)
                .mapToObj(i -> notice(i, Kind.CREATED))
                .toArray(Notice[]::new));
        List<String> delivered = new ArrayList<>();
        for (Claim claim = claim(5); !claim.attempts().isEmpty(); claim = claim(5)) {
            for (Attempt attempt : claim.attempts()) {
                delivered.add(attempt.eventId());
                settle(attempt, Result.DELIVERED, 200, 0);
            }
        }
        assertThat(delivered).hasSize(150).doesNotHaveDuplicates();
        assertThat(deliveries("a")).as("the log is bounded").hasSize(WebhookStore.MOST_LOGGED);
    }

    @Test
    @DisplayName("what waits for a webhook that is not active any more is cancelled; for one that is gone, forgotten")
    void cancels() {
        Webhook asleep = webhook("asleep", Kind.CLOSED);
        done(hooks().create(asleep));
        done(hooks().create(webhook("gone", Kind.CLOSED)));
        enqueue(notice(1, Kind.CLOSED));
        done(hooks().replace(changed(asleep, false)));
        done(hooks().delete(WORKSPACE, "gone"));
        assertThat(claim(10).attempts()).isEmpty();
        assertThat(deliveries("asleep")).extracting(Delivery::standing).containsExactly(Standing.CANCELLED);
        assertThat(claim(10)).isEqualTo(new Claim(List.of(), Long.MAX_VALUE));
    }

    private WebhookStore hooks() {
        return store().webhooks();
    }

    private long enqueue(Notice... notices) {
        return get(hooks().enqueue(WORKSPACE, 3, List.of(notices)));
    }

    private Claim claim(int limit) {
        return get(hooks().claim(hooks().laneOf(WORKSPACE), operation(), limit));
    }

    private long settle(Attempt attempt, Result result, int status, long retryAt) {
        return get(hooks().settle(new Outcome(
                attempt, result, status, result == Result.DELIVERED ? null : "HTTP " + status, retryAt)));
    }

    private List<Delivery> deliveries(String id) {
        return get(hooks().deliveries(WORKSPACE, id));
    }

    private Notice notice(long number, Kind kind) {
        return new Notice(
                new Happening(
                        "3-1-" + number, kind, "s", WORKSPACE, SessionStatus.ACTIVE, now(), "ann", now(), null, null),
                RawJson.of("{\"n\":" + number + "}"));
    }

    private Webhook webhook(String id, Kind... kinds) {
        Instant at = Instant.ofEpochMilli(now());
        List<String> events = new ArrayList<>();
        for (Kind kind : kinds) {
            events.add(kind.wireName());
        }
        return new Webhook(
                id,
                WORKSPACE,
                "https://example.org/hook?a=\"b\"",
                events,
                "for \"tests\"",
                true,
                null,
                false,
                List.of(new Webhook.Secret("whsec_new", null), new Webhook.Secret("whsec_old", at.plusSeconds(60))),
                at,
                at,
                1);
    }

    private static Webhook changed(Webhook webhook, boolean active) {
        return new Webhook(
                webhook.id(),
                webhook.workspaceId(),
                webhook.url(),
                webhook.events(),
                webhook.description(),
                active,
                "gone",
                webhook.configured(),
                webhook.secrets(),
                webhook.createdAt(),
                webhook.updatedAt(),
                webhook.version() + 1);
    }
}
