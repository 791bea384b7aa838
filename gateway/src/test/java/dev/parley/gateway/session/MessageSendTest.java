package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.store.LoggedEvent;
import dev.parley.store.PresenceStore;
import dev.parley.store.SessionStore;
import dev.parley.store.StoreException;
import dev.parley.store.StoredSession;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

final class MessageSendTest {
    private final Bench bench = new Bench();
    private final String sessionId = bench.session(
            "{'userId':'ada','agentId':'helper','employeeId':'e-7','surfaceId':'tab','participants':[{'id':'bob','kind':'user'}]}");
    private final TestSocket socket = new TestSocket(bench.memory, "tab");

    @Test
    void storesWhatWasSentAsItCame() {
        JsonNode sent = send(
                Bench.ADA,
                "'content':'a\\u00e9 é\\n','payload':{ 'n' : 1.50 },'metadata':{'m':1},'attachments':[1],"
                        + "'intentSummary':'greets \\\"all\\\"','messageId':'m-1','inReplyTo':'m-0','to':'helper'");

        assertThat(sent.propertyNames()).containsExactly("messageId", "seq", "epoch", "createdAt", "sessionStatus");
        assertThat(sent.get("messageId").asString()).isEqualTo("m-1");
        assertThat(sent.get("seq").asLong()).isEqualTo(2);
        LoggedEvent event = bench.log(sessionId).get(1);
        assertThat(event.body().toString())
                .isEqualTo(
                        "{\"messageId\":\"m-1\",\"authorId\":\"ada\",\"role\":\"user\",\"content\":\"a\\u00e9 é\\n\","
                                + "\"payload\":{ \"n\" : 1.50 },\"intentSummary\":\"greets \\\"all\\\"\",\"inReplyTo\":\"m-0\","
                                + "\"metadata\":{\"m\":1},\"attachments\":[1],\"to\":\"helper\"}");
        assertThat(event.to()).isEqualTo("helper");
        assertThat(event.type()).isEqualTo("message");
    }

    @Test
    void activatesAndRenews() {
        bench.time.advance(Duration.ofMinutes(10));
        JsonNode status = send(Bench.HELPER, "'content':'hi'").get("sessionStatus");

        assertThat(status.toString())
                .isEqualTo("{\"expiresAt\":\"2026-01-01T00:40:00.000Z\",\"renewalCount\":1,"
                        + "\"wasRenewed\":true,\"isNearExpiration\":false}");
        assertThat(bench.stored(sessionId).state().status().wireName()).isEqualTo("active");
        assertThat(Bench.tree(bench.log(sessionId).get(1).body()).get("role").asString())
                .isEqualTo("agent");
    }

