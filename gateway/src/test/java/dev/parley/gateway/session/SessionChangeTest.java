package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Activity, time-outs and metadata of one session, and who may change them. */
final class SessionChangeTest {
    private static final Map<Operation<?, ?>, String> CHANGES = Map.of(
            Operations.SESSION_RENEW, "",
            Operations.SESSION_HEARTBEAT, "",
            Operations.SESSION_TOUCH, "",
            Operations.SESSION_TIMEOUT, ",'timeoutMinutes':40",
            Operations.SESSION_METADATA_PATCH, ",'patch':{'a':1}",
            Operations.SESSION_COMPLETE, "",
            Operations.SESSION_TERMINATE, "",
            Operations.SESSION_CLOSE, ",'status':'error'",
            Operations.SESSION_EXPIRE, "",
            Operations.MESSAGE_SEND, ",'content':'hi'");

    private final Bench bench = new Bench();
    private final String sessionId =
            bench.session("{'userId':'ada','agentId':'helper','metadata':{'a':{'b':1,'c':2}}}");

    @Test
    void refusesStrangersAndOtherWorkspacesAndUnknownIds() {
        CHANGES.forEach((operation, more) -> {
            String params = params(sessionId, more);
            assertThat(bench.refusedIdle(Bench.BOB, operation, params, sessionId)
                            .code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            assertThat(bench.refusedIdle(Bench.ELSEWHERE, operation, params, sessionId)
                            .code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
            assertThat(bench.refused(Bench.PROGRAM, operation, params("no such thing", more))
                            .code())
                    .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        });
    }

    @Test
    void refusesAnythingFromTheInstantOfTheDeadlineOn() {
        bench.time.advance(Duration.ofMinutes(30));
        CHANGES.forEach((operation, more) -> {
            if (operation.equals(Operations.SESSION_EXPIRE)) {
                return;
            }
            ProtocolException refusal = bench.refusedIdle(Bench.ADA, operation, params(sessionId, more), sessionId);
            assertThat(refusal.code()).as(operation.name()).isEqualTo(ErrorCode.SESSION_EXPIRED);
            assertThat(refusal.details())
                    .isEqualTo(Map.of("sessionId", sessionId, "expiresAt", "2026-01-01T00:30:00.000Z"));
        });
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.expired");
    }

    @Test
    void allowsEverythingAnInstantBeforeTheDeadline() {
        CHANGES.forEach((operation, more) -> {
            String fresh = bench.session();
            bench.time.advance(Duration.ofMinutes(30).minusMillis(1));
            assertThat(bench.ask(Bench.ADA, operation, params(fresh, more))).isNotNull();
        });
    }

    @Test
    void refusesToChangeWhatHasEnded() {
        bench.ask(Bench.ADA, Operations.SESSION_CLOSE, params(sessionId, ",'status':'abandoned'"));
        CHANGES.forEach((operation, more) -> {
            ProtocolException refusal = bench.refusedIdle(Bench.ADA, operation, params(sessionId, more), sessionId);
            assertThat(refusal.code()).as(operation.name()).isEqualTo(ErrorCode.SESSION_ENDED);
            assertThat(refusal.details()).containsEntry("status", "abandoned");
        });
    }

    @Test
    void touchActivatesAndRenews() {
        bench.time.advance(Duration.ofMinutes(10));
        JsonNode touched = bench.ask(Bench.HELPER, Operations.SESSION_TOUCH, Bench.ref(sessionId));

        assertThat(touched.get("status").asString()).isEqualTo("active");
        assertThat(touched.get("expiresAt").asString()).isEqualTo("2026-01-01T00:40:00.000Z");
        assertThat(touched.get("renewalCount").asLong()).isEqualTo(1);
        assertThat(touched.get("version").asLong()).isEqualTo(1);
        assertThat(touched.has("wasRenewed")).isFalse();
    }

    @Test
    void heartbeatTellsWhetherItRenewedAndSucceedsAtTheCap() {
        String capped = bench.session(
                "{'userId':'ada','agentId':'helper','timeoutConfig':{'timeoutMinutes':30,'maxDurationMinutes':40}}");
        bench.time.advance(Duration.ofMinutes(20));

        JsonNode first = bench.ask(Bench.ADA, Operations.SESSION_HEARTBEAT, Bench.ref(capped));
        assertThat(first.get("wasRenewed").asBoolean()).isTrue();
        assertThat(first.get("expiresAt").asString()).isEqualTo("2026-01-01T00:40:00.000Z");

        bench.time.advance(Duration.ofMinutes(1));
        JsonNode atCap = bench.ask(Bench.ADA, Operations.SESSION_HEARTBEAT, Bench.ref(capped));
        assertThat(atCap.get("wasRenewed").asBoolean()).isFalse();
        assertThat(atCap.get("lastActivity").asString()).isEqualTo("2026-01-01T00:21:00.000Z");

        ProtocolException refusal = bench.refusedIdle(Bench.ADA, Operations.SESSION_RENEW, Bench.ref(capped), capped);
        assertThat(refusal.code()).isEqualTo(ErrorCode.SESSION_RENEWAL_FAILED);
        assertThat(refusal.details())
                .isEqualTo(Map.of(
                        "maxDurationMinutes",
                        40.0,
                        "createdAt",
                        "2026-01-01T00:00:00.000Z",
                        "expiresAt",
                        "2026-01-01T00:40:00.000Z"));
    }

    @Test
    void renewWorksByHandWhereActivityDoesNot() {
        String manual = bench.session("{'userId':'ada','agentId':'helper','timeoutConfig':{'autoRenew':false}}");
        bench.time.advance(Duration.ofMinutes(10));

        assertThat(bench.ask(Bench.ADA, Operations.SESSION_HEARTBEAT, Bench.ref(manual))
                        .get("wasRenewed")
                        .asBoolean())
                .isFalse();
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_RENEW, Bench.ref(manual))
                        .get("expiresAt")
                        .asString())
                .isEqualTo("2026-01-01T00:40:00.000Z");
    }

