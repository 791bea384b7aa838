package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Schemas;
import dev.parley.protocol.session.SessionResults;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The OpenAPI 3.1 document of all that is answered over HTTP, made from the catalogue and its records. */
final class OpenApi {
    private static final String COMPONENTS = "#/components/schemas/";
    private static final Pattern PARAMETER = Pattern.compile(":(\\w+)|\\*");

    private final Map<String, Object> schemas = new LinkedHashMap<>();
    private final Map<String, Map<String, Object>> paths = new LinkedHashMap<>();

    private OpenApi() {}

    /** The document, to be written as JSON. */
    static Map<String, Object> document() {
        return new OpenApi().make();
    }

    private Map<String, Object> make() {
        schemas.put("Error", errorSchema());
        schemas.put("Sent", sentSchema());
        schemas.put("SessionHealth", sessionHealthSchema());
        schemas.put("Status", statusSchema());
        for (Operation<?, ?> operation : Operations.all()) {
            HttpBinding binding = operation.http();
            if (binding != null) {
                add(binding.method(), binding.path(), describe(operation, binding));
            }
        }
        fixed(
                Operations.SESSIONS + "/:sessionId/events",
                "session.events",
                "Follows a session as server-sent events; Last-Event-ID is the seq to go on after.",
                "text/event-stream",
                null);
        fixed(
                Operations.SESSIONS + "/health",
                "session.health",
                "Counts sessions.",
                "application/json",
                "SessionHealth");
        fixed("/health", "health", "Tells that the process answers.", "application/json", "Status");
        fixed("/ready", "ready", "Tells whether requests may be sent here.", "application/json", "Status");
        fixed("/metrics", "metrics", "All meters, for Prometheus.", "text/plain", null);
        fixed("/openapi.json", "openapi", "This document.", "application/json", null);
        fixed("/", "page", "A page to chat on.", "text/html", null);
        fixed("/web/*", "files", "The parts of the page.", "*/*", null);
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put(
                "info",
                map(
                        "title", "Parley",
                        "version", "1",
                        "description",
                                "Sessions between people and AI agents. The same operations are methods of JSON-RPC 2.0 over the WebSocket at /ws."));
        document.put("jsonSchemaDialect", Schemas.DIALECT);
        document.put("paths", paths);
        document.put("components", map("schemas", schemas));
        return document;
    }

    private void add(String method, String path, Map<String, Object> operation) {
        String template = PARAMETER.matcher(path).replaceAll(match -> "{" + parameterName(match.group(1)) + "}");
        paths.computeIfAbsent(template, key -> new LinkedHashMap<>())
                .put(method.toLowerCase(java.util.Locale.ROOT), operation);
    }

    private void fixed(String path, String id, String summary, String type, @Nullable String schema) {
        Map<String, Object> content = map(type, map("schema", schema == null ? map() : reference(schema)));
        Map<String, Object> operation = map("operationId", id, "summary", summary);
        List<Object> parameters = pathParameters(path);
        if (!parameters.isEmpty()) {
            operation.put("parameters", parameters);
        }
        operation.put("responses", map("200", map("description", summary, "content", content), "default", error()));
        add("GET", path, operation);
    }

    private Map<String, Object> describe(Operation<?, ?> operation, HttpBinding binding) {
        Map<String, Object> described = map("operationId", operation.name(), "summary", operation.summary());
        List<Object> parameters = pathParameters(binding.path());
        Map<String, Object> members = members(operation, parameters);
        boolean get = binding.method().equals("GET");
        if (get) {
            members.forEach((name, schema) -> parameters.add(map("name", name, "in", "query", "schema", schema)));
        }
        if (!parameters.isEmpty()) {
            described.put("parameters", parameters);
        }
        if (!get && !members.isEmpty()) {
            Object body = binding.bodyAs() != null ? map("type", "object") : bodySchema(operation, members);
            described.put("requestBody", map("content", map("application/json", map("schema", body))));
        }
        described.put("responses", responses(operation, binding));
        return described;
    }

    /** Schemas of the params that the path does not hold. */
    private Map<String, Object> members(Operation<?, ?> operation, List<Object> parameters) {
        Map<String, Object> definitions = new LinkedHashMap<>();
        Schemas.reference(operation.params(), COMPONENTS, definitions);
        Map<?, ?> own = (Map<?, ?>) definitions.remove(Schemas.name(operation.params()));
        definitions.forEach(schemas::putIfAbsent);
        Set<Object> inPath = new HashSet<>();
        for (Object known : parameters) {
            if (known instanceof Map<?, ?> parameter && parameter.get("name") instanceof String name) {
                inPath.add(name);
            }
        }
        Map<String, Object> members = new LinkedHashMap<>();
        if (own != null && own.get("properties") instanceof Map<?, ?> properties) {
            properties.forEach((name, schema) -> {
                if (!inPath.contains(name)) {
                    members.put((String) name, schema);
                }
            });
        }
        return members;
    }

    private static Map<String, Object> bodySchema(Operation<?, ?> operation, Map<String, Object> members) {
        Map<String, Object> all = new LinkedHashMap<>(members);
        if (operation.equals(Operations.MESSAGE_SEND)) {
            all.put("transport", map("type", "string", "enum", List.of("websocket", "http", "sse")));
            all.put("mode", map("type", "string", "enum", List.of("sync", "stream")));
        }
        return map("type", "object", "properties", all);
    }