    @Test
    void makesAnIdForAMessageWithout() {
        JsonNode first = send(Bench.ADA, "'content':'hi'");
        JsonNode second = send(Bench.ADA, "'content':'hi'");

        assertThat(first.get("messageId").asString())
                .matches("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
                .isNotEqualTo(second.get("messageId").asString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"'payload':null", "'content':null", "'content':''", "'metadata':{}"})
    void refusesAMessageThatSaysNothing(String message) {
        assertThat(refused(Bench.ADA, message).details()).containsEntry("missingFields", List.of("content"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "[]", "{}", "true"})
    void refusesContentThatIsNoText(String content) {
        assertThat(refused(Bench.ADA, "'content':" + content).details()).containsEntry("field", "content");
        assertThat(refused(Bench.ADA, "'content':" + content + ",'payload':1").details())
                .containsEntry("field", "content");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "'x'", "[]", "false", "{}"})
    void takesAnyPayloadInsteadOfContent(String payload) {
        assertThat(send(Bench.ADA, "'payload':" + payload).get("seq").asLong()).isEqualTo(2);
    }

    @Test
    void countsContentInUtf16Units() {
        assertThat(send(Bench.ADA, "'content':'" + "x".repeat(4000) + "'")
                        .get("seq")
                        .asLong())
                .isEqualTo(2);
        assertThat(send(Bench.ADA, "'content':'" + "é".repeat(3998) + "\\n\\u00e9'")
                        .get("seq")
                        .asLong())
                .isEqualTo(3);
        assertThat(send(Bench.ADA, "'content':'" + "😀".repeat(2000) + "'")
                        .get("seq")
                        .asLong())
                .isEqualTo(4);
        assertThat(refused(Bench.ADA, "'content':'" + "😀".repeat(2000) + "€'").details())
                .containsEntry("field", "content")
                .containsEntry("length", 4001L);
        assertThat(refused(Bench.ADA, "'payload':1,'content':''").details()).containsEntry("field", "content");
    }

    @Test
    void limitsMetadata() {
        assertThat(refused(Bench.ADA, "'content':'x','metadata':[]").details()).containsEntry("field", "metadata");
        String most = "{'k':'" + "é".repeat(10_232) + "'}";
        assertThat(send(Bench.ADA, "'content':'x','metadata':" + most)
                        .get("seq")
                        .asLong())
                .isEqualTo(2);
        assertThat(refused(Bench.ADA, "'content':'x','metadata':" + most.replace("'k'", "'kk'"))
                        .details())
                .containsEntry("field", "metadata");
    }

    @Test
    void sendsToParticipantsOnly() {
        assertThat(refused(Bench.ADA, "'content':'x','to':'nobody'").details()).containsEntry("field", "to");
    }

    @Test
    void checksInTheOrderOfTheContract() {
        String tooLong = "'content':'" + "x".repeat(4001) + "','metadata':[]";
        assertThat(bench.refused(Bench.PROGRAM, Operations.MESSAGE_SEND, "{'sessionId':'no','content':7}")
                        .details())
                .containsEntry("field", "content");
        assertThat(bench.refused(Bench.PROGRAM, Operations.MESSAGE_SEND, "{'sessionId':'no'," + tooLong + "}")
                        .code())
                .isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        assertThat(refused(Bench.ADA, tooLong).details()).containsEntry("field", "content");
        attach();
        assertThat(refused(Bench.ADA, tooLong).details()).containsEntry("field", "content");

        bench.time.advance(Duration.ofMinutes(30));
        assertThat(refused(Bench.ADA, tooLong).code()).isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(bench.refused(new Call(Bench.ADA, socket), Operations.MESSAGE_SEND, params(tooLong))
                        .code())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(refused(Bench.BOB, "'content':7").details()).containsEntry("field", "content");
    }

    @Test
    void answersARepeatAsTheFirstTimeWhateverBecameOfTheSession() {
        JsonNode first = send(Bench.ADA, "'content':'hi','messageId':'m'");
        JsonNode repeat = send(Bench.ADA, "'content':'other','messageId':'m'");

        assertThat(repeat.get("duplicate").asBoolean()).isTrue();
        assertThat(repeat.get("seq")).isEqualTo(first.get("seq"));
        assertThat(repeat.get("createdAt")).isEqualTo(first.get("createdAt"));
        assertThat(first.has("duplicate")).isFalse();

        bench.time.advance(Duration.ofMinutes(31));
        JsonNode late = send(Bench.ADA, "'content':'hi','messageId':'m'");
        assertThat(late.get("seq")).isEqualTo(first.get("seq"));
        assertThat(late.get("duplicate").asBoolean()).isTrue();
        assertThat(refused(Bench.ADA, "'content':'hi','messageId':'new'").code())
                .isEqualTo(ErrorCode.SESSION_EXPIRED);
        assertThat(bench.types(sessionId)).containsExactly("session.created", "message", "session.expired");
    }

    @Test
    void answersARepeatAfterTheSessionWasCompleted() {
        send(Bench.ADA, "'content':'hi','messageId':'m'");
        bench.ask(Bench.ADA, Operations.SESSION_COMPLETE, Bench.ref(sessionId));

        assertThat(send(Bench.ADA, "'content':'hi','messageId':'m'").get("seq").asLong())
                .isEqualTo(2);
        assertThat(refused(Bench.ADA, "'content':'hi'").code()).isEqualTo(ErrorCode.SESSION_ENDED);
    }

    @Test
    void refusesTheMessageIdOfAnother() {
        send(Bench.ADA, "'content':'hi','messageId':'m'");

        assertThat(refused(Bench.HELPER, "'content':'hi','messageId':'m'").code())
                .isEqualTo(ErrorCode.MESSAGE_CONFLICT);
    }

    @Test
    void refusesWhoDoesNotTakePart() {
        Caller owner = new Caller("e-7", Caller.USER, "default", false);
        Caller stranger = new Caller("eve", Caller.USER, "default", false);

        assertThat(refused(owner, "'content':'x'").code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refused(stranger, "'content':'x'").code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refused(Bench.ELSEWHERE, "'content':'x'").code()).isEqualTo(ErrorCode.SESSION_NOT_FOUND);
        assertThat(refused(Bench.ADA, "'content':'x','authorId':'helper'").code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void letsATrustedProgramSpeakForParticipants() {
        send(Bench.PROGRAM, "'content':'x'");
        send(Bench.PROGRAM, "'content':'y','authorId':'helper'");
        send(Bench.ADA, "'content':'z','authorId':'ada'");

        assertThat(bench.log(sessionId)).extracting(LoggedEvent::authorId).endsWith("ada", "helper", "ada");
        assertThat(refused(Bench.PROGRAM, "'content':'x','authorId':'nobody'").code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void sendsWithoutLoadingWhereTheConnectionKnowsTheSession() {
        attach();
        bench.store.calls();

        JsonNode sent = bench.ask(new Call(Bench.ADA, socket), Operations.MESSAGE_SEND, params("'content':'hi'"));

        assertThat(bench.store.calls()).containsExactly("append");
        assertThat(sent.get("seq").asLong()).isEqualTo(2);
        assertThat(bench.log(sessionId).get(1).origin()).isEqualTo("connection-1");
    }

    @Test
    void refusesAtOnceWhoWasRemovedThoughTheConnectionDoesNotKnow() {
        attach();
        leave("ada");

        ProtocolException refusal = bench.refusedIdle(
                new Call(Bench.ADA, socket), Operations.MESSAGE_SEND, params("'content':'x'"), sessionId);

        assertThat(refusal.code()).isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void looksAgainWhenOthersCameOrWent() {
        attach();
        leave("bob");
        bench.store.calls();

        assertThat(bench.ask(new Call(Bench.ADA, socket), Operations.MESSAGE_SEND, params("'content':'x'"))
                        .get("seq")
                        .asLong())
                .isEqualTo(2);
        assertThat(bench.store.calls()).containsExactly("append", "load", "append");
    }

    @Test
    void reportsWhatBecameOfAMessageAtEachSurface() {
        bench.ask(Bench.PROGRAM, Operations.SESSION_TOUCH, Bench.ref(sessionId));
        bench.ask(Bench.PROGRAM, Operations.SESSION_RESOLVE, "{'userId':'ada','surfaceId':'desk'}");
        bench.memory
                .presence()
                .put(new PresenceStore.Held(sessionId, "elsewhere", "ada", "user", 1, 1, List.of("tab"), false))
                .block();

        assertThat(send(Bench.ADA, "'content':'x','report':true")
                        .get("outcomes")
                        .toString())
                .isEqualTo("[{\"surfaceId\":\"tab\",\"outcome\":\"delivered\"},"
                        + "{\"surfaceId\":\"desk\",\"outcome\":\"skipped\"}]");
    }

    @Test
    void tellsNoOutcomesWhenTheStoreIsAwayAfterItTookTheMessage() {
        bench.store.refuse("of", 1, new StoreException.Unavailable("gone", false));

        JsonNode sent = send(Bench.ADA, "'content':'x','report':true");
        assertThat(sent.get("seq").asLong()).isEqualTo(2);
        assertThat(sent.has("outcomes")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"true, unknown", "false, refused"})
    void tellsTheMessageIdWhenTheStoreDidNotAnswer(boolean unknown, String outcome) {
        bench.store.loseAnswer("append", new StoreException.Unavailable("gone", unknown));
        ProtocolException refusal =
                bench.refused(new Call(Bench.ADA, null), Operations.MESSAGE_SEND, params("'content':'hi'"));

        assertThat(refusal.code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(refusal.details()).containsEntry("outcome", outcome);
        String messageId = String.valueOf(refusal.details().get("messageId"));
        JsonNode repeat = send(Bench.ADA, "'content':'hi','messageId':'" + messageId + "'");
        assertThat(repeat.get("duplicate").asBoolean()).isTrue();
    }

    @Test
    void losesNothingOfManySendersAtOnce() throws Exception {
        List<List<Long>> seqs = SessionResolveTest.atOnce(
                20,
                sender -> IntStream.range(0, 50)
                        .mapToObj(i -> send(sender % 2 == 0 ? Bench.ADA : Bench.HELPER, "'content':'x'")
                                .get("seq")
                                .asLong())
                        .toList());

        assertThat(seqs).allSatisfy(own -> assertThat(own).isSorted());
        assertThat(seqs.stream().flatMap(List::stream).sorted())
                .isEqualTo(
                        IntStream.rangeClosed(2, 1001).mapToObj(Long::valueOf).toList());
    }

    private void attach() {
        socket.attach(sessionId, null, null).block();
    }

    /** Has a participant leave, as an operation of later does. */
    private void leave(String participantId) {
        StoredSession stored = bench.stored(sessionId);
        Session document = stored.document();
        List<Participant> left = document.participants().stream()
                .map(one -> one.id().equals(participantId)
                        ? new Participant(
                                one.id(),
                                one.kind(),
                                one.role(),
                                null,
                                Participant.LEFT,
                                one.joinedAt(),
                                document.createdAt(),
                                null,
                                null)
                        : one)
                .toList();
        Session changed = new Session(
                document.sessionId(),
                document.channelId(),
                document.workspaceId(),
                document.name(),
                document.userId(),
                document.employeeId(),
                document.agentId(),
                document.createdBy(),
                document.timeoutConfig(),
                document.createdAt(),
                document.metadata(),
                document.sharedContext(),
                document.workflowState(),
                left,
                document.membershipRevision() + 1,
                document.workflow(),
                document.surfaces(),
                null,
                null,
                false);
        bench.memory
                .sessions()
                .commit(new SessionStore.Commit(
                        sessionId, "leave", stored.state().version(), changed, null, null, false, List.of()))
                .block();
    }

    private JsonNode send(Caller caller, String message) {
        return bench.ask(caller, Operations.MESSAGE_SEND, params(message));
    }

    private ProtocolException refused(Caller caller, String message) {
        return bench.refusedIdle(caller, Operations.MESSAGE_SEND, params(message), sessionId);
    }

    private String params(String message) {
        return "{'sessionId':'" + sessionId + "'," + message + "}";
    }
}
