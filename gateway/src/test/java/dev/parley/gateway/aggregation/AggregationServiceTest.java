package dev.parley.gateway.aggregation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.session.Bench;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Aggregations by their operations. */
final class AggregationServiceTest {
    private static final Caller ELSEWHERE = new Caller("ada", Caller.USER, "elsewhere", false);

    private final Bench bench = new Bench();

    private JsonNode create(Caller caller, String more) {
        return bench.ask(caller, Operations.AGGREGATION_CREATE, params(more));
    }

    private static String params(String more) {
        return "{'taskType':'review','method':'consensus','results':[{'agentId':'a','result':'yes','confidence':0.9},"
                + "{'agentId':'b','result':'no','confidence':0.6}]" + more + "}";
    }

    private static String add(String id, String more) {
        return "{'aggregationId':'" + id + "'," + more + "}";
    }

    @Test
    void isMadeReadAndAddedTo() {
        JsonNode made = create(Bench.ADA, "");
        String id = made.get("aggregationId").asString();
        assertThat(made.get("result").asString()).isEqualTo("yes");
        assertThat(made.get("confidence").asDouble()).isEqualTo(0.8);
        assertThat(made.get("requiresReview").asBoolean()).isTrue();
        assertThat(bench.ask(Bench.BOB, Operations.AGGREGATION_GET, "{'aggregationId':'" + id + "'}"))
                .isEqualTo(made);

        bench.time.advance(Duration.ofSeconds(3));
        JsonNode changed = bench.ask(
                Bench.ADA,
                Operations.AGGREGATION_ADD,
                add(
                        id,
                        "'results':[{'agentId':'b','result':'yes','confidence':1},{'agentId':'c','error':{'code':7}}]"));
        assertThat(changed.get("confidence").asDouble()).isEqualTo(0.95);
        assertThat(changed.get("requiresReview").asBoolean()).isFalse();
        assertThat(changed.get("results").findValuesAsString("agentId")).containsExactly("a", "b", "c");
        assertThat(changed.get("createdAt")).isEqualTo(made.get("createdAt"));
        assertThat(changed.get("updatedAt").asString()).isEqualTo("2026-01-01T00:00:03.000Z");

        JsonNode single =
                bench.ask(Bench.ADA, Operations.AGGREGATION_ADD, add(id, "'agentId':'c','result':null,'confidence':1"));
        assertThat(single.get("conflicts")).hasSize(1);
        assertThat(single.get("results").get(2).get("result").isNull()).isTrue();
        assertThat(bench.ask(Bench.ADA, Operations.AGGREGATION_GET, "{'aggregationId':'" + id + "'}"))
                .isEqualTo(single);
    }

