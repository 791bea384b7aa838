package dev.parley.gateway.http;

import static dev.parley.gateway.http.HttpBench.SESSIONS;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.gateway.http.HttpBench.Answer;
import dev.parley.protocol.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Holds the served document against what is answered. */
class OpenApiTest {
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
    @DisplayName("statuses and bodies are those that the document promises")
    void bodies() {
        String id = bench.create();
        String one = SESSIONS + "/" + id;
        String path = SESSIONS + "/{sessionId}";
        check("post", SESSIONS, bench.post(SESSIONS, "{\"userId\":\"ada\",\"agentId\":\"helper\"}"));
        check("post", SESSIONS, bench.post(SESSIONS, "{}"));
        check("get", SESSIONS, bench.get(SESSIONS));
        check("get", path, bench.get(one));
        check("get", path, bench.get(SESSIONS + "/unknown"));
        check("post", path + "/messages", bench.post(one + "/messages", "{\"content\":\"x\"}"));
        CompletableFuture<Answer> waiting = bench.sending(
                "POST",
                one + "/messages",
                "{\"content\":\"x\",\"messageId\":\"q\",\"transport\":\"http\"}",
                "Content-Type",
                "application/json");
        Awaitility.await()
                .until(() -> bench.get(one + "/messages").json().get("messages").size() == 2);
        bench.agentSays(id, "y", "q", null);
        check("post", path + "/messages", waiting.join());
        check("get", path + "/messages", bench.get(one + "/messages"));
        for (String operation : List.of("renew", "heartbeat", "touch")) {
            check("post", path + "/" + operation, bench.post(one + "/" + operation, ""));
        }
        check("patch", path + "/timeout", bench.patch(one + "/timeout", "{\"timeoutMinutes\":9}"));
        check("patch", path + "/metadata", bench.patch(one + "/metadata", "{\"a\":1}"));
        check("get", SESSIONS + "/active", bench.get(SESSIONS + "/active?userId=ada"));
        check("post", SESSIONS + "/resolve", bench.post(SESSIONS + "/resolve", "{\"userId\":\"u\",\"agentId\":\"a\"}"));
        check("post", SESSIONS + "/resolve", bench.post(SESSIONS + "/resolve", "{\"userId\":\"u\"}"));
        check("post", path + "/resume", bench.post(one + "/resume", ""));
        check("post", path + "/expire", bench.post(SESSIONS + "/" + bench.create() + "/expire", ""));
        check("post", path + "/complete", bench.post(SESSIONS + "/" + bench.create() + "/complete", "{}"));
        check("post", path + "/terminate", bench.post(SESSIONS + "/" + bench.create() + "/terminate", "{}"));
        check(
                "post",
                path + "/close",
                bench.post(SESSIONS + "/" + bench.create() + "/close", "{\"status\":\"error\"}"));
        check("delete", path, bench.send("DELETE", one, null));
        check("get", SESSIONS + "/health", bench.get(SESSIONS + "/health"));
        check("get", "/health", bench.get("/health"));
        check("get", "/ready", bench.get("/ready"));
        check("get", "/api/agents", bench.get("/api/agents"));
        check("get", "/api/agents/{id}", bench.get("/api/agents/unknown"));
    }

    private void check(String method, String path, Answer answer) {
        JsonNode responses = document.get("paths").get(path).get(method).get("responses");
        String status = Integer.toString(answer.status());
        assertThat(answer.status() >= 400 || responses.has(status))
                .as("%s %s answered %s %s", method, path, status, answer.body())
                .isTrue();
        JsonNode response = responses.get(answer.status() >= 400 ? "default" : status);
        ObjectNode schema = (ObjectNode)
                response.get("content").get("application/json").get("schema").deepCopy();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.set("components", document.get("components"));
        Schema compiled = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(Json.MAPPER.writeValueAsString(schema), InputFormat.JSON);
        List<Error> errors = compiled.validate(answer.body(), InputFormat.JSON);
        assertThat(errors).as("%s %s: %s", method, path, answer.body()).isEmpty();
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
