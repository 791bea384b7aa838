package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.LoggedEvent;
import dev.parley.store.StoredSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** How sessions end, and what goes on after the end. */
final class SessionEndTest {
    private final Bench bench = new Bench();
    private final String sessionId = bench.session(
            "{'userId':'ada','agentId':'helper','name':'Tea','metadata':{'a':1},'sharedContext':{'c':2},'surfaceId':'tab'}");

    @Test
    void completesWithSummaryAndArtifacts() {
        bench.time.advance(Duration.ofMinutes(1));
        JsonNode ended =
                bench.ask(Bench.HELPER, Operations.SESSION_COMPLETE, with(",'summary':'done','artifacts':[{'k': 1}]"));

        assertThat(ended.get("status").asString()).isEqualTo("completed");
        assertThat(ended.get("end").toString())
                .isEqualTo("{\"status\":\"completed\",\"at\":\"2026-01-01T00:01:00.000Z\",\"by\":\"helper\","
                        + "\"summary\":\"done\",\"artifacts\":[{\"k\":1}]}");
        assertThat(ended.get("timeRemaining").asLong()).isZero();
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.ended");
        assertThat(bench.lastBody(sessionId).get("end")).isEqualTo(ended.get("end"));
    }

    @Test
    void terminatesWithReasonAndDetails() {
        JsonNode ended =
                bench.ask(Bench.ADA, Operations.SESSION_TERMINATE, with(",'reason':'enough','details':{'x':1}"));

        assertThat(ended.get("status").asString()).isEqualTo("terminated");
        assertThat(ended.at("/end/reason").asString()).isEqualTo("enough");
        assertThat(ended.at("/end/details/x").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"completed", "abandoned", "error", "terminated"})
    void closesWithAStatusOnceAndIsQuietAfterwards(String status) {
        String close = with(",'status':'" + status + "','reason':'r'");
        JsonNode ended = bench.ask(Bench.ADA, Operations.SESSION_CLOSE, close);
        bench.time.advance(Duration.ofMinutes(1));

        assertThat(bench.ask(Bench.ADA, Operations.SESSION_CLOSE, close)).isEqualTo(ended);
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId)))
                .isEqualTo(ended);
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.ended");
        String other = status.equals("error") ? "abandoned" : "error";
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_CLOSE, with(",'status':'" + other + "'"), sessionId)
                        .details())
                .containsEntry("status", status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"expired", "active", "created", "suspended", "gone", "COMPLETED", ""})
    void refusesToCloseWithWhatIsNoEnd(String status) {
        ProtocolException refusal =
                bench.refusedIdle(Bench.ADA, Operations.SESSION_CLOSE, with(",'status':'" + status + "'"), sessionId);

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", "status");
    }

    @Test
    void refusesEndsOfTheWrongForm() {
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_COMPLETE, with(",'artifacts':{}"), sessionId)
                        .details())
                .containsEntry("field", "artifacts");
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_TERMINATE, with(",'details':[]"), sessionId)
                        .details())
                .containsEntry("field", "details");
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_CLOSE, Bench.ref(sessionId), sessionId)
                        .details())
                .containsEntry("missingFields", List.of("status"));
    }

    @Test
    void expiresWithItsOwnEventOnlyAndOnlyOnce() {
        bench.time.advance(Duration.ofMinutes(1));
        JsonNode expired = bench.ask(Bench.ADA, Operations.SESSION_EXPIRE, Bench.ref(sessionId));

        assertThat(expired.get("status").asString()).isEqualTo("expired");
        assertThat(expired.get("expiresAt").asString()).isEqualTo("2026-01-01T00:01:00.000Z");
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.expired");
        assertThat(bench.lastBody(sessionId).toString())
                .isEqualTo("{\"name\":\"Tea\",\"expiresAt\":\"2026-01-01T00:01:00.000Z\",\"secondsRemaining\":0,"
                        + "\"minutesRemaining\":0,\"cause\":\"explicit\",\"renewable\":false,\"rung\":0}");

        StoredSession before = bench.stored(sessionId);
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_EXPIRE, Bench.ref(sessionId)))
                .isEqualTo(expired);
        assertThat(bench.stored(sessionId)).isEqualTo(before);
    }

    @Test
    void answersExpireOfWhatHasExpiredByItselfAndRefusesOfWhatHasEnded() {
        bench.time.advance(Duration.ofMinutes(31));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_EXPIRE, Bench.ref(sessionId))
                        .get("expiresAt")
                        .asString())
                .isEqualTo("2026-01-01T00:30:00.000Z");

        String other = bench.session();
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(other));
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_EXPIRE, Bench.ref(other), other)
                        .code())
                .isEqualTo(ErrorCode.SESSION_ENDED);
    }

    @Test
    void decidesAgainWhenTheSessionEndsMeanwhile() {
        bench.store.before("commit", () -> bench.ask(Bench.PROGRAM, Operations.SESSION_COMPLETE, Bench.ref(sessionId)));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(sessionId))
                        .at("/end/by")
                        .asString())
                .isEqualTo("@http");

        String other = bench.session();
        bench.store.before("commit", () -> bench.ask(Bench.PROGRAM, Operations.SESSION_COMPLETE, Bench.ref(other)));
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_TERMINATE, Bench.ref(other))
                        .details())
                .containsEntry("status", "completed");
    }

    @Test
    void deletesALiveSessionWithAFeedEar() {
        FeedEar farewell = new FeedEar();
        bench.memory.log().subscribe(sessionId, farewell).block();

        JsonNode deleted = bench.ask(Bench.ADA, Operations.SESSION_DELETE, Bench.ref(sessionId));

        assertThat(deleted.propertyNames()).containsExactly("success", "message", "data");
        assertThat(deleted.get("success").asBoolean()).isTrue();
        assertThat(deleted.get("message").asString()).contains(sessionId).contains("deleted successfully");
        assertThat(deleted.get("data").get("message")).isEqualTo(deleted.get("message"));
        assertThat(farewell.last).extracting(LoggedEvent::type).isEqualTo("session.ended");
        assertThat(farewell.body().at("/end/reason").asString()).isEqualTo("deleted");
        assertThat(farewell.body().at("/end/by").asString()).isEqualTo("ada");
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_DELETE, Bench.ref(sessionId))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void deletesWhatHasEnded(boolean expired) {
        bench.ask(Bench.ADA, expired ? Operations.SESSION_EXPIRE : Operations.SESSION_COMPLETE, Bench.ref(sessionId));

        assertThat(bench.ask(Bench.ADA, Operations.SESSION_DELETE, Bench.ref(sessionId))
                        .get("success")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void refusesStrangersToDeleteAndResume() {
        for (var operation : List.of(Operations.SESSION_DELETE, Operations.SESSION_RESUME)) {
            assertThat(bench.refusedIdle(Bench.BOB, operation, Bench.ref(sessionId), sessionId)
                            .code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            assertThat(bench.refusedIdle(Bench.ELSEWHERE, operation, Bench.ref(sessionId), sessionId)
                            .code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
            assertThat(bench.refused(Bench.ADA, operation, Bench.ref("nothing")).code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        }
    }

    @Test
    void forgetsAnEndedSessionAfterItsRetention() {
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(sessionId));
        bench.time.advance(Duration.ofMinutes(60).minusMillis(1));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId)))
                .isNotNull();

        bench.time.advance(Duration.ofMillis(1));
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId))
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
    }

    @Test
    void resumesALiveSessionAndCompletesIt() {
        bench.ask(Bench.ADA, Operations.MESSAGE_SEND, with(",'content':'hello'"));
        TestSocket socket = new TestSocket(bench.memory, null);

        JsonNode resumed = bench.ask(new Call(Bench.ADA, socket), Operations.SESSION_RESUME, Bench.ref(sessionId));

        String next = resumed.get("sessionId").asString();
        assertThat(next).isNotEqualTo(sessionId);
        assertThat(resumed.get("resumedFrom").asString()).isEqualTo(sessionId);
        assertThat(resumed.get("status").asString()).isEqualTo("created");
        assertThat(resumed.get("metadata").toString()).isEqualTo("{\"a\":1}");
        assertThat(resumed.get("sharedContext").toString()).isEqualTo("{\"c\":2}");
        assertThat(resumed.get("participants").findValuesAsString("id")).containsExactly("ada", "helper");
        assertThat(bench.types(next)).containsExactly("session.created", "message");
        assertThat(socket.attachedFrom).isEqualTo(Map.of(next, 2L));
        JsonNode prior = bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId));
        assertThat(prior.get("status").asString()).isEqualTo("completed");
        assertThat(bench.types(sessionId)).containsExactly("session.created", "message", "session.ended");
    }

    @Test
    void carriesOverWhatASessionHasButNotWhoHadLeft() {
        bench.ask(Bench.ADA, Operations.SESSION_WORKFLOW_SET, with(",'steps':[{'name':'a'},{'name':'b'}]"));
        bench.ask(Bench.HELPER, Operations.SESSION_WORKFLOW_ADVANCE, with(""));
        bench.ask(Bench.HELPER, Operations.SESSION_WORKFLOW_STATE_PUT, with(",'workflowState':{'at':7}"));
        bench.ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, with(",'id':'bob','kind':'user','role':'guest'"));
        bench.ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, with(",'id':'eve','kind':'user'"));
        bench.ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, with(",'participantId':'eve'"));
        bench.ask(Bench.ADA, Operations.SESSION_TIMEOUT, with(",'timeoutMinutes':40"));
        bench.ask(Bench.ADA, Operations.MESSAGE_SEND, with(",'content':'hello','messageId':'m'"));
        JsonNode prior = bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId));

        JsonNode next = bench.ask(Bench.ADA, Operations.SESSION_RESUME, Bench.ref(sessionId));

        for (String same : List.of(
                "userId",
                "agentId",
                "workspaceId",
                "name",
                "metadata",
                "sharedContext",
                "workflowState",
                "workflow",
                "timeoutConfig",
                "surfaces")) {
            assertThat(next.get(same)).as(same).isEqualTo(prior.get(same));
        }
        assertThat(next.get("participants").findValuesAsString("id")).containsExactly("ada", "helper", "bob");
        assertThat(next.get("participants").findValuesAsString("role")).contains("guest");
        String nextId = next.get("sessionId").asString();
        assertThat(bench.ask(Bench.BOB, Operations.SESSION_HISTORY, Bench.ref(nextId))
                        .get("messages")
                        .findValuesAsString("content"))
                .containsExactly("hello");
    }

    @Test
    void answersForWhatHasExpiredUntilItsRetentionIsOver() {
        bench.time.advance(Duration.ofMinutes(90).minusMillis(1));
        for (var operation : List.of(Operations.SESSION_GET, Operations.SESSION_HISTORY, Operations.SESSION_TOUCH)) {
            assertThat(bench.refused(Bench.ADA, operation, Bench.ref(sessionId)).details())
                    .as(operation.name())
                    .isEqualTo(Map.of("sessionId", sessionId, "expiresAt", "2026-01-01T00:30:00.000Z"));
        }
        bench.time.advance(Duration.ofMillis(1));
        for (var operation : List.of(
                Operations.SESSION_GET,
                Operations.SESSION_HISTORY,
                Operations.SESSION_TOUCH,
                Operations.SESSION_EXPIRE,
                Operations.SESSION_RESUME,
                Operations.SESSION_DELETE)) {
            assertThat(bench.refused(Bench.ADA, operation, Bench.ref(sessionId)).code())
                    .as(operation.name())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        }
    }

    @ParameterizedTest
    @CsvSource({"session.expire, expired", "session.terminate, terminated"})
    void resumesWhatHasEndedAndLeavesItSo(String operation, String status) {
        bench.ask(Bench.ADA, Objects.requireNonNull(Operations.byName(operation)), Bench.ref(sessionId));
        List<String> before = bench.types(sessionId);

        JsonNode resumed = bench.ask(Bench.ADA, Operations.SESSION_RESUME, Bench.ref(sessionId));

        assertThat(resumed.get("resumedFrom").asString()).isEqualTo(sessionId);
        assertThat(bench.stored(sessionId).state().status().wireName()).isEqualTo(status);
        assertThat(bench.types(sessionId)).isEqualTo(before);
    }

    @Test
    void resumesAgainWhenThePriorSessionChangesMeanwhile() {
        bench.store.before(
                "create",
                () -> bench.ask(Bench.PROGRAM, Operations.SESSION_METADATA_PATCH, with(",'patch':{'late':1}")));

        JsonNode resumed = bench.ask(Bench.ADA, Operations.SESSION_RESUME, Bench.ref(sessionId));

        assertThat(resumed.at("/metadata/late").asInt()).isEqualTo(1);
    }

    private String with(String more) {
        return "{'sessionId':'" + sessionId + "'" + more + "}";
    }
}
