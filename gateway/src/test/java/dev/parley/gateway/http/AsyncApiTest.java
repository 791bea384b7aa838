package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Refusals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The AsyncAPI document has all that a socket is asked for and pushes, and its schemas take what is really sent. */
class AsyncApiTest {
    /** A vector whose params are not those of a push. */
    private static final String ABOUT_THE_FRAME = "an event without members of its own";

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7);
    private static final JsonNode DOCUMENT = Json.MAPPER.readTree(Json.write(AsyncApi.document()));

    @Test
    @DisplayName("it is served as it is made")
    void served() {
        try (HttpBench bench = new HttpBench()) {
            assertThat(bench.get("/asyncapi.json").expect(200).json()).isEqualTo(DOCUMENT);
        }
    }

    @Test
    @DisplayName("it has the structure of AsyncAPI 3.0")
    void structure() {
        assertThat(DOCUMENT.get("asyncapi").asString()).isEqualTo("3.0.0");
        assertThat(DOCUMENT.propertyNames())
                .containsExactlyInAnyOrder(
                        "asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components");
        assertThat(DOCUMENT.at("/info/title").asString()).isNotEmpty();
        assertThat(DOCUMENT.at("/info/version").asString()).isNotEmpty();
        assertThat(DOCUMENT.at("/servers/gateway").propertyNames()).contains("host", "protocol");
        assertThat(DOCUMENT.at("/channels/socket/address").asString()).isEqualTo("/ws");
        assertThat(DOCUMENT.get("operations")).allSatisfy(operation -> {
            assertThat(operation.get("action").asString()).isIn("send", "receive");
            assertThat(operation.at("/channel/$ref").asString()).isEqualTo("#/channels/socket");
            assertThat(operation.get("messages")).isNotEmpty();
        });
        for (String kind : List.of("schemas", "messages")) {
            assertThat(DOCUMENT.get("components").get(kind).propertyNames())
                    .allMatch(name -> name.matches("[A-Za-z0-9._-]+"));
        }
    }

    @Test
    @DisplayName("every operation and every push is there, and nothing else")
    void catalogue() {
        TreeSet<String> expected = new TreeSet<>();
        Operations.all().forEach(operation -> expected.add(operation.name()));
        EventTypes.all().forEach(push -> expected.add("push." + push));
        expected.add("malformed");
        assertThat(new TreeSet<>(DOCUMENT.get("operations").propertyNames())).isEqualTo(expected);
        for (Operation<?, ?> operation : Operations.all()) {
            JsonNode described = DOCUMENT.get("operations").get(operation.name());
            assertThat(described.get("summary").asString()).isEqualTo(operation.summary());
            assertThat(described.at("/reply/messages")).hasSize(2);
            TreeSet<String> shown = new TreeSet<>();
            message(operation.name() + ".error")
                    .get("examples")
                    .forEach(example ->
                            shown.add(example.at("/payload/error/data/code").asString()));
            assertThat(shown)
                    .containsExactlyInAnyOrderElementsOf(Refusals.overSocket(operation).stream()
                            .map(ErrorCode::name)
                            .toList());
        }
    }

    @Test
    @DisplayName("every reference leads somewhere")
    void references() {
        List<String> references = new ArrayList<>();
        collect(DOCUMENT, references);
        assertThat(references)
                .hasSizeGreaterThan(100)
                .allSatisfy(reference -> assertThat(
                                DOCUMENT.at(reference.substring(1)).isObject())
                        .as(reference)
                        .isTrue());
    }

    @Test
    @DisplayName("every example is valid by its message's schema, and another frame is not")
    void examples() {
        for (Map.Entry<String, JsonNode> message :
                DOCUMENT.at("/components/messages").properties()) {
            Schema schema = schema(message.getValue().get("payload"));
            assertThat(message.getValue().get("examples"))
                    .isNotEmpty()
                    .allSatisfy(example -> assertThat(schema.validate(example.get("payload")))
                            .as(message.getKey())
                            .isEmpty());
            assertThat(schema.validate(Json.MAPPER.readTree("{\"jsonrpc\":\"2.0\"}")))
                    .as(message.getKey())
                    .isNotEmpty();
        }
    }

    @Test
    @DisplayName("the golden vectors of pushes are valid by their schemas")
    void vectors() throws IOException {
        JsonNode file = Json.MAPPER.readTree(Files.readAllBytes(
                Path.of("..", "protocol", "src", "test", "resources", "vectors", "frames-out.json")));
        int held = 0;
        for (JsonNode vector : file.get("vectors")) {
            JsonNode frame = Json.MAPPER.readTree(vector.get("frame").asString());
            JsonNode method = frame.get("method");
            boolean bare = vector.get("name").asString().equals(ABOUT_THE_FRAME);
            if (method != null && !bare && EventTypes.all().contains(method.asString())) {
                assertThat(schema(message(method.asString()).get("payload")).validate(frame))
                        .as(vector.get("name").asString())
                        .isEmpty();
                held++;
            }
        }
        assertThat(held).isGreaterThan(10);
    }

    @Test
    @DisplayName("every close code is there, with its advice")
    void closeCodes() {
        JsonNode codes = DOCUMENT.at("/channels/socket/x-close-codes");
        assertThat(codes).hasSize(CloseCode.values().length);
        assertThat(Stream.of(CloseCode.values()).map(CloseCode::code))
                .allSatisfy(code -> assertThat(codes).anySatisfy(described -> {
                    assertThat(described.get("code").asInt()).isEqualTo(code);
                    assertThat(described.get("reconnect").asBoolean()).isEqualTo(CloseCode.reconnectAdvised(code));
                }));
    }

    private static JsonNode message(String name) {
        return DOCUMENT.get("components").get("messages").get(name);
    }

    private static Schema schema(JsonNode payload) {
        ObjectNode root = payload.deepCopy().asObject();
        root.put("$schema", "http://json-schema.org/draft-07/schema#");
        root.set("components", DOCUMENT.get("components"));
        return REGISTRY.getSchema(root);
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
