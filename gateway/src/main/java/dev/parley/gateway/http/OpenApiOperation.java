package dev.parley.gateway.http;

import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Examples;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Refusals;
import dev.parley.protocol.catalog.Schemas;
import dev.parley.protocol.session.Versioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One operation of the catalogue as OpenAPI describes it. */
final class OpenApiOperation {
    private static final String IF_MATCH = "ifMatch";

    private final Operation<?, ?> operation;
    private final HttpBinding binding;
    private final Map<String, Object> schemas;
    private final List<Object> parameters;
    private final Map<String, Object> members = new LinkedHashMap<>();
    private final List<String> required = new ArrayList<>();
    private final Map<?, ?> params;
    private final Map<String, Object> example;

    private OpenApiOperation(Operation<?, ?> operation, HttpBinding binding, Map<String, Object> schemas) {
        this.operation = operation;
        this.binding = binding;
        this.schemas = schemas;
        this.parameters = OpenApi.pathParameters(binding.path());
        this.example = Examples.of(operation.params());
        Map<String, Object> definitions = new LinkedHashMap<>();
        Schemas.givenReference(operation.params(), OpenApi.SCHEMAS, definitions);
        this.params = (Map<?, ?>)
                Objects.requireNonNull(definitions.remove(Schemas.name(operation.params()) + Schemas.GIVEN));
        definitions.forEach(schemas::putIfAbsent);
        readParams();
    }

    /**
     * Describes an operation.
     *
     * @param schemas gets the schemas that the description refers to
     */
    static Map<String, Object> describe(Operation<?, ?> operation, HttpBinding binding, Map<String, Object> schemas) {
        return new OpenApiOperation(operation, binding, schemas).describe();
    }

    /** Sorts out which of the params the path does not hold. */
    private void readParams() {
        String path = binding.path() + "/";
        properties().forEach((name, schema) -> {
            if (!path.contains("/:" + name + "/")) {
                members.put((String) name, schema);
            }
        });
        parameters.forEach(this::restrict);
        if (params.get("required") instanceof List<?> names) {
            names.forEach(name -> {
                if (members.containsKey((String) name)) {
                    required.add((String) name);
                }
            });
        }
        example.keySet().retainAll(members.keySet());
    }

    private Map<?, ?> properties() {
        return Objects.requireNonNull((Map<?, ?>) params.get("properties"));
    }

    /** Gives a parameter of the path the form that its member of the params has. */
    @SuppressWarnings("unchecked")
    private void restrict(Object parameter) {
        Map<String, Object> described = (Map<String, Object>) parameter;
        Map<?, ?> member = (Map<?, ?>) properties().get(described.get("name"));
        Map<String, Object> schema = Objects.requireNonNull((Map<String, Object>) described.get("schema"));
        for (String keyword : List.of("pattern", "maxLength")) {
            if (member != null && member.containsKey(keyword)) {
                schema.put(keyword, member.get(keyword));
            }
        }
    }

    private Map<String, Object> describe() {
        String name = operation.name();
        Map<String, Object> described = OpenApiParts.map(
                "operationId",
                name,
                "summary",
                operation.summary(),
                "tags",
                List.of(name.substring(0, Math.max(0, name.indexOf('.')))));
        boolean conditional = members.containsKey(IF_MATCH);
        if (!binding.takesBody(operation.params())) {
            members.forEach((member, schema) -> parameters.add(queryParameter(member, schema)));
        }
        if (conditional) {
            parameters.add(OpenApiParts.parameter(
                    "header",
                    "If-Match",
                    OpenApiParts.map("type", "string", "pattern", "^([0-9]{1,18}|\"[0-9]{1,18}\")$"),
                    "\"3\""));
        }
        parameters.add(OpenApiParts.userId());
        described.put("parameters", parameters);
        if (binding.takesBody(operation.params())) {
            described.put("requestBody", requestBody());
        }
        described.put("responses", responses());
        return described;
    }

    private Map<String, Object> queryParameter(String member, Object schema) {
        Map<String, Object> plain = new LinkedHashMap<>();
        // A query has no null; what is left out is not there.
        ((Map<?, ?>) schema).forEach((key, value) -> plain.put((String) key, value));
        if (plain.get("type") instanceof List<?> types) {
            List<Object> kept = new ArrayList<>(types);
            kept.remove("null");
            plain.put("type", kept.size() == 1 ? kept.get(0) : kept);
        }
        Map<String, Object> parameter = OpenApiParts.map("name", member, "in", "query");
        if (required.contains(member)) {
            parameter.put("required", true);
        }
        parameter.put("schema", plain);
        if (example.containsKey(member)) {
            parameter.put("example", example.get(member));
        }
        return parameter;
    }

    private Map<String, Object> requestBody() {
        Map<String, Object> content;
        String bodyAs = binding.bodyAs();
        boolean needed = !required.isEmpty() || params.containsKey("anyOf");
        if (bodyAs != null) {
            content = OpenApiParts.map(
                    "schema", Objects.requireNonNull(members.get(bodyAs)),
                    "example", Objects.requireNonNull(example.get(bodyAs)));
            needed = false;
        } else {
            Map<String, Object> schema = OpenApiParts.map("type", "object", "properties", members);
            if (operation.equals(Operations.MESSAGE_SEND)) {
                members.putAll(OpenApiParts.transports());
            }
            if (!required.isEmpty()) {
                schema.put("required", required);
            }
            if (params.get("anyOf") instanceof List<?> either) {
                schema.put("anyOf", either);
            }
            content = OpenApiParts.map("schema", schema, "example", example);
        }
        Map<String, Object> body = OpenApiParts.map("content", OpenApiParts.map("application/json", content));
        if (needed) {
            body.put("required", true);
        }
        return body;
    }

    private Map<String, Object> responses() {
        Map<String, Object> responses = new LinkedHashMap<>();
        if (operation.equals(Operations.MESSAGE_SEND)) {
            responses.put("200", OpenApiParts.eventStream("With the sse transport: the reply while it is written."));
            responses.put(
                    "201",
                    OpenApiParts.map(
                            "description",
                            "The message is stored; with the http transport, the reply is there.",
                            "content",
                            OpenApiParts.map("application/json", OpenApiParts.withSchema(OpenApi.SCHEMAS + "Sent"))));
        } else {
            Map<String, Object> success = success();
            responses.put(Integer.toString(binding.status()), success);
            if (operation.equals(Operations.ENVELOPE_SEND)) {
                Map<String, Object> settled = new LinkedHashMap<>(success);
                settled.put("description", operation.summary() + " The answer that was waited for is there.");
                responses.put("200", settled);
            }
            if (binding.mayMake()) {
                Map<String, Object> made = new LinkedHashMap<>(success);
                made.put("description", operation.summary() + " This call made it.");
                responses.put(Integer.toString(HttpBinding.CREATED), made);
            }
        }
        OpenApiParts.addRefusals(responses, Refusals.overHttp(operation, binding));
        return responses;
    }

    private Map<String, Object> success() {
        Map<String, Object> schema = Schemas.reference(operation.result(), OpenApi.SCHEMAS, schemas);
        Map<String, Object> success = OpenApiParts.map("description", operation.summary());
        if (Versioned.class.isAssignableFrom(operation.result())) {
            success.put("headers", OpenApiParts.map("ETag", OpenApiParts.header("ETag")));
        }
        success.put(
                "content",
                OpenApiParts.map(
                        "application/json",
                        OpenApiParts.map("schema", schema, "example", Examples.of(operation.result()))));
        return success;
    }
}
