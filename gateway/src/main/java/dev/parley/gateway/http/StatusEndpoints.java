package dev.parley.gateway.http;

import dev.parley.gateway.operation.Dispatcher;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import reactor.core.publisher.Mono;

/** How the gateway is: for people, load balancers and monitors. */
final class StatusEndpoints {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpParts parts;
    private final long startedAt;

    StatusEndpoints(HttpParts parts) {
        this.parts = parts;
        this.startedAt = parts.time().nanoTime();
    }

    /** The process lives and answers. */
    Mono<Answer.Full> health(Exchange exchange) {
        return Mono.fromSupplier(() -> Answer.json(200, stamped(Map.of("status", "healthy"))));
    }

    /** Requests may be sent here. */
    Mono<Answer.Full> ready(Exchange exchange) {
        if (parts.dispatcher().isDraining()) {
            return Mono.error(Dispatcher.drainingRefusal());
        }
        return parts.store()
                .ping()
                .timeout(PATIENCE, parts.time().scheduler())
                .onErrorMap(failure -> ProtocolException.of(
                                ErrorCode.STORE_UNAVAILABLE,
                                "The store does not answer; send requests elsewhere for now.")
                        .with("outcome", "refused"))
                .then(Mono.fromSupplier(() -> Answer.json(200, stamped(Map.of("status", "ready")))));
    }

    /** What sessions there are. */
    Mono<Answer.Full> sessions(Exchange exchange) {
        return counts().map(counts -> {
            Map<String, Object> answer = new LinkedHashMap<>();
            answer.put("status", "healthy");
            answer.put(
                    "activeSessions",
                    in(counts, SessionStatus.CREATED)
                            + in(counts, SessionStatus.ACTIVE)
                            + in(counts, SessionStatus.SUSPENDED));
            answer.put("expiringSoon", counts.expiringSoon());
            // Ids that a caller may still hold although nothing can be sent to them any more.
            answer.put("invalidSessions", in(counts, SessionStatus.EXPIRED));
            return Answer.json(200, stamped(answer));
        });
    }

    /** All meters; the sessions are counted now, or shown as they were counted last when the store is away. */
    Mono<Answer.Full> metrics(Exchange exchange) {
        return counts().doOnNext(parts.metrics()::sessionCounts)
                .then()
                .onErrorResume(failure -> Mono.empty())
                .then(Mono.fromSupplier(() -> new Answer.Full(
                        200, PROMETHEUS, parts.metrics().scrape().getBytes(StandardCharsets.UTF_8), Map.of())));
    }

    private static long in(SessionStore.Counts counts, SessionStatus status) {
        return counts.byStatus()[Arrays.asList(SessionStatus.values()).indexOf(status)];
    }

    private Mono<SessionStore.Counts> counts() {
        return parts.store().sessions().counts().timeout(PATIENCE, parts.time().scheduler());
    }

    private Map<String, Object> stamped(Map<String, Object> facts) {
        Map<String, Object> answer = new LinkedHashMap<>(facts);
        answer.put("timestamp", WireTime.format(parts.store().nowMillis()));
        answer.put("uptime", (parts.time().nanoTime() - startedAt) / 1_000_000_000L);
        return answer;
    }
}
