package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Who may do what with tasks, and what is refused. */
final class TasksTest {
    private static final Caller CRITIC = new Caller("critic", Caller.AGENT, "default", false);

    private final Bench bench = new Bench();

    private String delegate(Caller caller, String more) {
        return bench.ask(
                        caller,
                        Operations.TASK_DELEGATE,
                        "{'delegatee':'helper','taskType':'review','payload':{'n':1}" + more + "}")
                .get("taskId")
                .asString();
    }

    private static String task(String id, String more) {
        return "{'taskId':'" + id + "'" + more + "}";
    }

    private List<String> list(Caller caller, String params) {
        return bench.ask(caller, Operations.TASK_LIST, params)
                .get("tasks")
                .valueStream()
                .map(task -> task.get("taskId").asString())
                .toList();
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        JsonNode task = bench.ask(
                Bench.ADA, Operations.TASK_DELEGATE, "{'delegatee':'helper','taskType':'review','payload':[1]}");
        assertThat(task.get("delegator").asString()).isEqualTo("ada");
        assertThat(task.get("priority").asString()).isEqualTo("medium");
        assertThat(task.get("timeoutMs").asLong()).isEqualTo(300_000);
        assertThat(task.get("retryPolicy").get("maxRetries").asInt()).isZero();
        assertThat(task.get("status").asString()).isEqualTo("pending");
        assertThat(task.get("attempt").asInt()).isEqualTo(1);
        assertThat(task.has("sessionId")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ",'delegatee':'a b' | delegatee",
                ",'taskType':'  ' | taskType",
                ",'priority':'urgent' | priority",
                ",'timeoutMs':0 | timeoutMs",
                ",'timeoutMs':86400001 | timeoutMs",
                ",'retryPolicy':{'maxRetries':11} | retryPolicy.maxRetries",
                ",'retryPolicy':{'maxRetries':-1} | retryPolicy.maxRetries",
                ",'retryPolicy':{'backoff':'random'} | retryPolicy.backoff",
                ",'retryPolicy':{'initialDelayMs':3600001} | retryPolicy.initialDelayMs",
                ",'fallbackAgents':['a','b c'] | fallbackAgents",
                ",'fallbackAgents':['1','2','3','4','5','6','7','8','9','10','11'] | fallbackAgents",
            })
    void aWrongMemberIsNamed(String more, String field) {
        ProtocolException refusal = bench.refused(
                Bench.ADA,
                Operations.TASK_DELEGATE,
                "{'delegatee':'helper','taskType':'review','payload':{}" + more + "}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details().toString()).contains(field);
        assertThat(list(Bench.ADA, "{}")).isEmpty();
    }

    @Test
    void payloadsHaveABoundAndComeBackAsTheyWere() {
        String strange = "{\"big\":1e999,\"long\":123456789012345678901234567890,\"deep\":" + "[".repeat(90)
                + "]".repeat(90) + "}";
        String id = bench.ask(
                        Bench.ADA,
                        Operations.TASK_DELEGATE,
                        "{'delegatee':'helper','taskType':'t','payload':" + strange.replace('"', '\'') + "}")
                .get("taskId")
                .asString();
        Object read = bench.mono(new Call(Bench.ADA, null), Operations.TASK_GET, task(id, ""))
                .block();
        assertThat(new String(Json.write(Objects.requireNonNull(read)), StandardCharsets.UTF_8))
                .contains(strange);
        String wide = "{'delegatee':'helper','taskType':'t','payload':'" + "x".repeat(65_536) + "'}";
        assertThat(bench.refused(Bench.ADA, Operations.TASK_DELEGATE, wide).code())
                .isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
        String deep = "{'delegatee':'helper','taskType':'t','payload':" + "[".repeat(101) + "]".repeat(101) + "}";
        assertThat(bench.refused(Bench.ADA, Operations.TASK_DELEGATE, deep).code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(bench.refused(
                                Bench.HELPER,
                                Operations.TASK_UPDATE,
                                task(id, ",'result':'" + "x".repeat(65_536) + "'"))
                        .code())
                .isEqualTo(ErrorCode.PAYLOAD_TOO_LARGE);
    }

    @Test
    void aSessionHasToBeLiveAndTheCallers() {
        String session = bench.session();
        String in = ",'sessionId':'" + session + "'";
        String id = delegate(Bench.ADA, in);
        assertThat(list(Bench.ADA, "{'sessionId':'" + session + "'}")).containsExactly(id);
        assertThat(bench.ask(Bench.HELPER, Operations.TASK_GET, task(id, ""))
                        .get("sessionId")
                        .asString())
                .isEqualTo(session);
        String params = "{'delegatee':'helper','taskType':'t','payload':1,'sessionId':'";
        assertThat(bench.refused(Bench.BOB, Operations.TASK_DELEGATE, params + session + "'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.BOB, Operations.TASK_LIST, "{'sessionId':'" + session + "'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.ADA, Operations.TASK_DELEGATE, params + "none'}")
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        assertThat(bench.refused(Bench.ELSEWHERE, Operations.TASK_DELEGATE, params + session + "'}")
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(session));
        assertThat(bench.refused(Bench.ADA, Operations.TASK_DELEGATE, params + session + "'}")
                        .code())
                .isEqualTo(ErrorCode.SESSION_ENDED);
    }

    @Test
    void aTaskOfADeletedSessionIsNoneOfTheNextOneWithItsId() {
        String made = "{'userId':'ada','agentId':'helper','sessionId':'again'}";
        bench.session(made);
        String id = delegate(Bench.ADA, ",'sessionId':'again'");
        bench.ask(Bench.ADA, Operations.SESSION_DELETE, Bench.ref("again"));
        bench.session(made);
        assertThat(list(Bench.ADA, "{'sessionId':'again'}")).isEmpty();
        assertThat(list(Bench.ADA, "{}")).containsExactly(id);
        bench.session("{'userId':'bob','agentId':'critic','sessionId':'other'}");
        assertThat(bench.refused(CRITIC, Operations.TASK_GET, task(id, "")).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void onlyWhoIsConcernedReadsAndActs() {
        String id = delegate(Bench.ADA, ",'fallbackAgents':['critic']");
        assertThat(bench.refused(Bench.BOB, Operations.TASK_GET, task(id, "")).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        bench.ask(CRITIC, Operations.TASK_GET, task(id, ""));
        assertThat(bench.refused(Bench.ELSEWHERE, Operations.TASK_GET, task(id, ""))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(bench.refused(Bench.HELPER, Operations.TASK_CANCEL, task(id, ""))
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(CRITIC, Operations.TASK_UPDATE, task(id, ",'progress':1"))
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.ADA, Operations.TASK_UPDATE, task(id, ",'progress':1,'agentId':'helper'"))
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.BOB, Operations.TASK_LIST, "{'delegatee':'helper'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(
                                Bench.ADA,
                                Operations.TASK_DELEGATE,
                                "{'delegatee':'a','taskType':'t','payload':1,'delegator':'bob'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(list(Bench.HELPER, "{}")).containsExactly(id);
        assertThat(list(Bench.PROGRAM, "{'delegatee':'helper','status':'pending,in_progress'}"))
                .containsExactly(id);
        assertThat(list(Bench.PROGRAM, "{'status':['completed']}")).isEmpty();
        assertThat(bench.refused(Bench.PROGRAM, Operations.TASK_LIST, "{'status':'done'}")
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(bench.refused(Bench.PROGRAM, Operations.TASK_LIST, "{'cursor':'x'}")
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | VALIDATION_ERROR",
                ",'status':'done' | VALIDATION_ERROR",
                ",'status':'cancelled' | VALIDATION_ERROR",
                ",'progress':101 | VALIDATION_ERROR",
                ",'progress':-1 | VALIDATION_ERROR",
                ",'progress':'half' | VALIDATION_ERROR",
                ",'progress':1,'attempt':0 | VALIDATION_ERROR",
                ",'progress':1,'attempt':2 | FORBIDDEN",
                ",'progress':1,'agentId':'critic' | FORBIDDEN",
            })
    void aWrongUpdateIsRefusedAndChangesNothing(String more, String code) {
        String id = delegate(Bench.ADA, "");
        assertThat(bench.refused(Bench.HELPER, Operations.TASK_UPDATE, task(id, more))
                        .code()
                        .name())
                .isEqualTo(code);
        assertThat(bench.ask(Bench.ADA, Operations.TASK_GET, task(id, ""))
                        .get("status")
                        .asString())
                .isEqualTo("pending");
    }

    @Test
    void withoutAnIdentityAnUpdateHasToNameItsTurnOnceThereWasMoreThanOne() {
        String id = delegate(Bench.ADA, ",'fallbackAgents':['critic']");
        bench.ask(Bench.PROGRAM, Operations.TASK_UPDATE, task(id, ",'status':'failed','error':{'why':'tired'}"));
        ProtocolException refusal =
                bench.refused(Bench.PROGRAM, Operations.TASK_UPDATE, task(id, ",'status':'completed'"));
        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", "attempt");
        assertThat(bench.refused(
                                Bench.PROGRAM,
                                Operations.TASK_UPDATE,
                                task(id, ",'status':'completed','agentId':'helper'"))
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        JsonNode done = bench.ask(
                Bench.PROGRAM, Operations.TASK_UPDATE, task(id, ",'status':'completed','attempt':2,'result':[1]"));
        assertThat(done.get("status").asString()).isEqualTo("completed");
        assertThat(done.get("delegatee").asString()).isEqualTo("critic");
        ProtocolException late = bench.refused(Bench.PROGRAM, Operations.TASK_CANCEL, task(id, ""));
        assertThat(late.code()).isEqualTo(ErrorCode.TASK_FINISHED);
        assertThat(late.details()).containsEntry("status", "completed").containsEntry("taskId", id);
        assertThat(bench.refused(Bench.PROGRAM, Operations.TASK_UPDATE, task(id, ",'progress':1,'attempt':2"))
                        .code())
                .isEqualTo(ErrorCode.TASK_FINISHED);
        assertThat(bench.refused(Bench.PROGRAM, Operations.TASK_UPDATE, task("none", ",'progress':1"))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
        bench.time.advance(Duration.ofMinutes(61));
        assertThat(bench.refused(Bench.ADA, Operations.TASK_GET, task(id, "")).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void agentsHaveToBeKnownWhereTheyAreNotOpen() {
        Bench closed = new Bench(Bench.config(false, true, Map.of()));
        ProtocolException refusal = closed.refused(
                Bench.ADA, Operations.TASK_DELEGATE, "{'delegatee':'nobody','taskType':'t','payload':1}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.AGENT_NOT_FOUND);
        assertThat(refusal.details()).containsEntry("agentId", "nobody");
    }

    @Test
    void anAgentWithTooMuchToDoIsGivenNoMore() {
        for (int i = 0; i < 1_000; i++) {
            delegate(Bench.PROGRAM, "");
        }
        ProtocolException refusal = bench.refused(
                Bench.PROGRAM, Operations.TASK_DELEGATE, "{'delegatee':'helper','taskType':'t','payload':1}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.RATE_LIMITED);
        assertThat(refusal.details()).containsEntry("limit", "agent").containsKey("retryAfterMs");
        JsonNode page = bench.ask(Bench.HELPER, Operations.TASK_LIST, "{'limit':100}");
        assertThat(page.get("tasks")).hasSize(100);
        String next = page.get("nextCursor").asString();
        assertThat(bench.ask(Bench.HELPER, Operations.TASK_LIST, "{'limit':100,'cursor':'" + next + "'}")
                        .get("tasks")
                        .get(0))
                .isNotEqualTo(page.get("tasks").get(0));
    }

    @Test
    void whoDoesNotKnowWhetherItWasMadeIsToldHowToLook() {
        bench.store.loseAnswer("create", new StoreException.Unavailable("away", true));
        ProtocolException refusal =
                bench.refused(Bench.ADA, Operations.TASK_DELEGATE, "{'delegatee':'helper','taskType':'t','payload':1}");
        assertThat(refusal.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(list(Bench.ADA, "{}"))
                .containsExactly(String.valueOf(refusal.details().get("taskId")));
    }
}