    private Map<String, Object> responses(Operation<?, ?> operation, HttpBinding binding) {
        Map<String, Object> responses = new LinkedHashMap<>();
        if (operation.equals(Operations.MESSAGE_SEND)) {
            responses.put(
                    "201",
                    map(
                            "description",
                            "The message is stored; with the http transport, the reply is there.",
                            "content",
                            map("application/json", map("schema", reference("Sent")))));
            responses.put(
                    "200",
                    map(
                            "description",
                            "With the sse transport: the reply while it is written.",
                            "content",
                            map("text/event-stream", map("schema", map()))));
        } else {
            Map<String, Object> schema = Schemas.reference(operation.result(), COMPONENTS, schemas);
            Map<String, Object> success =
                    map("description", operation.summary(), "content", map("application/json", map("schema", schema)));
            responses.put(Integer.toString(binding.status()), success);
            if (operation.equals(Operations.SESSION_RESOLVE) || operation.equals(Operations.SESSION_PARTICIPANTS_ADD)) {
                responses.put("201", success);
            }
        }
        responses.put("default", error());
        return responses;
    }

    private static List<Object> pathParameters(String path) {
        List<Object> parameters = new ArrayList<>();
        Matcher matcher = PARAMETER.matcher(path);
        while (matcher.find()) {
            parameters.add(map(
                    "name",
                    parameterName(matcher.group(1)),
                    "in",
                    "path",
                    "required",
                    true,
                    "schema",
                    map("type", "string")));
        }
        return parameters;
    }

    private static String parameterName(@Nullable String name) {
        return name == null ? "file" : name;
    }

    private static Map<String, Object> error() {
        return map(
                "description",
                "Refused, or failed.",
                "content",
                map("application/json", map("schema", reference("Error"))));
    }

    private static Map<String, Object> errorSchema() {
        List<String> codes = List.copyOf(
                new TreeSet<>(Arrays.stream(ErrorCode.values()).map(Enum::name).toList()));
        Map<String, Object> error = map(
                "type", "object",
                "required", List.of("code", "message", "timestamp", "details"),
                "properties",
                        map(
                                "code", map("type", "string", "enum", codes),
                                "message", map("type", "string"),
                                "timestamp", map("type", "string", "format", "date-time"),
                                "details", map("type", "object")));
        return map("type", "object", "required", List.of("error"), "properties", map("error", error));
    }

    private Map<String, Object> sentSchema() {
        Map<String, Object> message = map(
                "type", "object",
                "required",
                        List.of(
                                "id",
                                "channel_id",
                                "author_id",
                                "created_at",
                                "source_type",
                                "metadata",
                                "authorId",
                                "createdAt",
                                "sessionId",
                                "seq"),
                "properties",
                        map(
                                "id", map("type", "string"),
                                "channel_id", map("type", "string"),
                                "author_id", map("type", "string"),
                                "content", map("type", "string"),
                                "created_at", map("type", "integer"),
                                "source_type", map("type", "string"),
                                "metadata", map("type", "object"),
                                "authorId", map("type", "string"),
                                "createdAt", map("type", "integer"),
                                "sessionId", map("type", "string"),
                                "seq", map("type", "integer")));
        Map<String, Object> reply = map(
                "type", "object",
                "required", List.of("text", "messageId", "authorId", "metadata", "createdAt", "seq"),
                "properties",
                        map(
                                "text", map("type", "string"),
                                "messageId", map("type", "string"),
                                "authorId", map("type", "string"),
                                "inReplyTo", map("type", "string"),
                                "metadata", map("type", "object"),
                                "createdAt", map("type", "string", "format", "date-time"),
                                "seq", map("type", "integer")));
        return map(
                "type", "object",
                "required", List.of("success", "userMessage", "sessionStatus", "data"),
                "properties",
                        map(
                                "success", map("const", true),
                                "userMessage", message,
                                "agentResponse", reply,
                                "sessionStatus",
                                        Schemas.reference(SessionResults.SendStatus.class, COMPONENTS, schemas),
                                "duplicate", map("type", "boolean"),
                                "outcomes", map("type", "array"),
                                "data", map("type", "object")));
    }

    private static Map<String, Object> sessionHealthSchema() {
        return map(
                "type", "object",
                "required",
                        List.of("status", "activeSessions", "expiringSoon", "invalidSessions", "timestamp", "uptime"),
                "properties",
                        map(
                                "status", map("const", "healthy"),
                                "activeSessions", map("type", "integer"),
                                "expiringSoon", map("type", "integer"),
                                "invalidSessions", map("type", "integer"),
                                "timestamp", map("type", "string", "format", "date-time"),
                                "uptime", map("type", "integer")));
    }

    private static Map<String, Object> statusSchema() {
        return map(
                "type", "object",
                "required", List.of("status", "timestamp", "uptime"),
                "properties",
                        map(
                                "status", map("type", "string"),
                                "timestamp", map("type", "string", "format", "date-time"),
                                "uptime", map("type", "integer")));
    }

    private static Map<String, Object> reference(String name) {
        return map("$ref", COMPONENTS + name);
    }

    private static Map<String, Object> map(Object... namesAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
