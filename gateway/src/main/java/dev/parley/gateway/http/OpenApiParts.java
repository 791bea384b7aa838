package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Form;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.ErrorExamples;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Schemas;
import dev.parley.protocol.session.SessionResults;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What descriptions of HTTP operations are put together from: errors, headers, parameters, schemas without a record. */
final class OpenApiParts {
    private static final String HEADERS = "#/components/headers/";
    private static final String EXAMPLES = "#/components/examples/";
    private static final String ID = "7d0f2c1e-3b1a-4c55-9a51-0a3f5a0c9f11";

    private OpenApiParts() {}

    /** A map in the order of its members. */
    static Map<String, Object> map(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    /** The responses of an operation that is described. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> responses(Object operation) {
        return Objects.requireNonNull((Map<String, Object>) ((Map<?, ?>) operation).get("responses"));
    }

    static Map<String, Object> withSchema(String reference) {
        return map("schema", map("$ref", reference));
    }

    static Map<String, Object> header(String name) {
        return map("$ref", HEADERS + name);
    }

    /** The header by which a trusted program says for which person it asks. */
    static Map<String, Object> userId() {
        return parameter(
                "header",
                OperationEndpoint.USER_ID,
                map(
                        "type",
                        "string",
                        "pattern",
                        Objects.requireNonNull(Form.Kind.ID.pattern()),
                        "maxLength",
                        Form.Kind.ID.maxLength()),
                "ada");
    }

    static Map<String, Object> parameter(String in, String name, Map<String, Object> schema, Object example) {
        return map("name", name, "in", in, "schema", schema, "example", example);
    }

    static Map<String, Object> pathParameter(String name) {
        String example = switch (name) {
            case "sessionId" -> ID;
            case "surfaceId" -> "web";
            case "file" -> "parley.js";
            default -> "helper";
        };
        Map<String, Object> schema = map("type", "string", "minLength", 1);
        Map<String, Object> parameter = parameter("path", name, schema, example);
        parameter.put("required", true);
        return parameter;
    }

    /** How the reply to a message is wanted; over HTTP only. */
    static Map<String, Object> transports() {
        return map(
                "transport", oneOfOrNull("websocket", "http", "sse"),
                "mode", oneOfOrNull("sync", "stream"));
    }

    private static Map<String, Object> oneOfOrNull(String... names) {
        List<Object> all = new ArrayList<>(Arrays.asList(names));
        all.add(null);
        return map("type", List.of("string", "null"), "enum", all);
    }

    /** Adds a response for each status of these refusals, with the codes that it may carry. */
    static void addRefusals(Map<String, Object> responses, Set<ErrorCode> codes) {
        Map<Integer, List<ErrorCode>> byStatus = new TreeMap<>();
        codes.forEach(code -> byStatus.computeIfAbsent(code.status(), status -> new ArrayList<>())
                .add(code));
        byStatus.forEach((status, same) -> responses.put(Integer.toString(status), refusal(same)));
    }

    private static Map<String, Object> refusal(List<ErrorCode> codes) {
        List<String> names = codes.stream().map(Enum::name).toList();
        Map<String, Object> examples = new LinkedHashMap<>();
        names.forEach(name -> examples.put(name, map("$ref", EXAMPLES + name)));
        Map<String, Object> schema = map(
                "$ref",
                OpenApi.SCHEMAS + "Error",
                "properties",
                map("error", map("properties", map("code", map("enum", names)))));
        Map<String, Object> headers = new LinkedHashMap<>();
        int status = codes.get(0).status();
        if (status == ErrorCode.RATE_LIMITED.status()) {
            for (String name : List.of("Retry-After", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")) {
                headers.put(name, header(name));
            }
        } else if (status == ErrorCode.STORE_UNAVAILABLE.status()) {
            headers.put("Retry-After", header("Retry-After"));
        }
        Map<String, Object> refusal = map("description", String.join(", ", names) + ".");
        if (!headers.isEmpty()) {
            refusal.put("headers", headers);
        }
        refusal.put("content", map("application/json", map("schema", schema, "examples", examples)));
        return refusal;
    }

    /** An answer of server-sent events; the schema is that of one event, by its fields. */
    static Map<String, Object> eventStream(String description) {
        Map<String, Object> event = map(
                "type",
                "object",
                "required",
                List.of("event", "data"),
                "properties",
                map(
                        "event",
                        map("type", "string", "description", "the name of the push, or error"),
                        "id",
                        map("type", "string", "description", "the seq of a logged event"),
                        "data",
                        map(
                                "type",
                                "string",
                                "description",
                                "the params of the push as JSON",
                                "contentMediaType",
                                "application/json")));
        return map(
                "description",
                description,
                "content",
                map(
                        "text/event-stream",
                        map(
                                "schema",
                                event,
                                "example",
                                map(
                                        "event",
                                        EventTypes.TYPING,
                                        "data",
                                        "{\"sessionId\":\"" + ID + "\",\"participantId\":\"helper\",\"on\":true}"))));
    }

    /** One example of each error. */
    static Map<String, Object> errorExamples() {
        Map<String, Object> examples = new LinkedHashMap<>();
        for (ErrorCode code : ErrorCode.values()) {
            ProtocolException problem = ErrorExamples.of(code);
            examples.put(
                    code.name(),
                    map(
                            "value",
                            RawJson.of(ErrorBody.bytes(
                                    problem,
                                    Instant.parse("2026-01-31T23:59:59.007Z").toEpochMilli()))));
        }
        return examples;
    }

    static Map<String, Object> headers() {
        return map(
                "ETag",
                described(
                        "The version of the record, quoted; for If-Match.",
                        true,
                        map("type", "string", "pattern", "^\"[0-9]+\"$")),
                "Retry-After",
                described("Seconds to wait before the next try.", true, map("type", "integer", "minimum", 1)),
                "RateLimit-Limit",
                described(
                        "Requests in a second, where that is the limit.", false, map("type", "integer", "minimum", 1)),
                "RateLimit-Remaining",
                described("Requests that are left.", true, map("type", "integer", "minimum", 0)),
                "RateLimit-Reset",
                described("Seconds until there are more.", true, map("type", "integer", "minimum", 1)));
    }

    private static Map<String, Object> described(String description, boolean required, Map<String, Object> schema) {
        return map("description", description, "required", required, "schema", schema);
    }

    /** Schemas of what has no record: errors, and answers of the first API that others rely on. */
    static Map<String, Object> schemas(String prefix) {
        Map<String, Object> schemas = new LinkedHashMap<>();
        List<String> codes = List.copyOf(
                new TreeSet<>(Arrays.stream(ErrorCode.values()).map(Enum::name).toList()));
        schemas.put(
                "Error",
                object(map(
                        "error",
                        object(map(
                                "code", map("type", "string", "enum", codes),
                                "message", map("type", "string", "minLength", 1),
                                "timestamp", instant(),
                                "details", map("type", "object"))))));
        Map<String, Object> message = object(map(
                "id", text(),
                "channel_id", text(),
                "author_id", text(),
                "created_at", integer(),
                "source_type", map("type", "string", "enum", List.of("user", "agent")),
                "metadata", map("type", "object"),
                "authorId", text(),
                "createdAt", integer(),
                "sessionId", text(),
                "seq", integer()));
        optional(
                message,
                map("content", text(), "payload", map(), "attachments", map(), "inReplyTo", text(), "to", text()));
        Map<String, Object> reply = object(map(
                "text", text(),
                "messageId", text(),
                "authorId", text(),
                "metadata", map("type", "object"),
                "createdAt", instant(),
                "seq", integer()));
        optional(reply, map("inReplyTo", text(), "payload", map(), "attachments", map()));
        Map<String, Object> sent = object(map(
                "success", map("const", true),
                "userMessage", message,
                "sessionStatus", Schemas.reference(SessionResults.SendStatus.class, prefix, schemas),
                "data", map("type", "object")));
        optional(
                sent,
                map(
                        "agentResponse",
                        reply,
                        "duplicate",
                        map("type", "boolean"),
                        "outcomes",
                        map(
                                "type",
                                "array",
                                "items",
                                Schemas.reference(SessionResults.Outcome.class, prefix, schemas))));
        schemas.put("Sent", sent);
        schemas.put(
                "SessionHealth",
                object(map(
                        "status", map("const", "healthy"),
                        "activeSessions", integer(),
                        "expiringSoon", integer(),
                        "invalidSessions", integer(),
                        "timestamp", instant(),
                        "uptime", integer())));
        schemas.put(
                "Status",
                object(map(
                        "status", map("type", "string", "enum", List.of("healthy", "ready")),
                        "timestamp", instant(),
                        "uptime", integer())));
        return schemas;
    }

    /** An object that has all these members. */
    private static Map<String, Object> object(Map<String, Object> members) {
        return map("type", "object", "required", List.copyOf(members.keySet()), "properties", members);
    }

    @SuppressWarnings("unchecked")
    private static void optional(Map<String, Object> object, Map<String, Object> members) {
        Objects.requireNonNull((Map<String, Object>) object.get("properties")).putAll(members);
    }

    private static Map<String, Object> text() {
        return map("type", "string");
    }

    private static Map<String, Object> integer() {
        return map("type", "integer", "minimum", 0);
    }

    private static Map<String, Object> instant() {
        return map("type", "string", "format", "date-time");
    }
}
