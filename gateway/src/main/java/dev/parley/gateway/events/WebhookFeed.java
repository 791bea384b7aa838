package dev.parley.gateway.events;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.store.Happening;
import dev.parley.store.Store;
import dev.parley.store.WebhookStore.Notice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Hands what happened to the webhooks of its workspace. Safe for use from any thread. */
final class WebhookFeed implements HappeningConsumer {
    private final Store store;
    private final WebhookRunner runner;

    WebhookFeed(Store store, WebhookRunner runner) {
        this.store = store;
        this.runner = runner;
    }

    @Override
    public Mono<Void> tell(int partition, List<Happening> happenings) {
        Map<String, List<Notice>> byWorkspace = new LinkedHashMap<>();
        for (Happening happening : happenings) {
            byWorkspace
                    .computeIfAbsent(happening.workspaceId(), id -> new ArrayList<>())
                    .add(new Notice(happening, payload(happening)));
        }
        return Flux.fromIterable(byWorkspace.entrySet())
                .concatMap(entry -> store.webhooks()
                        .enqueue(entry.getKey(), partition, entry.getValue())
                        .doOnNext(nextAt -> runner.due(store.webhooks().laneOf(entry.getKey()), nextAt)))
                .then();
    }

    /** The id of an event as receivers know it: the same with each repeat. */
    static String messageId(String eventId) {
        return "evt_" + eventId;
    }

    private static RawJson payload(Happening happening) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("sessionId", happening.sessionId());
        data.put("workspaceId", happening.workspaceId());
        data.put("status", happening.status().wireName());
        if (happening.by() != null) {
            data.put("by", happening.by());
        }
        switch (happening.kind()) {
            case EXPIRING -> {
                data.put("expiresAt", WireTime.format(happening.expiresAt()));
                data.put("minutesRemaining", happening.minutesRemaining());
                if (happening.name() != null) {
                    data.put("sessionName", happening.name());
                }
            }
            case SUSPENDED -> data.put("expiresAt", WireTime.format(happening.expiresAt()));
            case CLOSED -> data.put("closedAt", WireTime.format(happening.at()));
            default -> {
                // The others have no instant but their own.
            }
        }
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", happening.kind().wireName());
        event.put("timestamp", WireTime.format(happening.at()));
        event.put("data", data);
        return RawJson.of(Json.write(event));
    }
}