    @Test
    void weightsAndSpecialistsStay() {
        String id = bench.ask(
                        Bench.ADA,
                        Operations.AGGREGATION_CREATE,
                        "{'taskType':'t','method':'confidence_weighted','results':[{'agentId':'a','result':10,"
                                + "'confidence':1}],'weights':{'a':1,'b':3},'specialists':['a']}")
                .get("aggregationId")
                .asString();
        JsonNode added = bench.ask(
                Bench.ADA, Operations.AGGREGATION_ADD, add(id, "'agentId':'b','result':11.2,'confidence':0.1"));
        assertThat(added.get("result").asDouble()).isEqualTo(10.9);
        assertThat(added.get("specialists").get(0).asString()).isEqualTo("a");

        ProtocolException refused = bench.refused(
                Bench.ADA, Operations.AGGREGATION_ADD, add(id, "'agentId':'b','result':'eleven','confidence':0.1"));
        assertThat(refused.details()).containsEntry("field", "result");
        assertThat(bench.ask(Bench.ADA, Operations.AGGREGATION_GET, "{'aggregationId':'" + id + "'}"))
                .isEqualTo(added);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # instead of the results                                    | named in the refusal
            'results':[]                                                | results
            'results':[{'agentId':'a','confidence':1}]                  | results[0].result
            'results':[{'agentId':'a','result':1}]                      | results[0].confidence
            'results':[{'agentId':'a','result':1,'confidence':1.1}]     | results[0].confidence
            'results':[{'agentId':'a','result':1,'confidence':-0.1}]    | results[0].confidence
            'results':[{'agentId':'a','error':1,'confidence':2}]        | results[0].confidence
            'results':[{'agentId':'a b','result':1,'confidence':1}]     | results[0].agentId
            'results':[{'agentId':'a','result':1,'confidence':'1'}]     | results[0].confidence
            'results':[{'agentId':'a','result':1,'confidence':1,'completionMs':-1}] | results[0].completionMs
            'results':[7]                                               | results[0]
            'results':{}                                                | results
            'results':[{'agentId':'a','result':1,'confidence':1}],'method':'vote'    | method
            'results':[{'agentId':'a','result':1,'confidence':1}],'taskType':' '     | taskType
            'results':[{'agentId':'a','result':1,'confidence':1}],'weights':{'a':-1} | weights.a
            'results':[{'agentId':'a','result':1,'confidence':1}],'weights':{'a':1e7}| weights.a
            'results':[{'agentId':'a','result':1,'confidence':1}],'weights':{'':1}   | weights
            'results':[{'agentId':'a','result':1,'confidence':1}],'specialists':['a b'] | specialists[0]
            'results':[{'agentId':'a','result':'1','confidence':1}],'method':'confidence_weighted' | results[0].result
            'results':[{'agentId':'a','result':1e400,'confidence':1}],'method':'confidence_weighted' | results[0].result
            """)
    void refusesWhatCannotBeBroughtTogether(String given, String field) {
        StringBuilder params = new StringBuilder("{" + given);
        params.append(given.contains("'method'") ? "" : ",'method':'consensus'");
        params.append(given.contains("'taskType'") ? "" : ",'taskType':'t'").append('}');
        ProtocolException refused = bench.refused(Bench.ADA, Operations.AGGREGATION_CREATE, params.toString());
        assertThat(refused.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refused.details()).containsEntry("field", field);
    }

    @Test
    void namesAllThatIsWrongAtOnce() {
        ProtocolException refused = bench.refused(
                Bench.ADA,
                Operations.AGGREGATION_CREATE,
                "{'taskType':'t','method':'consensus','results':[{'agentId':'a','confidence':7},{'agentId':'b'}],"
                        + "'weights':{'a':-1}}");
        assertThat((List<?>) refused.details().get("fields")).hasSize(5);
        assertThat(bench.refused(Bench.ADA, Operations.AGGREGATION_CREATE, "{}").details())
                .containsEntry("missingFields", List.of("taskType", "method", "results"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            'method':'consensus'                                | results
            'results':[]                                        | results
            'results':[],'agentId':'a'                          | results
            'agentId':'a'                                       | result
            'agentId':'a','result':1,'confidence':2             | confidence
            """)
    void refusesToAddWhatIsNoResult(String given, String field) {
        String id = create(Bench.ADA, "").get("aggregationId").asString();
        assertThat(bench.refused(Bench.ADA, Operations.AGGREGATION_ADD, add(id, given))
                        .details())
                .containsEntry("field", field);
    }

    @Test
    void keepsAnyJsonAsItCameAndRefusesWhatNestsTooDeep() {
        String deep = "[".repeat(100) + "]".repeat(100);
        String odd = "{'n':1e999,'long':123456789012345678901234567890}";
        JsonNode made = create(Bench.ADA, ",'sessionId':null,'unknown':1,'specialists':null");
        String id = made.get("aggregationId").asString();
        bench.ask(Bench.ADA, Operations.AGGREGATION_ADD, add(id, "'agentId':'d','confidence':1,'result':" + deep));
        bench.ask(Bench.ADA, Operations.AGGREGATION_ADD, add(id, "'agentId':'e','confidence':1,'result':" + odd));
        assertThat(Objects.requireNonNull(
                                bench.memory.aggregations().get("default", id).block())
                        .document()
                        .toString())
                .contains(odd.replace('\'', '"'), deep);
        assertThat(bench.refused(
                                Bench.ADA,
                                Operations.AGGREGATION_ADD,
                                add(id, "'agentId':'d','confidence':1,'result':[" + deep + "]"))
                        .details())
                .containsEntry("field", "result");
    }

