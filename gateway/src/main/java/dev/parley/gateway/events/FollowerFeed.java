package dev.parley.gateway.events;

import dev.parley.gateway.session.SessionViews;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTime;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.Happening;
import dev.parley.store.Happening.Kind;
import dev.parley.store.InboxStore.Bounds;
import dev.parley.store.InboxStore.Send;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Puts what happened into the inboxes of the agents that are online and follow its channel, but for the one who caused it: who
 * creates or ends sessions on {@value #ORCHESTRATION}, who warns on {@value #ALERTS}. The id of a message follows from what it
 * tells, so a repeat, by whatever gateway, puts nothing there twice. An inbox without room gets one message in the place of
 * all that it misses from then on, beyond what it may hold otherwise; that one says since when. Safe for use from any thread.
 */
public final class FollowerFeed implements HappeningConsumer {
    /** The channel of creations and ends. */
    public static final String ORCHESTRATION = "orchestration";

    /** The channel of warnings. */
    public static final String ALERTS = "alerts";

    private static final Logger LOG = LoggerFactory.getLogger(FollowerFeed.class);

    /** The sender of what nobody but the gateway sends. */
    private static final InboxMessage.From SENDER = new InboxMessage.From(SessionEnd.SYSTEM, null, null);

    private static final long TTL_MILLIS = 24L * 3_600_000;

    /** For the one message that tells of a gap, when nothing else has room. */
    private static final Bounds BEYOND = new Bounds(Bounds.DEFAULT.messages() + 1, Bounds.DEFAULT.bytes() + (64 << 10));

    /** Inboxes that get the same happening at once. */
    private static final int CONCURRENCY = 32;

    private final Store store;
    private final Runnable missed;

    /**
     * Followers among a store's agents.
     *
     * @param missed called for each event that an inbox had no room for
     */
    public FollowerFeed(Store store, Runnable missed) {
        this.store = store;
        this.missed = missed;
    }

    @Override
    public Mono<Void> tell(int partition, List<Happening> happenings) {
        Set<String> workspaces = new LinkedHashSet<>();
        for (Happening happening : happenings) {
            if (channel(happening) != null) {
                workspaces.add(happening.workspaceId());
            }
        }
        return Flux.fromIterable(workspaces)
                .concatMap(workspace -> store.agents()
                        .followers(workspace)
                        .filter(followers -> !followers.isEmpty())
                        .flatMapMany(followers -> Flux.fromIterable(happenings)
                                .filter(happening -> happening.workspaceId().equals(workspace))
                                .concatMap(happening -> tell(happening, followers))))
                .then();
    }

    private Mono<Void> tell(Happening happening, List<Agent> followers) {
        String channel = channel(happening);
        if (channel == null) {
            return Mono.empty();
        }
        String causer = causer(happening);
        List<Agent> to = followers.stream()
                .filter(agent -> follows(agent, channel) && !agent.id().equals(causer))
                .toList();
        if (to.isEmpty()) {
            return Mono.empty();
        }
        return payload(happening)
                .flatMap(payload -> Flux.fromIterable(to)
                        .flatMap(agent -> put(happening, agent.id(), channel, payload), CONCURRENCY)
                        .then());
    }

    private Mono<Void> put(Happening happening, String agentId, String channel, RawJson payload) {
        String id = WebhookFeed.messageId(happening.id());
        return store.inbox()
                .send(message(happening, agentId, id, channel, payload, Bounds.DEFAULT))
                .then()
                .onErrorResume(
                        failure -> failure instanceof StoreException.Full
                                // Another agent has put a message of that id there, which it had to guess.
                                || failure instanceof StoreException.MessageConflict,
                        noRoom -> gap(happening, agentId, id, channel));
    }

    /** Of a gap one message is enough; while it is unread there is no room for another. */
    private Mono<Void> gap(Happening happening, String agentId, String id, String channel) {
        missed.run();
        Map<String, Object> payload = new LinkedHashMap<>();
        payload.put("type", "session:missed");
        payload.put("since", WireTime.format(happening.at()));
        return store.inbox()
                .send(message(happening, agentId, id + "-missed", channel, RawJson.of(Json.write(payload)), BEYOND))
                .doOnNext(sent -> {
                    if (!sent.duplicate()) {
                        LOG.warn(
                                "followers: an inbox has no room, which it is told agent={} workspace={}",
                                agentId,
                                happening.workspaceId());
                    }
                })
                .then()
                .onErrorComplete(StoreException.Full.class)
                .onErrorComplete(StoreException.MessageConflict.class);
    }

    private static Send message(
            Happening happening, String agentId, String id, String channel, RawJson payload, Bounds bounds) {
        return new Send(
                happening.workspaceId(),
                agentId,
                id,
                SENDER,
                channel,
                InboxMessage.BROADCAST,
                payload,
                null,
                TTL_MILLIS,
                bounds);
    }

    private static boolean follows(Agent agent, String channel) {
        List<String> follows = agent.follows();
        return follows != null && follows.contains(channel);
    }

    /** Null for what followers are not told. */
    private static @Nullable String channel(Happening happening) {
        return switch (happening.kind()) {
            case CREATED, CLOSED -> ORCHESTRATION;
            case EXPIRING -> ALERTS;
            default -> null;
        };
    }

    /** Null when it was nobody: a deadline. */
    private static @Nullable String causer(Happening happening) {
        return happening.kind() == Kind.EXPIRING || SessionEnd.SYSTEM.equals(happening.by()) ? null : happening.by();
    }

    /** Empty when there is nothing to tell any more. */
    private Mono<RawJson> payload(Happening happening) {
        Map<String, Object> payload = new LinkedHashMap<>();
        switch (happening.kind()) {
            case CREATED -> {
                payload.put("type", "session:created");
                return store.sessions()
                        .load(happening.sessionId())
                        .<Object>map(session -> SessionViews.info(session, store.nowMillis()))
                        .onErrorResume(StoreException.NotFound.class, gone -> Mono.just(asCreated(happening)))
                        .map(session -> {
                            payload.put("session", session);
                            return RawJson.of(Json.write(payload));
                        });
            }
            case CLOSED -> {
                payload.put("type", "session:ended");
                payload.put("sessionId", happening.sessionId());
                payload.put("status", happening.status().wireName());
                payload.put("endedBy", happening.by() == null ? SessionEnd.SYSTEM : happening.by());
                payload.put("endedAt", WireTime.format(happening.at()));
                return Mono.just(RawJson.of(Json.write(payload)));
            }
            default -> {
                payload.put("type", "session:expiring");
                payload.put("sessionId", happening.sessionId());
                if (happening.name() != null) {
                    payload.put("sessionName", happening.name());
                }
                payload.put("minutesRemaining", happening.minutesRemaining());
                payload.put("expiresAt", WireTime.format(happening.expiresAt()));
                return store.sessions()
                        .load(happening.sessionId())
                        .filter(session -> stillEndsThen(session, happening))
                        .map(session -> RawJson.of(Json.write(payload)))
                        .onErrorComplete(StoreException.NotFound.class);
            }
        }
    }

    /** A warning that comes late is not given after a renewal or an end. */
    private static boolean stillEndsThen(StoredSession session, Happening happening) {
        return !session.state().status().isTerminal() && session.state().expiresAt() == happening.expiresAt();
    }

    /** What is known of a session that is gone since. */
    private static Map<String, Object> asCreated(Happening happening) {
        Map<String, Object> session = new LinkedHashMap<>();
        session.put("sessionId", happening.sessionId());
        session.put("workspaceId", happening.workspaceId());
        session.put("status", SessionStatus.CREATED.wireName());
        if (happening.by() != null) {
            session.put("createdBy", happening.by());
        }
        session.put("createdAt", WireTime.format(happening.at()));
        return session;
    }
}
