package dev.parley.gateway.agent;

import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.ErrorMapper;
import dev.parley.gateway.operation.OperationHandlers;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.Agent;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.InboxStore.Bounds;
import dev.parley.store.InboxStore.Query;
import dev.parley.store.InboxStore.Send;
import dev.parley.store.InboxStore.Sent;
import dev.parley.store.Store;
import dev.parley.store.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What agents send to agents, and their inboxes. Called on event loops; keeps nothing between calls. */
public final class InboxService {
    private static final Set<String> TYPES =
            Set.of(InboxMessage.REQUEST, InboxMessage.RESPONSE, InboxMessage.EVENT, InboxMessage.BROADCAST);
    private static final String COMMANDS = "system";
    private static final long COMMAND_SECONDS = 300;
    private static final long DAY_SECONDS = 24 * 3_600;
    private static final long LONGEST_SECONDS = 30 * DAY_SECONDS;
    private static final long FULL_RETRY_MILLIS = 1_000;
    private static final int MOST_MARKED = 1_000;
    private static final int PAGE = 50;
    private static final int LARGEST_PAGE = 100;

    /** Inboxes of one broadcast that are written at once. */
    private static final int CONCURRENCY = 32;

    private static final Pattern INSTANT = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z");

    private final Store store;
    private final LimitsConfig limits;

    /** What became of one message of a broadcast. */
    private record Outcome(String agentId, @Nullable Throwable failure) {}

    /** Inboxes of a store. */
    public InboxService(Store store, LimitsConfig limits) {
        this.store = store;
        this.limits = limits;
    }

    /** Binds the operations on inboxes. */
    public void bind(OperationHandlers handlers) {
        handlers.bind(Operations.AGENT_COMMAND, this::command)
                .bind(Operations.AGENT_SEND, this::send)
                .bind(Operations.AGENT_BROADCAST, this::broadcast)
                .bind(Operations.INBOX_LIST, this::list)
                .bind(Operations.INBOX_MARK_READ, this::markRead);
    }

    /** {@code agent.send}: stored although the agent is offline. */
    public Mono<AgentParams.SentMessage> send(Call call, AgentParams.Send params) {
        return Mono.defer(() -> {
            String type = Objects.requireNonNullElse(params.type(), InboxMessage.EVENT);
            if (!TYPES.contains(type)) {
                throw AgentRules.invalid("type", type, "request, response, event or broadcast");
            }
            String correlationId = params.correlationId();
            Send draft = draft(
                    call,
                    params.toAgentId(),
                    params.messageId(),
                    channel(params.channel()),
                    type,
                    payload("payload", params.payload()),
                    correlationId == null ? null : AgentRules.word("correlationId", correlationId),
                    ttlMillis(params.ttlSeconds()));
            return known(call, AgentRules.own(call, params.id()))
                    .flatMap(from -> known(call, params.toAgentId()).flatMap(to -> put(from(draft, from(from)), to)));
        });
    }

    /** {@code agent.command}: a request on the channel {@code system}; by agents and trusted callers. */
    public Mono<AgentParams.SentMessage> command(Call call, AgentParams.Command params) {
        return Mono.defer(() -> {
            if (!call.caller().trusted() && !call.caller().isAgent()) {
                throw ProtocolException.of(
                        ErrorCode.FORBIDDEN, "Commands are for agents and trusted programs to give; ask one of them.");
            }
            Map<String, Object> payload = new LinkedHashMap<>();
            payload.put("action", AgentRules.word("action", params.action()));
            if (params.params() != null) {
                payload.put("params", payload("params", params.params()));
            }
            Send draft = draft(
                    call,
                    params.id(),
                    params.messageId(),
                    COMMANDS,
                    InboxMessage.REQUEST,
                    RawJson.of(Json.write(payload)),
                    null,
                    COMMAND_SECONDS * 1_000);
            Mono<InboxMessage.From> from = call.caller().isAgent()
                    ? known(call, call.caller().id()).map(InboxService::from)
                    : Mono.just(draft.from());
            return from.flatMap(sender -> known(call, params.id()).flatMap(to -> put(from(draft, sender), to)));
        });
    }

