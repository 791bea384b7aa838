package dev.parley.protocol.catalog;

import dev.parley.protocol.Doc;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.agent.ChannelParams;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.TaskParams;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Examples of the records of the wire, for documents: made from what a member is called and of which type it is, so that a
 * record that is added has one too; or written by hand, where not all members go together. They are valid by the schemas.
 * Stateless; any thread.
 */
public final class Examples {
    static final String SESSION = "7d0f2c1e-3b1a-4c55-9a51-0a3f5a0c9f11";
    static final String AGENT = "helper";
    static final String TASK = "5b9f6a34-4a0e-4f0e-9f57-1f6f0c6a2b10";

    private static final Instant AT = Instant.parse("2026-01-31T23:29:59.007Z");
    private static final Instant LATER = Instant.parse("2026-01-31T23:59:59.007Z");
    private static final String STEPS =
            "[{\"name\":\"gather\",\"requiredAgents\":[\"helper\"]},{\"name\":\"write\",\"dependencies\":[\"gather\"]}]";
    private static final String WORKFLOW = "{\"steps\":" + STEPS
            + ",\"currentStep\":\"write\",\"completedSteps\":[\"gather\"],\"pendingSteps\":[\"write\"],\"progress\":50}";

    /** Those whose members do not all go together, or mean something only with each other. */
    private static final Map<Class<?>, String> BY_HAND = Map.ofEntries(
            Map.entry(
                    SessionParams.Create.class,
                    "{\"userId\":\"ada\",\"agentId\":\"helper\",\"name\":\"Trip to Rome\",\"metadata\":{\"topic\":\"travel\"},"
                            + "\"timeoutConfig\":{\"timeoutMinutes\":30,\"autoRenew\":true}}"),
            Map.entry(
                    TaskParams.Delegate.class,
                    "{\"delegatee\":\"helper\",\"taskType\":\"review\",\"payload\":{\"file\":\"Main.java\"},"
                            + "\"timeoutMs\":60000,\"retryPolicy\":{\"maxRetries\":1,\"backoff\":\"exponential\"},"
                            + "\"fallbackAgents\":[\"critic\"]}"),
            Map.entry(
                    TaskParams.Query.class,
                    "{\"delegatee\":\"helper\",\"status\":\"pending,in_progress\",\"limit\":20}"),
            Map.entry(
                    TaskParams.Update.class,
                    "{\"taskId\":\"" + TASK
                            + "\",\"attempt\":1,\"status\":\"completed\",\"result\":{\"verdict\":\"good\"}}"),
            Map.entry(
                    Task.class,
                    "{\"taskId\":\"" + TASK
                            + "\",\"delegator\":\"ada\",\"delegatee\":\"helper\",\"taskType\":\"review\","
                            + "\"payload\":{\"file\":\"Main.java\"},\"priority\":\"medium\",\"timeoutMs\":60000,"
                            + "\"retryPolicy\":{\"maxRetries\":1,\"backoff\":\"exponential\",\"initialDelayMs\":1000},"
                            + "\"fallbackAgents\":[\"critic\"],\"status\":\"in_progress\",\"attempt\":1,\"lostTurns\":[],"
                            + "\"progress\":40,"
                            + "\"createdAt\":\"2026-01-31T23:29:59.007Z\",\"updatedAt\":\"2026-01-31T23:30:09.007Z\","
                            + "\"turnEndsAt\":\"2026-01-31T23:30:59.007Z\"}"),
            Map.entry(ChannelParams.Subscribe.class, "{\"channel\":\"news\",\"seq\":12}"),
            Map.entry(SessionParams.Query.class, "{\"userId\":\"ada\",\"status\":\"active\",\"limit\":20}"),
            Map.entry(SessionParams.Timeout.class, "{\"sessionId\":\"" + SESSION + "\",\"timeoutMinutes\":30}"),
            Map.entry(SessionParams.History.class, "{\"sessionId\":\"" + SESSION + "\",\"limit\":20,\"afterSeq\":1}"),
            Map.entry(SessionParams.WorkflowSet.class, "{\"sessionId\":\"" + SESSION + "\",\"steps\":" + STEPS + "}"),
            Map.entry(SessionParams.WorkflowAdvance.class, "{\"sessionId\":\"" + SESSION + "\",\"to\":\"write\"}"),
            Map.entry(
                    SessionParams.Send.class,
                    "{\"sessionId\":\"" + SESSION
                            + "\",\"content\":\"Which train do I take?\",\"messageId\":\"m-1\",\"metadata\":{\"topic\":\"travel\"}}"),
            Map.entry(
                    SessionParams.TurnAppend.class,
                    "{\"sessionId\":\"" + SESSION + "\",\"role\":\"user\",\"content\":\"Which train do I take?\"}"),
            Map.entry(
                    SessionParams.Connect.class,
                    "{\"kind\":\"user\",\"id\":\"ada\",\"surfaceId\":\"web\",\"sessions\":[{\"sessionId\":\"" + SESSION
                            + "\",\"epoch\":\"k3v9\",\"seq\":12}]}"),
            Map.entry(
                    SessionParams.Heartbeat.class,
                    "{\"seen\":{\"" + SESSION + "\":12},\"sessions\":[\"" + SESSION + "\"]}"));

