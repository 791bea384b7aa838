package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.catalog.Operations;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class AggregationEndpointsTest {
    @Test
    @DisplayName("an aggregation is created (201), added to and read over HTTP; what is wrong is told with its status")
    void aggregations() {
        try (HttpBench bench = new HttpBench()) {
            JsonNode made = bench.post(
                            Operations.AGGREGATIONS,
                            "{\"taskType\":\"t\",\"method\":\"manual\",\"results\":[{\"agentId\":\"agent://a\","
                                    + "\"result\":1,\"confidence\":1}]}")
                    .expect(201)
                    .json();
            assertThat(made.has("result")).isFalse();
            assertThat(made.get("requiresReview").asBoolean()).isTrue();
            String path =
                    Operations.AGGREGATIONS + "/" + made.get("aggregationId").asString();
            JsonNode added = bench.post(path + "/results", "{\"agentId\":\"b\",\"result\":2,\"confidence\":1}")
                    .expect(200)
                    .json();
            assertThat(added.get("conflicts")).hasSize(1);
            assertThat(bench.get(path).expect(200).json()).isEqualTo(added);

            bench.post(Operations.AGGREGATIONS, "{\"taskType\":\"t\",\"method\":\"manual\",\"results\":[]}")
                    .expect(400);
            bench.get(Operations.AGGREGATIONS + "/none").expect(404);
            bench.post(Operations.AGGREGATIONS + "/none/results", "{\"agentId\":\"b\",\"result\":2,\"confidence\":1}")
                    .expect(404);
            bench.breakStore();
            bench.get(path).expect(503);
        }
    }
}
