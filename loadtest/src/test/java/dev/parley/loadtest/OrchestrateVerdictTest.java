package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the verdict on shared work finds. */
final class OrchestrateVerdictTest {
    private final SharedWork work = new SharedWork("s", List.of("a"), 0);
    private final WorkLog user = new WorkLog(true);
    private final WorkLog agent = new WorkLog(false);
    private final List<JsonNode> tasks = new ArrayList<>();
    private String context = "{\"k\":1}";

    OrchestrateVerdictTest() {
        work.patched("k", 1, new SharedWork.Told("agent", 0));
        work.delegated("t", new SharedWork.Told("agent", 0));
        tasks.add(json("{\"taskId\":\"t\",\"status\":\"timeout\",\"endedAt\":\"then\"}"));
        entry(user, "context.updated", 1, "{\"x\":1}");
        entry(agent, "context.updated", 1, "{\"x\":1}");
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    private static void entry(WorkLog log, String method, long seq, String params) {
        log.entry(method, "e", seq, json(params));
    }

    private OrchestrateVerdict judged() {
        entry(user, "session.ended", 2, "{}");
        entry(agent, "session.ended", 2, "{}");
        return without();
    }

    private OrchestrateVerdict without() {
        return with(new OrchestrateVerdict());
    }

    private OrchestrateVerdict with(OrchestrateVerdict verdict) {
        work.truth(json(context), tasks);
        work.end();
        Map<String, WorkLog> logs = new LinkedHashMap<>();
        logs.put("user", user);
        logs.put("agent", agent);
        verdict.judge(work, logs);
        return verdict;
    }

    private static Tally tally(OrchestrateVerdict verdict) {
        Report report = new Report("test");
        verdict.into(report);
        return report.tally();
    }

    @Test
    void whatIsWholeIsGood() {
        user.task("t", "in_progress", false, "", 1_000);
        user.task("t", "timeout", true, "then", 1_000);
        agent.task("t", "timeout", true, "then", 1_000);
        OrchestrateVerdict verdict = judged();

        assertThat(tally(verdict).ok()).isTrue();
        assertThat(verdict.endsTold).isEqualTo(2);
    }

    @Test
    void aReplayToAnAgentIsNoRepetitionButOneToAUserIs() {
        agent.attached("e", 0);
        entry(agent, "context.updated", 1, "{\"x\":1}");
        assertThat(tally(judged()).ok()).isTrue();

        user.attached("e", 0);
        entry(user, "context.updated", 1, "{\"x\":1}");
        entry(user, "session.ended", 2, "{}");
        assertThat(tally(without()).doubled).isEqualTo(2);
    }

    @Test
    void aLostUpdateIsFound() {
        context = "{\"other\":1}";
        assertThat(judged().lostUpdates).isOne();
    }

    @Test
    void aLostTaskAndAnOpenOneAreFound() {
        tasks.set(0, json("{\"taskId\":\"u\",\"status\":\"pending\"}"));
        OrchestrateVerdict verdict = judged();

        assertThat(verdict.lostTasks).isOne();
        assertThat(verdict.openTasks).isOne();
        assertThat(tally(verdict).ok()).isFalse();
    }

    @Test
    void aTaskThatWasToldToEndOtherwiseOrToGoOnIsFound() {
        user.task("t", "completed", true, "then", 1_000);
        agent.task("t", "timeout", true, "then", 1_000);
        agent.task("t", "in_progress", false, "", 1_000);
        OrchestrateVerdict verdict = judged();

        assertThat(verdict.endedOtherwise).isOne();
        assertThat(verdict.endedTwice).isOne();
    }

    @Test
    void anEntryThatOneLacksOrHasOtherwiseIsFound() {
        entry(user, "context.updated", 2, "{\"x\":2}");
        entry(agent, "context.updated", 2, "{\"x\":3}");
        entry(user, "session.ended", 3, "{}");
        OrchestrateVerdict verdict = without();

        assertThat(verdict.differing).isOne();
        assertThat(verdict.missing).isOne();
        assertThat(tally(verdict).ok()).isFalse();
    }

    @Test
    void whoeverMadeTheSessionNeedNotBeToldOfItsFirstEntry() {
        WorkLog maker = new WorkLog(true);
        maker.make();
        maker.madeNow();
        entry(maker, "context.updated", 2, "{\"x\":1}");

        assertThat(maker.misordered()).isZero();
        assertThat(maker.whole()).isEqualTo(2);
        assertThat(maker.isMade()).isTrue();
    }

    @Test
    void aHoleInTheNumbersIsFound() {
        entry(user, "session.ended", 3, "{}");
        entry(agent, "session.ended", 3, "{}");
        OrchestrateVerdict verdict = without();

        assertThat(verdict.misordered).isEqualTo(2);
    }

    private static OrchestrateVerdict borne() {
        FaultPlan.Fault fault = new FaultPlan.Fault(0, FaultPlan.Kind.KILL, 0, 1);
        return new OrchestrateVerdict(true, List.of(new FaultRun.Done(fault, -1, "a fault", 2_000, 9_000)));
    }

    @Test
    void whatRedisLosesIsBorneWhereItIsTold() {
        context = "{}";
        agent.gap(1);
        entry(agent, "context.updated", 1, "{\"x\":1}");
        entry(user, "session.ended", 2, "{}");
        entry(agent, "session.ended", 2, "{}");
        OrchestrateVerdict verdict = with(borne());

        assertThat(verdict.lostTold).isOne();
        assertThat(tally(verdict).ok()).isTrue();
    }

    @Test
    void whatRedisLosesAndNobodyIsToldOfIsFound() {
        context = "{}";
        tasks.clear();
        entry(user, "session.ended", 2, "{}");
        entry(agent, "session.ended", 2, "{}");
        OrchestrateVerdict verdict = with(borne());

        assertThat(verdict.lostUpdates).isOne();
        assertThat(verdict.lostTasks).isOne();
    }

    @Test
    void anEndMayBeUndoneByAFaultOfRedisAndByNothingElse() {
        user.task("t", "completed", true, "then", 1_500);
        user.task("t", "timeout", true, "then", 8_000);
        agent.task("t", "completed", true, "then", 10_000);
        agent.task("t", "timeout", true, "then", 20_000);
        entry(user, "session.ended", 2, "{}");
        entry(agent, "session.ended", 2, "{}");
        OrchestrateVerdict verdict = with(borne());

        assertThat(verdict.endsUndone).isOne();
        assertThat(verdict.endedTwice).isOne();
    }
}