    /** What members are called that need more than a text. */
    private static final Map<String, String> TEXTS = Map.ofEntries(
            Map.entry("sessionId", SESSION),
            Map.entry("taskId", TASK),
            Map.entry("resumedFrom", "0b8a7f5e-6a0b-4e53-8f0e-2d9f4f3c1a77"),
            Map.entry("channelId", "c1b6e0fc-7a6f-4d7b-8d44-4d6ce4a0a9a5"),
            Map.entry("connectionId", "n1-42"),
            Map.entry("node", "n1"),
            Map.entry("userId", "ada"),
            Map.entry("createdBy", "ada"),
            Map.entry("by", "ada"),
            Map.entry("participantId", "ada"),
            Map.entry("authorId", AGENT),
            Map.entry("agentId", AGENT),
            Map.entry("activeAgent", AGENT),
            Map.entry("id", AGENT),
            Map.entry("to", "ada"),
            Map.entry("workspaceId", "default"),
            Map.entry("employeeId", "e-17"),
            Map.entry("surfaceId", "web"),
            Map.entry("name", "Trip to Rome"),
            Map.entry("role", "assistant"),
            Map.entry("framework", "langgraph"),
            Map.entry("messageId", "m-1"),
            Map.entry("inReplyTo", "m-0"),
            Map.entry("epoch", "k3v9"),
            Map.entry("content", "The 9:10 to Termini."),
            Map.entry("chunk", "The 9:10"),
            Map.entry("online", "true"),
            Map.entry("currentStep", "gather"),
            Map.entry("from", "gather"),
            Map.entry("code", "SESSION_EXPIRED"),
            Map.entry("agent_id", "agent://" + AGENT),
            Map.entry("session_id", SESSION),
            Map.entry("message_id", "m-1"),
            Map.entry("task_id", TASK),
            Map.entry("timeout", "300s"));

    private static final Map<String, String> VALUES = Map.ofEntries(
            Map.entry("metadata", "{\"topic\":\"travel\"}"),
            Map.entry("sharedContext", "{\"city\":\"Rome\"}"),
            Map.entry("context", "{\"city\":\"Rome\"}"),
            Map.entry("patch", "{\"city\":\"Rome\",\"hotel\":null}"),
            Map.entry("workflowState", "{\"asked\":[\"date\"]}"),
            Map.entry("workflow", WORKFLOW),
            Map.entry("capabilities", "[{\"name\":\"travel\"}]"),
            Map.entry("artifacts", "[{\"name\":\"ticket\",\"url\":\"https://example.org/ticket\"}]"),
            Map.entry("payload", "{\"train\":\"9:10\"}"),
            Map.entry("attachments", "[{\"url\":\"https://example.org/map\"}]"),
            Map.entry("ifMatch", "3"),
            Map.entry("steps", STEPS),
            Map.entry("completedSteps", "[\"gather\"]"),
            Map.entry("pendingSteps", "[\"write\"]"),
            Map.entry("changed", "[\"metadata\"]"),
            Map.entry("surfaces", "[\"web\"]"),
            Map.entry("status", "410"),
            Map.entry("progress", "50"),
            Map.entry("load", "0.25"),
            Map.entry("max_retries", "2"),
            Map.entry("maxRetries", "2"),
            Map.entry("seq", "12"),
            Map.entry("rung", "60"),
            Map.entry("warned", "60"));

    private Examples() {}

    /**
     * An example of a record, by the names of its members.
     *
     * @param type a record class
     */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> of(Class<?> type) {
        String byHand = BY_HAND.get(type);
        if (byHand != null) {
            return Json.MAPPER.readValue(byHand, Map.class);
        }
        Map<String, Object> example = new LinkedHashMap<>();
        for (RecordComponent component : type.getRecordComponents()) {
            if (!component.getName().equals("error")) {
                example.put(component.getName(), value(component, component.getGenericType()));
            }
        }
        return example;
    }

    private static Object value(RecordComponent component, Type type) {
        String name = component.getName();
        Doc doc = component.getAnnotation(Doc.class);
        if (doc != null && doc.oneOf().length > 0) {
            return doc.oneOf()[0];
        }
        if (type == String.class) {
            return TEXTS.getOrDefault(name, "text");
        }
        String raw = VALUES.get(name);
        if (type == RawJson.class) {
            return raw != null ? RawJson.of(raw) : rawOfType(doc, name);
        }
        if (raw != null
                && type instanceof Class<?> number
                && (number.isPrimitive() || Number.class.isAssignableFrom(number))) {
            return RawJson.of(raw);
        }
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() != List.class) {
                return Map.of(AGENT, value(component, arguments[1]));
            }
            return raw != null ? RawJson.of(raw) : List.of(value(component, arguments[0]));
        }
        Class<?> named = (Class<?>) type;
        if (named.isRecord()) {
            return of(named);
        }
        if (named.isEnum()) {
            return WireTypes.constants(named).keySet().iterator().next();
        }
        return scalar(named, name);
    }

    private static RawJson rawOfType(@Nullable Doc doc, String name) {
        String type = doc == null || doc.type().length == 0 ? "object" : doc.type()[0];
        return RawJson.of(
                switch (type) {
                    case "string" -> "\"" + TEXTS.getOrDefault(name, "text") + "\"";
                    case "number", "integer" -> "12";
                    case "boolean" -> "true";
                    case "array" -> "[]";
                    default -> "{}";
                });
    }

    private static Object scalar(Class<?> type, String name) {
        if (type == Instant.class) {
            return name.equals("expiresAt") ? LATER : AT;
        }
        if (type == Boolean.class || type == boolean.class) {
            return true;
        }
        if (type == Double.class || type == double.class) {
            return 0.5;
        }
        return 12;
    }
}
