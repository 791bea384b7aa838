package dev.parley.gateway.events;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.store.Happening;
import dev.parley.store.Store;
import dev.parley.store.TaskStore.EndedSession;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Calls off what is unfinished of sessions that have ended, whatever the way. A task lies in another place than its session, so
 * this comes a moment after the end; told again of the same end it finds nothing more to do. Safe for use from any thread.
 */
public final class TaskEnder implements HappeningConsumer {
    private final Store store;

    /** Tasks of a store. */
    public TaskEnder(Store store) {
        this.store = store;
    }

    @Override
    public Mono<Void> tell(int partition, List<Happening> happenings) {
        Map<String, List<EndedSession>> byWorkspace = new LinkedHashMap<>();
        for (Happening happening : happenings) {
            String sessionKey = happening.sessionKey();
            if (happening.kind() == Happening.Kind.CLOSED && sessionKey != null) {
                byWorkspace
                        .computeIfAbsent(happening.workspaceId(), id -> new ArrayList<>())
                        .add(new EndedSession(happening.sessionId(), sessionKey, why(happening)));
            }
        }
        return Flux.fromIterable(byWorkspace.entrySet())
                .concatMap(entry -> end(entry.getKey(), entry.getValue()))
                .then();
    }

    /** A call ends a bounded number of tasks; so call by call until none is left. */
    private Mono<Void> end(String workspaceId, List<EndedSession> sessions) {
        return store.tasks()
                .endSessions(workspaceId, sessions)
                .flatMap(done -> done < sessions.size()
                        ? end(workspaceId, sessions.subList(done, sessions.size()))
                        : Mono.empty());
    }

    private static RawJson why(Happening happening) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("sessionId", happening.sessionId());
        details.put("status", happening.status().wireName());
        details.put("endedAt", WireTime.format(happening.at()));
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", ErrorCode.SESSION_ENDED.name());
        error.put("message", "The task was called off, as its session ended.");
        error.put("details", details);
        return RawJson.of(Json.write(error));
    }
}