    /**
     * {@code agent.broadcast}: the message has the same id in every inbox, so a repeat of the id reaches those whom the first
     * time did not.
     */
    public Mono<AgentParams.BroadcastSent> broadcast(Call call, AgentParams.Broadcast params) {
        return Mono.defer(() -> {
            Send draft = draft(
                    call,
                    "",
                    params.messageId(),
                    channel(params.channel()),
                    InboxMessage.BROADCAST,
                    payload("payload", params.payload()),
                    null,
                    ttlMillis(params.ttlSeconds()));
            return known(call, AgentRules.own(call, params.id()))
                    .flatMap(from -> store.agents()
                            .list(call.caller().workspaceId(), true)
                            .flatMapMany(Flux::fromIterable)
                            .filter(agent -> !agent.id().equals(from.id()))
                            .flatMap(
                                    to -> store.inbox()
                                            .send(to(from(draft, from(from)), to.id()))
                                            .map(sent -> new Outcome(to.id(), null))
                                            .onErrorResume(
                                                    StoreException.class,
                                                    failure -> Mono.just(new Outcome(to.id(), failure))),
                                    CONCURRENCY)
                            .collectList()
                            .map(outcomes -> told(draft.messageId(), outcomes))
                            .onErrorMap(failure -> ErrorMapper.map(failure, "")));
        });
    }

    /** {@code inbox.list}: unread ones unless told otherwise; marks nothing. */
    public Mono<AgentParams.InboxPage> list(Call call, AgentParams.InboxQuery params) {
        return Mono.defer(() -> {
            String id = AgentRules.own(call, params.id());
            long limit = Objects.requireNonNullElse(params.limit(), (long) PAGE);
            if (limit < 1 || limit > LARGEST_PAGE) {
                throw AgentRules.invalid("limit", limit, "a whole number from 1 to " + LARGEST_PAGE);
            }
            String before = params.before();
            Long beforeMillis = before != null && INSTANT.matcher(before).matches() ? millis(before) : null;
            String channel = params.channel();
            Query query = new Query(
                    call.caller().workspaceId(),
                    id,
                    channel == null ? null : AgentRules.word("channel", channel),
                    !Boolean.FALSE.equals(params.unreadOnly()),
                    beforeMillis == null ? before : null,
                    beforeMillis,
                    (int) limit);
            return known(call, id)
                    .then(store.inbox().list(query))
                    .map(page -> new AgentParams.InboxPage(page.messages(), page.hasMore()))
                    .onErrorMap(
                            StoreException.NotFound.class,
                            unknown -> AgentRules.invalid(
                                    "before", before, "the id of a message that is in the inbox, or an instant"))
                    .onErrorMap(failure -> ErrorMapper.map(failure, ""));
        });
    }

    /** {@code inbox.markRead}: only one's own; others are passed over. */
    public Mono<AgentParams.MarkedRead> markRead(Call call, AgentParams.MarkRead params) {
        return Mono.defer(() -> {
            String id = AgentRules.own(call, params.id());
            if (params.messageIds().size() > MOST_MARKED) {
                throw AgentRules.invalid(
                        "messageIds", params.messageIds().size() + " ids", "at most " + MOST_MARKED + " ids");
            }
            return known(call, id)
                    .then(Mono.defer(
                            () -> store.inbox().markRead(call.caller().workspaceId(), id, params.messageIds())))
                    .map(marked -> new AgentParams.MarkedRead(marked.messageIds(), marked.unread()))
                    .onErrorMap(failure -> ErrorMapper.map(failure, ""));
        });
    }

    private Mono<Agent> known(Call call, String id) {
        return store.agents()
                .get(call.caller().workspaceId(), id)
                .onErrorMap(failure -> AgentService.told(failure, id));
    }

    private Mono<AgentParams.SentMessage> put(Send send, Agent to) {
        return store.inbox()
                .send(send)
                .map(sent -> view(sent, to))
                .onErrorMap(failure ->
                        failure instanceof StoreException.Full ? full(List.of(to.id())) : ErrorMapper.map(failure, ""));
    }

