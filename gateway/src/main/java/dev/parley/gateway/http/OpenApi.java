package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Refusals;
import dev.parley.protocol.catalog.Schemas;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The OpenAPI 3.1 document of all that is answered over HTTP, made from the catalogue and its records. HEAD is answered
 * wherever GET is, and OPTIONS everywhere; neither is written out.
 */
final class OpenApi {
    /** Where schemas stand in the document. */
    static final String SCHEMAS = "#/components/schemas/";

    private static final Pattern PARAMETER = Pattern.compile(":(\\w+)|\\*");

    private final Map<String, Object> schemas = OpenApiParts.schemas(SCHEMAS);
    private final Map<String, Map<String, Object>> paths = new LinkedHashMap<>();

    private OpenApi() {}

    /** The document, to be written as JSON. */
    static Map<String, Object> document() {
        return new OpenApi().make();
    }

    private Map<String, Object> make() {
        for (Operation<?, ?> operation : Operations.all()) {
            HttpBinding binding = operation.http();
            if (binding != null) {
                add(binding.method(), binding.path(), OpenApiOperation.describe(operation, binding, schemas));
            }
        }
        events(
                Operations.SESSIONS + "/:sessionId/events",
                "session.events",
                "Follows a session as server-sent events; Last-Event-ID is the seq to go on after.",
                Operations.SESSION_GET);
        fixed(
                Operations.SESSIONS + "/health",
                "session.health",
                "Counts sessions.",
                "application/json",
                "SessionHealth",
                ErrorCode.STORE_UNAVAILABLE);
        fixed("/health", "health", "Tells that the process answers.", "application/json", "Status");
        fixed(
                "/ready",
                "ready",
                "Tells whether requests may be sent here.",
                "application/json",
                "Status",
                ErrorCode.STORE_UNAVAILABLE);
        fixed("/metrics", "metrics", "All meters, for Prometheus.", "text/plain", null);
        fixed("/openapi.json", "openapi", "This document.", "application/json", null);
        fixed("/asyncapi.json", "asyncapi", "The WebSocket at /ws, as AsyncAPI 3.0.", "application/json", null);
        fixed("/", "page", "A page to chat on.", "text/html", null);
        fixed("/web/*", "files", "The parts of the page.", "*/*", null, ErrorCode.NOT_FOUND);
        for (String cached : List.of("/", "/web/{file}")) {
            OpenApiParts.responses(Objects.requireNonNull(
                            Objects.requireNonNull(paths.get(cached)).get("get")))
                    .put("304", OpenApiParts.map("description", "What If-None-Match names is still what there is."));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put(
                "info",
                OpenApiParts.map(
                        "title",
                        "Parley",
                        "version",
                        "1",
                        "description",
                        "Sessions between people and AI agents. The same operations are methods of JSON-RPC 2.0 over the WebSocket at /ws,"
                                + " which /asyncapi.json describes. HEAD is answered wherever GET is, OPTIONS everywhere;"
                                + " any other method is 405 METHOD_NOT_ALLOWED with Allow. Members that are not described"
                                + " are ignored in requests, and may come with later versions in answers."));
        document.put("jsonSchemaDialect", Schemas.DIALECT);
        document.put("paths", paths);
        document.put(
                "components",
                OpenApiParts.map(
                        "schemas",
                        schemas,
                        "examples",
                        OpenApiParts.errorExamples(),
                        "headers",
                        OpenApiParts.headers()));
        return document;
    }

    private void add(String method, String path, Map<String, Object> operation) {
        String template = PARAMETER.matcher(path).replaceAll(match -> "{" + parameterName(match.group(1)) + "}");
        paths.computeIfAbsent(template, key -> new LinkedHashMap<>()).put(method.toLowerCase(Locale.ROOT), operation);
    }

    /** A stream of pushes, open to whoever may do an operation, and refused as that is. */
    private void events(String path, String id, String summary, Operation<?, ?> rights) {
        Map<String, Object> described = described(path, id, summary);
        List<Object> parameters = new ArrayList<>(pathParameters(path));
        Map<String, Object> position =
                OpenApiParts.map("type", "integer", "minimum", 0, "maximum", 999_999_999_999_999_999L);
        parameters.add(OpenApiParts.parameter("header", "Last-Event-ID", position, 12));
        parameters.add(OpenApiParts.parameter("query", "lastEventId", position, 12));
        parameters.add(OpenApiParts.userId());
        described.put("parameters", parameters);
        Map<String, Object> responses = OpenApiParts.map("200", OpenApiParts.eventStream(summary));
        Set<ErrorCode> codes = Refusals.of(rights);
        codes.add(ErrorCode.PAYLOAD_TOO_LARGE);
        codes.add(ErrorCode.DRAINING);
        OpenApiParts.addRefusals(responses, codes);
        described.put("responses", responses);
        add("GET", path, described);
    }

    private void fixed(
            String path, String id, String summary, String type, @Nullable String schema, ErrorCode... refusals) {
        Map<String, Object> content =
                OpenApiParts.map(type, schema == null ? OpenApiParts.map() : OpenApiParts.withSchema(SCHEMAS + schema));
        Map<String, Object> described = described(path, id, summary);
        List<Object> parameters = pathParameters(path);
        if (!parameters.isEmpty()) {
            described.put("parameters", parameters);
        }
        Map<String, Object> responses =
                OpenApiParts.map("200", OpenApiParts.map("description", summary, "content", content));
        Set<ErrorCode> codes = EnumSet.of(
                ErrorCode.VALIDATION_ERROR, ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.DRAINING, ErrorCode.INTERNAL_ERROR);
        codes.addAll(List.of(refusals));
        OpenApiParts.addRefusals(responses, codes);
        described.put("responses", responses);
        add("GET", path, described);
    }

    private static Map<String, Object> described(String path, String id, String summary) {
        return OpenApiParts.map(
                "operationId",
                id,
                "summary",
                summary,
                "tags",
                List.of(path.startsWith("/api/") ? "session" : "around"));
    }

    /** The parameters that a path holds, in its order. */
    static List<Object> pathParameters(String path) {
        List<Object> parameters = new ArrayList<>();
        Matcher matcher = PARAMETER.matcher(path);
        while (matcher.find()) {
            String name = parameterName(matcher.group(1));
            parameters.add(OpenApiParts.pathParameter(name));
        }
        return parameters;
    }

    private static String parameterName(@Nullable String name) {
        return name == null ? "file" : name;
    }
}