    @Test
    void isBoundedInAgentsAndBytes() {
        String id = create(Bench.ADA, "").get("aggregationId").asString();
        List<String> many = new ArrayList<>();
        IntStream.range(0, 199).forEach(i -> many.add("{'agentId':'x" + i + "','result':1,'confidence':1}"));
        assertThat(bench.refused(
                                Bench.ADA,
                                Operations.AGGREGATION_ADD,
                                add(id, "'results':[" + String.join(",", many) + "]"))
                        .details())
                .containsEntry("field", "results");
        ProtocolException large = bench.refused(
                Bench.ADA,
                Operations.AGGREGATION_ADD,
                add(id, "'agentId':'x','confidence':1,'result':'" + "x".repeat(256 << 10) + "'"));
        assertThat(large.code()).isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    @Test
    void isKeptForADayInItsWorkspaceOnly() {
        String ref = "{'aggregationId':'"
                + create(Bench.ADA, "").get("aggregationId").asString() + "'}";
        assertThat(bench.refused(ELSEWHERE, Operations.AGGREGATION_GET, ref).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        bench.time.advance(Duration.ofHours(24).minusMillis(1));
        bench.ask(Bench.ADA, Operations.AGGREGATION_GET, ref);
        bench.time.advance(Duration.ofMillis(1));
        assertThat(bench.refused(Bench.ADA, Operations.AGGREGATION_GET, ref).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void thatOfASessionIsForThoseWhoTakePart() {
        String session = bench.session();
        ProtocolException stranger =
                bench.refused(Bench.BOB, Operations.AGGREGATION_CREATE, params(",'sessionId':'" + session + "'"));
        assertThat(stranger.code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.BOB, Operations.AGGREGATION_CREATE, params(",'sessionId':'none'"))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        String id = create(Bench.HELPER, ",'sessionId':'" + session + "'")
                .get("aggregationId")
                .asString();
        String ref = "{'aggregationId':'" + id + "'}";
        String more = add(id, "'agentId':'c','result':'no','confidence':1");
        assertThat(bench.refused(Bench.BOB, Operations.AGGREGATION_GET, ref).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.BOB, Operations.AGGREGATION_ADD, more).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        bench.ask(Bench.ADA, Operations.AGGREGATION_ADD, more);
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, "{'sessionId':'" + session + "'}");
        assertThat(bench.refused(Bench.ADA, Operations.AGGREGATION_ADD, more).code())
                .isEqualTo(ErrorCode.SESSION_ENDED);
        assertThat(bench.ask(Bench.ADA, Operations.AGGREGATION_GET, ref)
                        .get("sessionId")
                        .asString())
                .isEqualTo(session);
    }

    @Test
    void manyWhoAddAtOnceLoseNothing() {
        String id = create(Bench.ADA, "").get("aggregationId").asString();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String one = add(id, "'agentId':'x" + i + "','result':'yes','confidence':1");
            all.add(CompletableFuture.runAsync(() -> bench.ask(Bench.ADA, Operations.AGGREGATION_ADD, one)));
        }
        CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).join();
        JsonNode after = bench.ask(Bench.ADA, Operations.AGGREGATION_GET, "{'aggregationId':'" + id + "'}");
        assertThat(after.get("results")).hasSize(42);
        assertThat(after.get("result").asString()).isEqualTo("yes");
    }
}
