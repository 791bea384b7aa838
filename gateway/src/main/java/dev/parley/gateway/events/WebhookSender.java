package dev.parley.gateway.events;

import dev.parley.store.Webhook;
import dev.parley.store.WebhookStore.Attempt;
import dev.parley.time.TimeSource;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Posts events to receivers, signed, and follows no redirect. Its threads are those of the HTTP client. Safe for use from any
 * thread.
 */
final class WebhookSender {
    /** How long a receiver may take altogether. */
    static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

    private static final int MOST_CONNECTIONS = 16;
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final int LONGEST_ERROR = 200;

    private final TimeSource time;
    private final LongSupplier storesClock;
    private final CheckedResolver resolver;
    private final ConnectionProvider connections;
    private final HttpClient client;

    /** What came of a post: the status, or why there is none. */
    record Answer(@Nullable Integer status, @Nullable String error) {}

    WebhookSender(boolean allowPrivate, TimeSource time, LongSupplier storesClock) {
        this.time = time;
        this.storesClock = storesClock;
        resolver = new CheckedResolver(allowPrivate);
        connections = ConnectionProvider.builder("webhooks")
                .maxConnections(MOST_CONNECTIONS)
                .maxIdleTime(IDLE)
                .build();
        client = HttpClient.create(connections).resolver(resolver).followRedirect(false);
    }

    /** Posts once; never fails. */
    Mono<Answer> post(Attempt attempt) {
        return Mono.defer(() -> {
                    byte[] body = attempt.payload().toByteArray();
                    return client.headers(headers -> describe(headers, attempt, body))
                            .post()
                            .uri(attempt.webhook().url())
                            .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
                            .response((response, content) ->
                                    Mono.just(response.status().code()))
                            .next();
                })
                .map(status -> new Answer(status, status >= 200 && status < 300 ? null : "HTTP " + status))
                .timeout(ANSWER_WITHIN, time.scheduler())
                .onErrorResume(failure -> Mono.just(new Answer(null, told(failure))));
    }

    Mono<Void> close() {
        return connections.disposeLater().doFinally(done -> resolver.close());
    }

    private void describe(HttpHeaders headers, Attempt attempt, byte[] body) {
        long seconds = Math.floorDiv(storesClock.getAsLong(), 1000L);
        String id = WebhookFeed.messageId(attempt.eventId());
        List<Webhook.Secret> secrets = attempt.webhook().secrets();
        headers.set("Content-Type", "application/json")
                .set("Content-Length", body.length)
                .set("User-Agent", "Parley-Webhooks/1")
                .set("webhook-id", id)
                .set("webhook-timestamp", seconds)
                .set("webhook-signature", Signatures.of(secrets, id, seconds, body));
    }

    private static String told(Throwable failure) {
        if (failure instanceof TimeoutException) {
            return "no answer within " + ANSWER_WITHIN.toSeconds() + " s";
        }
        String text = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return text.length() > LONGEST_ERROR ? text.substring(0, LONGEST_ERROR) : text;
    }
}
