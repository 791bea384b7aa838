package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.protocol.Json;
import dev.parley.protocol.catalog.Schemas;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Holds answers of a running gateway to the OpenAPI document: status, headers and body. Safe for use from any thread. */
public final class DescribedApi {
    private static final String BASE = "https://parley.invalid/openapi";
    private static final String REFUSAL = "refusal";
    private static final JsonNode DOCUMENT = Json.MAPPER.readTree(Json.write(OpenApi.document()));
    private static final List<Map.Entry<String, JsonNode>> PATHS =
            new ArrayList<>(DOCUMENT.get("paths").properties());
    private static final Map<String, Object> BODIES = new LinkedHashMap<>();
    private static final Map<String, Schema> COMPILED = new ConcurrentHashMap<>();
    private static final SchemaRegistry REGISTRY;

    static {
        // A literal segment wins over a parameter, as it does in the routes.
        PATHS.sort(Comparator.comparingLong(
                path -> path.getKey().chars().filter(c -> c == '{').count()));
        for (Map.Entry<String, JsonNode> path : PATHS) {
            for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
                for (Map.Entry<String, JsonNode> response :
                        method.getValue().get("responses").properties()) {
                    JsonNode schema = response.getValue().at("/content/application~1json/schema");
                    if (!schema.isMissingNode()) {
                        BODIES.put(key(method.getValue().get("operationId").asString(), response.getKey()), schema);
                    }
                }
            }
        }
        BODIES.put(REFUSAL, Map.of("$ref", OpenApi.SCHEMAS + "Error"));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("$schema", Schemas.DIALECT);
        document.put("components", Map.of("schemas", DOCUMENT.get("components").get("schemas")));
        document.put("$defs", BODIES);
        String text = new String(Json.write(document), StandardCharsets.UTF_8);
        REGISTRY = SchemaRegistry.withDefaultDialect(
                SpecificationVersion.DRAFT_2020_12, builder -> builder.schemas(Map.of(BASE, text)));
    }

    private DescribedApi() {}

    /** Holds an answer to the document; answers it. */
    public static HttpResponse<String> check(HttpResponse<String> response) {
        String method = response.request().method();
        String path = response.request().uri().getRawPath();
        Map<String, List<String>> headers = response.headers().map();
        String what = method + " " + path + " " + response.statusCode() + " " + headers + " " + response.body();
        Map.Entry<String, JsonNode> described = find(path);
        if (described == null) {
            assertThat(response.statusCode()).as("no such path: " + what).isIn(400, 404, 503);
            refusal(response.body(), what);
        } else if (method.equals("OPTIONS")) {
            assertThat(response.statusCode()).as(what).isIn(204, 503);
        } else {
            check(response, described.getValue().get(method(method)), what);
        }
        return response;
    }

    private static void check(HttpResponse<String> response, @Nullable JsonNode operation, String what) {
        if (operation == null) {
            assertThat(response.statusCode()).as("no such method: " + what).isIn(405, 503);
            refusal(response.body(), what);
            assertThat(response.headers().firstValue("Allow").isPresent() || response.statusCode() != 405)
                    .as("Allow of " + what)
                    .isTrue();
            return;
        }
        String id = operation.get("operationId").asString();
        JsonNode promised = operation.get("responses").get(Integer.toString(response.statusCode()));
        assertThat(promised)
                .as(
                        "%s does not say that it answers this; declare the ErrorCode at its entry in Operations: %s",
                        id, what)
                .isNotNull();
        promised.path("headers").propertyNames().stream()
                .filter(name ->
                        DOCUMENT.at("/components/headers/" + name + "/required").asBoolean(true))
                .forEach(name -> assertThat(response.headers().firstValue(name))
                        .as("header %s of %s", name, what)
                        .isPresent());
        String type = response.headers().firstValue("Content-Type").orElse("").split(";", 2)[0];
        JsonNode content = promised.path("content");
        assertThat(content.isMissingNode() || content.has(type) || content.has("*/*"))
                .as("type %s of %s", type, what)
                .isTrue();
        boolean whole = !response.request().method().equals("HEAD");
        String key = key(id, Integer.toString(response.statusCode()));
        if (whole && type.equals("application/json") && BODIES.containsKey(key)) {
            assertThat(errors(key, response.body())).as(what).isEmpty();
        }
    }

    /** What is wrong with a body by the schema of an answer. */
    private static List<Error> errors(String key, String body) {
        Schema schema =
                COMPILED.computeIfAbsent(key, name -> REGISTRY.getSchema(SchemaLocation.of(BASE + "#/$defs/" + name)));
        return schema.validate(
                body,
                InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    /** What is wrong with a body that an operation is to answer with a status. */
    static List<Error> wrong(String operation, int status, String body) {
        return errors(key(operation, Integer.toString(status)), body);
    }

    private static void refusal(String body, String what) {
        if (!body.isEmpty()) {
            assertThat(errors(REFUSAL, body)).as(what).isEmpty();
        }
    }

    private static Map.@Nullable Entry<String, JsonNode> find(String path) {
        String[] segments = segments(path);
        for (Map.Entry<String, JsonNode> described : PATHS) {
            if (matches(segments(described.getKey()), segments)) {
                return described;
            }
        }
        return null;
    }

    private static boolean matches(String[] template, String[] path) {
        boolean open = template.length > 0 && template[template.length - 1].equals("{file}");
        if (open ? path.length < template.length : path.length != template.length) {
            return false;
        }
        for (int i = 0; i < template.length; i++) {
            if (!template[i].startsWith("{") && !template[i].equalsIgnoreCase(path[i])) {
                return false;
            }
        }
        return true;
    }

    private static String[] segments(String path) {
        String[] parts = path.split("/", -1);
        int end = parts.length > 1 && parts[parts.length - 1].isEmpty() ? parts.length - 1 : parts.length;
        return Arrays.copyOfRange(parts, Math.min(1, end), end);
    }

    private static String method(String method) {
        return method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT);
    }

    private static String key(String operation, String status) {
        return operation + "-" + status;
    }
}