    private static AgentParams.SentMessage view(Sent sent, Agent to) {
        InboxMessage message = sent.message();
        return new AgentParams.SentMessage(
                message.id(),
                to.isOnline() ? "delivered" : "queued",
                message.createdAt(),
                message.expiresAt(),
                sent.duplicate());
    }

    private static AgentParams.BroadcastSent told(String messageId, List<Outcome> outcomes) {
        List<String> full = new ArrayList<>();
        long sent = 0;
        Throwable lost = null;
        Throwable refused = null;
        for (Outcome outcome : outcomes) {
            Throwable failure = outcome.failure();
            if (failure == null) {
                sent++;
            } else if (failure instanceof StoreException.Full) {
                full.add(outcome.agentId());
            } else if (failure instanceof StoreException.Unavailable) {
                lost = failure;
            } else {
                refused = failure;
            }
        }
        if (refused != null) {
            throw ErrorMapper.map(refused, "");
        }
        if (lost != null) {
            throw ProtocolException.of(
                            ErrorCode.STORE_UNAVAILABLE,
                            "Some inboxes may not have got it; repeat the broadcast with the messageId in details, and"
                                    + " nobody gets it twice.")
                    .with("outcome", "unknown")
                    .with("messageId", messageId)
                    .with("sent", sent);
        }
        if (sent == 0 && !full.isEmpty()) {
            throw full(full);
        }
        return new AgentParams.BroadcastSent(messageId, sent, full.isEmpty() ? null : full);
    }

    private static ProtocolException full(List<String> agentIds) {
        return ProtocolException.of(
                        ErrorCode.RATE_LIMITED,
                        "The inbox of the agent is full of unread messages; send again when it has read some.")
                .with("limit", "inbox")
                .with("agentIds", agentIds)
                .with("retryAfterMs", FULL_RETRY_MILLIS);
    }

    private static Send draft(
            Call call,
            String to,
            @Nullable String messageId,
            String channel,
            String type,
            RawJson payload,
            @Nullable String correlationId,
            long ttlMillis) {
        return new Send(
                call.caller().workspaceId(),
                to,
                messageId == null ? UUID.randomUUID().toString() : messageId,
                new InboxMessage.From(call.caller().id(), null, null),
                channel,
                type,
                payload,
                correlationId,
                ttlMillis,
                Bounds.DEFAULT);
    }

    private static Send from(Send draft, InboxMessage.From from) {
        return copy(draft, draft.agentId(), from);
    }

    private static Send to(Send draft, String agentId) {
        return copy(draft, agentId, draft.from());
    }

    private static Send copy(Send draft, String agentId, InboxMessage.From from) {
        return new Send(
                draft.workspaceId(),
                agentId,
                draft.messageId(),
                from,
                draft.channel(),
                draft.type(),
                draft.payload(),
                draft.correlationId(),
                draft.ttlMillis(),
                draft.bounds());
    }

    private static InboxMessage.From from(Agent agent) {
        return new InboxMessage.From(agent.id(), agent.name(), agent.label());
    }

    private RawJson payload(String field, RawJson given) {
        AgentRules.shallow(field, given);
        if (given.length() > limits.maxContextBytes()) {
            throw ProtocolException.tooLarge(field, given.length(), limits.maxContextBytes(), "bytes");
        }
        return given;
    }

    private static String channel(@Nullable String given) {
        return given == null ? InboxMessage.DEFAULT_CHANNEL : AgentRules.word("channel", given);
    }

    private static long ttlMillis(@Nullable Long seconds) {
        long ttl = Objects.requireNonNullElse(seconds, DAY_SECONDS);
        if (ttl < 1 || ttl > LONGEST_SECONDS) {
            throw AgentRules.invalid("ttlSeconds", ttl, "a whole number from 1 to " + LONGEST_SECONDS);
        }
        return ttl * 1_000;
    }

    private static long millis(String instant) {
        try {
            return Instant.parse(instant).toEpochMilli();
        } catch (java.time.DateTimeException | ArithmeticException noInstant) {
            throw AgentRules.invalid("before", instant, "the id of a message that is in the inbox, or an instant");
        }
    }
}
