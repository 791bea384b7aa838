package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.gateway.http.HttpBench.Answer;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Refusals;
import dev.parley.protocol.catalog.Schemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Holds the served document against what is answered. */
class OpenApiTest {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private HttpBench bench;
    private JsonNode document;

    @BeforeEach
    void start() {
        bench = new HttpBench();
        document = bench.get("/openapi.json").expect(200).json();
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    @DisplayName("the document has every route, and no other")
    void routes() {
        Set<String> described = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            for (String method : path.getValue().propertyNames()) {
                described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
            }
        }
        Set<String> real = new TreeSet<>();
        bench.server
                .routes()
                .forEach(route -> real.add(route.replaceAll(":(\\w+)", "{$1}").replace("*", "{file}")));
        assertThat(described).isEqualTo(real);
        assertThat(document.get("openapi").asString()).isEqualTo("3.1.0");
    }

    @Test
    @DisplayName("every reference leads somewhere")
    void references() {
        List<String> references = new ArrayList<>();
        collect(document, references);
        assertThat(references)
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
    }

    @Test
    @DisplayName("every operation of the catalogue that has a place over HTTP is described whole")
    void catalogue() {
        for (Operation<?, ?> operation : Operations.all()) {
            HttpBinding binding = operation.http();
            if (binding == null) {
                continue;
            }
            String name = operation.name();
            JsonNode described = document.get("paths")
                    .get(binding.path().replaceAll(":(\\w+)", "{$1}"))
                    .get(binding.method().toLowerCase(Locale.ROOT));
            assertThat(described.get("operationId").asString()).isEqualTo(name);
            assertThat(described.get("summary").asString()).isEqualTo(operation.summary());
            assertThat(described.has("requestBody")).as(name).isEqualTo(binding.takesBody(operation.params()));
            JsonNode responses = described.get("responses");
            assertThat(responses.has(Integer.toString(binding.status())))
                    .as(name)
                    .isTrue();
            assertThat(!binding.mayMake() || responses.has("201")).as(name).isTrue();
            for (ErrorCode code : Refusals.overHttp(operation, binding)) {
                JsonNode refused = responses
                        .get(Integer.toString(code.status()))
                        .get("content")
                        .get("application/json");
                assertThat(refused.at("/schema/properties/error/properties/code/enum")
                                .toString())
                        .as(name)
                        .contains("\"" + code + "\"");
                assertThat(refused.at("/examples/" + code + "/$ref").asString())
                        .as(name)
                        .isEqualTo("#/components/examples/" + code);
            }
        }
    }

    @Test
    @DisplayName("every example is valid by the schema it stands beside")
    void examples() {
        int[] count = {0};
        examples(document.get("paths"), count);
        assertThat(count[0]).isGreaterThan(2 * Operations.all().size());
    }

    @Test
    @DisplayName("a body that is wrong is found by what holds answers to the document")
    void holds() {
        Answer right = bench.get("/health").expect(200);
        assertThat(DescribedApi.wrong("health", 200, right.body())).isEmpty();
        assertThat(DescribedApi.wrong("health", 200, "{\"status\":\"healthy\"}"))
                .isNotEmpty();
        assertThat(DescribedApi.wrong(
                        "session.get", 404, bench.get(SESSIONS + "/unknown").body()))
                .isEmpty();
        assertThat(DescribedApi.wrong(
                        "session.get", 410, bench.get(SESSIONS + "/unknown").body()))
                .isNotEmpty();
    }

    /** Holds each example of a tree to the schema beside it. */
    private void examples(JsonNode node, int[] count) {
        if (node.isObject() && node.has("schema")) {
            if (node.has("example")) {
                valid(node.get("schema"), node.get("example"));
                count[0]++;
            }
            for (Map.Entry<String, JsonNode> example : node.path("examples").properties()) {
                JsonNode found =
                        document.at(example.getValue().get("$ref").asString().substring(1));
                valid(node.get("schema"), found.get("value"));
                count[0]++;
            }
        }
        if (node.isContainer()) {
            node.forEach(child -> examples(child, count));
        }
    }

    private void valid(JsonNode schema, JsonNode example) {
        ObjectNode root = schema.deepCopy().asObject();
        root.put("$schema", Schemas.DIALECT);
        root.set("components", document.get("components"));
        assertThat(REGISTRY.getSchema(root).validate(example))
                .as(schema + " " + example)
                .isEmpty();
    }

    private static void collect(JsonNode node, List<String> references) {
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (member.getKey().equals("$ref")) {
                references.add(member.getValue().asString());
            }
        }
        node.forEach(child -> collect(child, references));
    }
}
