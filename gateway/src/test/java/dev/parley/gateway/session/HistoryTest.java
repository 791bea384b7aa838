package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Reads: records, pages of messages, how far somebody has seen, a user's active session. */
final class HistoryTest {
    private static final long START = ManualTime.START;

    private final Bench bench = new Bench(Bench.config(true, true, Map.of()));
    private final String sessionId =
            bench.session("{'userId':'ada','agentId':'helper','participants':[{'id':'bob','kind':'user'}]}");

    @BeforeEach
    void sendSixMessages() {
        for (int i = 1; i <= 6; i++) {
            bench.time.advance(Duration.ofSeconds(1));
            String to = i == 5 ? ",'to':'helper'" : "";
            bench.ask(
                    i % 2 == 0 ? Bench.HELPER : Bench.ADA,
                    Operations.MESSAGE_SEND,
                    "{'sessionId':'" + sessionId + "','content':'m" + i + "','messageId':'id" + i
                            + "','inReplyTo':'r','metadata':{'n':" + i + "}" + to + "}");
        }
    }

    @Test
    void readsTheRecordWithoutRenewing() {
        StoredSession before = bench.stored(sessionId);
        bench.time.advance(Duration.ofMinutes(1));

        JsonNode info = bench.ask(Bench.BOB, Operations.SESSION_GET, Bench.ref(sessionId));

        assertThat(info.propertyNames())
                .startsWith(
                        "sessionId",
                        "channelId",
                        "agentId",
                        "userId",
                        "createdAt",
                        "lastActivity",
                        "metadata",
                        "expiresAt",
                        "timeoutConfig",
                        "renewalCount",
                        "timeRemaining",
                        "isNearExpiration");
        assertThat(info.get("timeRemaining").asLong()).isEqualTo(29 * 60_000);
        assertThat(bench.stored(sessionId)).isEqualTo(before);
    }