    @Test
    void changesTimeoutsAndTellsIt() {
        JsonNode changed =
                bench.ask(Bench.ADA, Operations.SESSION_TIMEOUT, params(sessionId, ",'timeoutMinutes':'60'"));

        assertThat(changed.at("/timeoutConfig/timeoutMinutes").asDouble()).isEqualTo(60);
        assertThat(changed.at("/timeoutConfig/warningThresholdMinutes").asDouble())
                .isEqualTo(5);
        assertThat(changed.get("expiresAt").asString()).isEqualTo("2026-01-01T01:00:00.000Z");
        assertThat(changed.get("version").asLong()).isEqualTo(2);
        JsonNode body = bench.lastBody(sessionId);
        assertThat(body.toString()).isEqualTo("{\"version\":2,\"changed\":[\"timeoutConfig\"],\"by\":\"ada\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {",'timeoutMinutes':4", ",'timeoutMinutes':null", ",'autoRenew':'no'", ",'onIdle':1"})
    void refusesTimeoutsOutOfRange(String more) {
        assertThat(bench.refusedIdle(Bench.ADA, Operations.SESSION_TIMEOUT, params(sessionId, more), sessionId)
                        .code())
                .isEqualTo(ErrorCode.INVALID_TIMEOUT_CONFIG);
    }

    @Test
    void leavesASessionAloneWhoseTimeoutsStayTheSame() {
        StoredSession before = bench.stored(sessionId);

        bench.ask(Bench.ADA, Operations.SESSION_TIMEOUT, params(sessionId, ",'timeoutMinutes':30"));

        assertThat(bench.stored(sessionId)).isEqualTo(before);
    }

    @Test
    void expiresAtOnceWhenTheNewTimeoutLiesInThePast() {
        bench.time.advance(Duration.ofMinutes(10));

        JsonNode changed = bench.ask(Bench.ADA, Operations.SESSION_TIMEOUT, params(sessionId, ",'timeoutMinutes':5"));

        assertThat(changed.get("status").asString()).isEqualTo("expired");
        assertThat(changed.get("timeRemaining").asLong()).isZero();
        assertThat(bench.types(sessionId)).containsExactly("session.created", "session.updated", "session.expired");
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_GET, Bench.ref(sessionId))
                        .code())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'x':1} | {'a':{'b':1,'c':2},'x':1}",
                "{'a':{'b':null}} | {'a':{'c':2}}",
                "{'a':null} | {}",
                "{'a':[1]} | {'a':[1]}",
                "{} | {'a':{'b':1,'c':2}}",
            })
    void mergesMetadata(String patch, String merged) {
        JsonNode changed =
                bench.ask(Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':" + patch));

        assertThat(changed.get("metadata").toString().replace('"', '\'')).isEqualTo(merged);
        assertThat(changed.get("version").asLong()).isEqualTo(2);
        assertThat(changed.get("lastActivity").asString()).isEqualTo("2026-01-01T00:00:00.000Z");
        assertThat(bench.lastBody(sessionId).get("changed").toString()).isEqualTo("[\"metadata\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "[]", "'x'", "null"})
    void refusesAPatchThatIsNoObject(String patch) {
        assertThat(bench.refusedIdle(
                                Bench.ADA,
                                Operations.SESSION_METADATA_PATCH,
                                params(sessionId, ",'patch':" + patch),
                                sessionId)
                        .code())
                .isEqualTo(ErrorCode.VALIDATION_ERROR);
    }

    @Test
    void limitsWhatMetadataGrowsTo() {
        String half = "x".repeat(6_000);
        bench.ask(Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'p':'" + half + "'}"));

        assertThat(bench.refusedIdle(
                                Bench.ADA,
                                Operations.SESSION_METADATA_PATCH,
                                params(sessionId, ",'patch':{'q':'" + half + "'}"),
                                sessionId)
                        .details())
                .containsEntry("field", "metadata");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "'1'", "'\\\"1\\\"'", "'*'"})
    void appliesAConditionalPatchToItsVersion(String ifMatch) {
        String params = params(sessionId, ",'patch':{'x':1},'ifMatch':" + ifMatch);

        assertThat(bench.ask(Bench.ADA, Operations.SESSION_METADATA_PATCH, params)
                        .get("version")
                        .asLong())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"2, VERSION_CONFLICT", "0, VERSION_CONFLICT", "true, VALIDATION_ERROR", "1.5, VALIDATION_ERROR"})
    void refusesAConditionalPatchOfAnotherVersion(String ifMatch, ErrorCode code) {
        assertThat(bench.refusedIdle(
                                Bench.ADA,
                                Operations.SESSION_METADATA_PATCH,
                                params(sessionId, ",'patch':{'x':1},'ifMatch':" + ifMatch),
                                sessionId)
                        .code())
                .isEqualTo(code);
    }

    @Test
    void refusesAConditionalPatchThatWasOvertaken() {
        bench.store.before(
                "commit",
                () -> bench.askElsewhere(
                        Bench.PROGRAM, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'first':1}")));

        ProtocolException refusal = bench.refused(
                Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'x':1},'ifMatch':1"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.VERSION_CONFLICT);
        assertThat(refusal.code().status()).isEqualTo(412);
        assertThat(bench.stored(sessionId).document().metadata().toString())
                .contains("first")
                .doesNotContain("x");
    }

    @Test
    void appliesThePatchesOfManyWritersAtOnce() throws Exception {
        List<JsonNode> answers = SessionResolveTest.atOnce(
                40,
                i -> bench.ask(
                        Bench.PROGRAM,
                        Operations.SESSION_METADATA_PATCH,
                        params(sessionId, ",'patch':{'k" + i + "':1}")));

        assertThat(answers).extracting(answer -> answer.get("version").asLong()).doesNotHaveDuplicates();
        assertThat(Bench.tree(bench.stored(sessionId).document().metadata()).size())
                .isEqualTo(41);
        assertThat(bench.types(sessionId)).hasSize(41);
    }

    @Test
    void decidesAgainHoweverOftenItIsOvertaken() {
        bench.store.refuse("commit", 49, new StoreException.VersionConflict(9));
        assertThat(bench.ask(Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'x':1}"))
                        .get("version")
                        .asLong())
                .isEqualTo(2);

        bench.store.refuse("commit", Integer.MAX_VALUE, new StoreException.VersionConflict(9));
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'y':1}"))
                        .code())
                .isEqualTo(ErrorCode.VERSION_CONFLICT);
    }

    @Test
    void doesNotFightWithActivity() {
        bench.store.before("commit", () -> bench.ask(Bench.ADA, Operations.SESSION_TOUCH, Bench.ref(sessionId)));

        JsonNode changed =
                bench.ask(Bench.ADA, Operations.SESSION_METADATA_PATCH, params(sessionId, ",'patch':{'x':1}"));

        assertThat(changed.get("status").asString()).isEqualTo("active");
        assertThat(bench.stored(sessionId).state().status()).isEqualTo(SessionStatus.ACTIVE);
    }

    @Test
    void tellsWhenTheStoreIsAway() {
        bench.store.refuse("load", 1, new StoreException.Unavailable("away", false));
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_TOUCH, Bench.ref(sessionId))
                        .details())
                .containsEntry("outcome", "refused");

        bench.store.loseAnswer("renew", new StoreException.Unavailable("lost", true));
        assertThat(bench.refused(Bench.ADA, Operations.SESSION_TOUCH, Bench.ref(sessionId))
                        .details())
                .containsEntry("outcome", "unknown");
    }

    private static String params(String sessionId, String more) {
        return "{'sessionId':'" + sessionId + "'" + more + "}";
    }
}