    @Test
    void noReadRenewsOrChangesAnything() {
        bench.ask(
                Bench.ADA, Operations.SESSION_WORKFLOW_SET, "{'sessionId':'" + sessionId + "','steps':[{'name':'a'}]}");
        StoredSession before = bench.stored(sessionId);
        bench.time.advance(Duration.ofMinutes(20));
        for (Operation<?, ?> read : List.of(
                Operations.SESSION_GET,
                Operations.SESSION_HISTORY,
                Operations.SESSION_TURNS_LIST,
                Operations.SESSION_CONTEXT_GET,
                Operations.SESSION_WORKFLOW_GET,
                Operations.SESSION_PARTICIPANTS_LIST,
                Operations.SESSION_PRESENCE)) {
            bench.ask(Bench.BOB, read, Bench.ref(sessionId));
            assertThat(bench.stored(sessionId)).as(read.name()).isEqualTo(before);
        }
        bench.ask(Bench.PROGRAM, Operations.SESSION_LIST, "{}");
        bench.ask(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{'userId':'ada'}");
        assertThat(bench.stored(sessionId)).isEqualTo(before);
    }

    @Test
    void aPageIsOfFiftyUnlessSaidAndOfAHundredAtMost() {
        for (int i = 0; i < 105; i++) {
            bench.ask(Bench.ADA, Operations.MESSAGE_SEND, "{'sessionId':'" + sessionId + "','content':'x'}");
        }
        assertThat(history(Bench.ADA, "").get("messages")).hasSize(50);
        assertThat(history(Bench.ADA, ",'limit':'junk'").get("messages")).hasSize(50);
        assertThat(history(Bench.ADA, ",'limit':101").get("messages")).hasSize(100);
        for (int i = 0; i < 50; i++) {
            bench.session();
        }
        JsonNode page = bench.ask(Bench.ADA, Operations.SESSION_LIST, "{}");
        assertThat(page.get("sessions")).hasSize(50);
        assertThat(page.get("total").asInt()).isEqualTo(51);
        assertThat(page.has("nextCursor")).isTrue();
    }

    @Test
    void isNearItsEndFromTheThresholdOn() {
        bench.time.advance(Duration.ofMinutes(25).minusMillis(1));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId))
                        .get("isNearExpiration")
                        .asBoolean())
                .isFalse();
        bench.time.advance(Duration.ofMillis(1));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId))
                        .get("isNearExpiration")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void refusesReadsToWhomTheyDoNotConcern() {
        Caller eve = new Caller("eve", Caller.USER, "default", false);
        for (var operation : List.of(Operations.SESSION_GET, Operations.SESSION_HISTORY)) {
            assertThat(bench.refused(eve, operation, Bench.ref(sessionId)).code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            assertThat(bench.refused(Bench.ELSEWHERE, operation, Bench.ref(sessionId))
                            .code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
            assertThat(bench.refused(eve, operation, Bench.ref("nothing")).code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        }
    }

    @Test
    void refusesReadsOfWhatHasExpiredButNotOfWhatHasEnded() {
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(sessionId));
        assertThat(history(Bench.ADA, "").get("messages")).hasSize(6);

        String other = bench.session();
        bench.time.advance(Duration.ofMinutes(30));
        for (var operation : List.of(Operations.SESSION_GET, Operations.SESSION_HISTORY)) {
            assertThat(bench.refused(Bench.ADA, operation, Bench.ref(other)).code())
                    .isEqualTo(ErrorCode.SESSION_EXPIRED);
        }
    }

    @Test
    void pagesNewestFirst() {
        JsonNode page = history(Bench.ADA, "");

        assertThat(ids(page)).containsExactly("id6", "id5", "id4", "id3", "id2", "id1");
        assertThat(page.get("hasMore").asBoolean()).isFalse();
        assertThat(page.get("cursors").toString())
                .isEqualTo("{\"before\":" + (START + 1000) + ",\"after\":" + (START + 6000) + "}");
        assertThat(page.get("messages").get(0).toString())
                .isEqualTo("{\"id\":\"id6\",\"content\":\"m6\",\"authorId\":\"helper\",\"isAgent\":true,"
                        + "\"createdAt\":\"2026-01-01T00:00:06.000Z\",\"metadata\":{\"n\":6},\"seq\":7,"
                        + "\"role\":\"agent\",\"inReplyTo\":\"r\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "'limit':2 | id6 id5 | true",
                "'limit':6 | id6 id5 id4 id3 id2 id1 | false",
                "'limit':0 | id6 | true",
                "'limit':-7 | id6 | true",
                "'limit':1000 | id6 id5 id4 id3 id2 id1 | false",
                "'limit':'2' | id6 id5 | true",
                "'limit':2.9 | id6 id5 | true",
                "'limit':'junk' | id6 id5 id4 id3 id2 id1 | false",
                "'limit':[2] | id6 id5 id4 id3 id2 id1 | false",
                "'limit':1e999 | id6 id5 id4 id3 id2 id1 | false",
                "'beforeSeq':4 | id2 id1 | false",
                "'beforeSeq':4,'limit':1 | id2 | true",
                "'afterSeq':3,'limit':2 | id4 id3 | true",
                "'afterSeq':'5','limit':2 | id6 id5 | false",
                "'afterSeq':7 | | false",
                "'before':9223372036854775807,'limit':1 | id6 | true",
                "'afterSeq':0,'beforeSeq':3,'limit':9 | id1 | false",
            })
    void pagesByLimitAndPosition(String params, @Nullable String expected, boolean more) {
        JsonNode page = history(Bench.ADA, "," + params);

        assertThat(ids(page)).isEqualTo(expected == null ? List.of() : List.of(expected.split(" ")));
        assertThat(page.get("hasMore").asBoolean()).isEqualTo(more);
        assertThat(page.has("cursors")).isEqualTo(expected != null);
    }

    @Test
    void pagesByInstantsBothWaysAndSkipsNone() {
        assertThat(ids(history(Bench.ADA, ",'before':" + (START + 3000)))).containsExactly("id2", "id1");
        assertThat(ids(history(Bench.ADA, ",'after':'" + (START + 5000) + "'"))).containsExactly("id6");

        List<String> walked = new ArrayList<>();
        long after = 0;
        while (true) {
            JsonNode page = history(Bench.ADA, ",'limit':2,'after':" + after);
            List<String> ids = new ArrayList<>(ids(page));
            Collections.reverse(ids);
            walked.addAll(ids);
            if (!page.get("hasMore").asBoolean()) {
                break;
            }
            after = page.at("/cursors/after").asLong();
        }
        assertThat(walked).containsExactly("id1", "id2", "id3", "id4", "id5", "id6");
    }

    @ParameterizedTest
    @CsvSource({
        "before, 'yesterday'",
        "after, 1.5",
        "after, true",
        "before, 1e999",
        "before, '2026-01-01T00:00:00Z'",
        "beforeSeq, 'x'",
        "afterSeq, []"
    })
    void refusesPositionsThatAreNone(String field, String value) {
        String json = value.matches("[a-z0-9:TZ-]+") && !value.matches("true|1e999") ? "'" + value + "'" : value;
        ProtocolException refusal = bench.refused(
                Bench.ADA,
                Operations.SESSION_HISTORY,
                "{'sessionId':'" + sessionId + "','" + field + "':" + json + "}");

        assertThat(refusal.code()).isEqualTo(ErrorCode.VALIDATION_ERROR);
        assertThat(refusal.details()).containsEntry("field", field);
    }

    @Test
    void hidesWhatIsForOthersButNotFromTrustedPrograms() {
        assertThat(ids(history(Bench.BOB, ""))).containsExactly("id6", "id4", "id3", "id2", "id1");
        assertThat(ids(history(Bench.HELPER, ""))).hasSize(6);
        assertThat(ids(history(Bench.PROGRAM, ""))).hasSize(6);
        assertThat(history(Bench.BOB, ",'limit':5").get("hasMore").asBoolean()).isFalse();
    }

    @Test
    void givesARouterTheContextOfTheActiveSession() {
        JsonNode context = bench.ask(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{'userId':'ada'}");

        assertThat(context.get("sessionId").asString()).isEqualTo(sessionId);
        assertThat(context.get("activeAgent").asString()).isEqualTo("helper");
        assertThat(context.get("bypassClassifier").asBoolean()).isTrue();
        assertThat(context.get("workflowState").toString()).isEqualTo("{}");
        assertThat(context.get("turnHistory").findValuesAsString("content")).containsExactly("m4", "m5", "m6");
        assertThat(context.get("turnHistory").findValuesAsString("role")).containsExactly("agent", "user", "agent");
    }

    @Test
    void givesARouterNothingWhereThereIsNoActiveSession() {
        bench.session("{'userId':'cleo','agentId':'helper'}");

        assertThat(bench.ask(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{'userId':'cleo'}")
                        .toString())
                .isEqualTo("{\"sessionId\":\"\",\"activeAgent\":\"\",\"bypassClassifier\":false,"
                        + "\"turnHistory\":[],\"workflowState\":{}}");
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_ACTIVE, "{'userId':'cleo'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(bench.refused(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{}").details())
                .containsEntry("missingFields", List.of("userId"));
    }

    @Test
    void leavesTheClassifierOnWhereItIsSwitchedSo() {
        Bench cautious = new Bench(Bench.config(true, false, Map.of()));
        String active = cautious.session();
        cautious.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(active));

        JsonNode context = cautious.ask(Bench.PROGRAM, Operations.SESSION_ACTIVE, "{'userId':'ada'}");
        assertThat(context.get("sessionId").asString()).isEqualTo(active);
        assertThat(context.get("bypassClassifier").asBoolean()).isFalse();
    }

    @Test
    void listsTheCallersOwnAndForTrustedProgramsAll() {
        bench.time.advance(Duration.ofSeconds(1));
        String cleos = bench.session("{'userId':'cleo','agentId':'helper'}");

        assertThat(sessions(Bench.BOB, "{}")).containsExactly(sessionId);
        assertThat(sessions(Bench.HELPER, "{}")).containsExactly(cleos, sessionId);
        assertThat(sessions(Bench.PROGRAM, "{}")).containsExactly(cleos, sessionId);
        assertThat(sessions(Bench.PROGRAM, "{'userId':'cleo'}")).containsExactly(cleos);
        assertThat(sessions(Bench.PROGRAM, "{'agentId':'nobody'}")).isEmpty();
        assertThat(sessions(Bench.ELSEWHERE, "{}")).isEmpty();
        JsonNode page = bench.ask(Bench.PROGRAM, Operations.SESSION_LIST, "{'userId':'ada'}");
        assertThat(page.get("total").asLong()).isEqualTo(1);
        assertThat(page.get("stats").toString())
                .isEqualTo("{\"totalSessions\":2,\"activeSessions\":2,\"expiredSessions\":0}");
    }

    @Test
    void listsByStatusActivityAndPage() {
        bench.time.advance(Duration.ofSeconds(1));
        String second = bench.session();
        bench.time.advance(Duration.ofSeconds(1));
        String expired = bench.session();
        bench.ask(Bench.ADA, Operations.SESSION_EXPIRE, Bench.ref(expired));

        assertThat(sessions(Bench.ADA, "{'status':'expired'}")).containsExactly(expired);
        assertThat(sessions(Bench.ADA, "{'status':'active, expired'}")).containsExactly(expired, sessionId);
        assertThat(sessions(Bench.ADA, "{'status':['created','active']}")).containsExactly(second, sessionId);
        assertThat(sessions(Bench.ADA, "{'activeAfter':" + (START + 6000) + "}"))
                .containsExactly(second);
        assertThat(sessions(Bench.ADA, "{'activeAfter':'2026-01-01T00:00:05.999Z'}"))
                .containsExactly(second, sessionId);
        assertThat(sessions(Bench.ADA, "{'limit':'junk'}")).hasSize(2);
        JsonNode first = bench.ask(Bench.ADA, Operations.SESSION_LIST, "{'limit':1}");
        assertThat(first.get("sessions").findValuesAsString("sessionId")).containsExactly(second);
        assertThat(sessions(
                        Bench.ADA,
                        "{'limit':1,'cursor':'" + first.get("nextCursor").asString() + "'}"))
                .containsExactly(sessionId);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"'status':'gone'", "'status':7", "'status':[7]", "'activeAfter':'soon'", "'activeAfter':1.5"})
    void refusesFiltersThatAreNone(String filter) {
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_LIST, "{" + filter + "}")
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void refusesTheListOfAnotherWorkspace() {
        assertThat(bench.refused(Bench.PROGRAM, Operations.SESSION_LIST, "{'workspaceId':'elsewhere'}")
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void notesHowFarSomebodyHasSeen() {
        assertThat(bench.ask(Bench.BOB, Operations.SESSION_SEEN, seen(4)).toString())
                .isEqualTo("{\"ok\":true}");
        bench.ask(Bench.BOB, Operations.SESSION_SEEN, seen(2));
        assertThat(seenBy("bob")).isEqualTo(4);

        TestSocket socket = new TestSocket(bench.memory, null);
        socket.attach(sessionId, null, null).block();
        bench.store.calls();
        bench.ask(new Call(Bench.BOB, socket), Operations.SESSION_SEEN, seen(5));
        assertThat(bench.store.calls()).containsExactly("seen");
        assertThat(seenBy("bob")).isEqualTo(5);
    }

    @Test
    void refusesToNoteWhatCannotBe() {
        assertThat(bench.refused(Bench.BOB, Operations.SESSION_SEEN, seen(-1)).details())
                .containsEntry("field", "seq");
        assertThat(bench.refused(new Caller("eve", Caller.USER, "default", false), Operations.SESSION_SEEN, seen(1))
                        .code())
                .isEqualTo(ErrorCode.FORBIDDEN);
        TestSocket socket = new TestSocket(bench.memory, null);
        socket.attach(sessionId, null, null).block();
        bench.time.advance(Duration.ofMinutes(30));
        assertThat(bench.refused(new Call(Bench.BOB, socket), Operations.SESSION_SEEN, seen(3))
                        .code())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(seenBy("bob")).isZero();
    }

    @Test
    void tellsWhenTheStoreIsAway() {
        for (var entry : Map.of(
                        "history", Operations.SESSION_HISTORY,
                        "load", Operations.SESSION_GET,
                        "find", Operations.SESSION_LIST,
                        "seen", Operations.SESSION_SEEN)
                .entrySet()) {
            bench.store.refuse(entry.getKey(), 1, new StoreException.Unavailable("away", false));
            assertThat(bench.refused(Bench.BOB, entry.getValue(), seen(1)).code())
                    .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        }
    }

    private long seenBy(String participantId) {
        return Objects.requireNonNull(
                        bench.memory.log().standing(sessionId, participantId).block())
                .seen();
    }

    private String seen(long seq) {
        return "{'sessionId':'" + sessionId + "','seq':" + seq + "}";
    }

    private JsonNode history(Caller caller, String more) {
        return bench.ask(caller, Operations.SESSION_HISTORY, "{'sessionId':'" + sessionId + "'" + more + "}");
    }

    private static List<String> ids(JsonNode page) {
        return page.get("messages").findValuesAsString("id");
    }

    private List<String> sessions(Caller caller, String filter) {
        return bench.ask(caller, Operations.SESSION_LIST, filter)
                .get("sessions")
                .findValuesAsString("sessionId");
    }
}
