package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import dev.parley.store.FaultyStore.Trip;
import dev.parley.store.LoggedEvent;
import dev.parley.store.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Edits of one session that wait behind another one are written together, and nobody can tell but by the store's calls. */
final class EditBatchTest {
    private final Bench bench = new Bench();
    private final String sessionId = bench.session();
    private final Queue<Runnable> underWay = new ArrayDeque<>();

    @BeforeEach
    void answersAreHeldBack() {
        bench.store.calls();
        bench.store.answersOn(underWay::add);
    }

    private CompletableFuture<JsonNode> ask(Caller caller, Operation<?, ?> operation, String more) {
        return bench.mono(new Call(caller, null), operation, "{'sessionId':'" + sessionId + "'," + more + "}")
                .map(Bench::tree)
                .toFuture()
                .thenApply(Objects::requireNonNull);
    }

    private CompletableFuture<JsonNode> patch(String key) {
        return ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, "'patch':{'" + key + "':1}");
    }

    private CompletableFuture<JsonNode> put(String content, String ifMatch) {
        return ask(
                Bench.ADA,
                Operations.SESSION_CONTEXT_PUT,
                "'context':{'x':'" + content + "'}" + (ifMatch.isEmpty() ? "" : ",'ifMatch':" + ifMatch));
    }

    private void goOn() {
        for (Runnable next = underWay.poll(); next != null; next = underWay.poll()) {
            next.run();
        }
    }

    private static long version(CompletableFuture<JsonNode> answer) {
        assertThat(answer).isCompleted();
        return answer.join().get("version").asLong();
    }

    private static ProtocolException refusal(CompletableFuture<JsonNode> answer) {
        assertThat(answer).isCompletedExceptionally();
        try {
            throw new AssertionError(answer.join());
        } catch (CompletionException e) {
            return (ProtocolException) Objects.requireNonNull(e.getCause());
        }
    }

    private List<Integer> loggedVersions() {
        return bench.log(sessionId).stream()
                .filter(event -> event.type().equals(EventTypes.CONTEXT_UPDATED))
                .map(LoggedEvent::body)
                .map(body -> Bench.tree(body).get("version").asInt())
                .toList();
    }

    @Test
    void thoseThatWaitAreOneCommitAndEachHasAVersionAnEventAndAnAnswerOfItsOwn() {
        List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(patch("k" + i));
        }
        goOn();

        assertThat(bench.store.calls()).containsExactly("load", "commit", "load", "commit");
        for (int i = 0; i < 5; i++) {
            assertThat(version(answers.get(i))).isEqualTo(2 + i);
            assertThat(answers.get(i).join().get("sharedContext").size()).isEqualTo(1 + i);
        }
        assertThat(loggedVersions()).containsExactly(2, 3, 4, 5, 6);
        assertThat(bench.stored(sessionId).state().version()).isEqualTo(6);
        assertThat(bench.stored(sessionId).document().sharedContext())
                .isEqualTo(Bench.json("{'k0':1,'k1':1,'k2':1,'k3':1,'k4':1}"));
    }

    @Test
    void aConditionIsHeldAgainstTheVersionThatThoseBeforeMadeAndWhoIsRefusedFailsAlone() {
        patch("first");
        CompletableFuture<JsonNode> three = put("three", "2");
        CompletableFuture<JsonNode> stale = put("stale", "2");
        CompletableFuture<JsonNode> stranger = ask(Bench.BOB, Operations.SESSION_CONTEXT_PATCH, "'patch':{'b':1}");
        CompletableFuture<JsonNode> same = ask(Bench.ADA, Operations.SESSION_CONTEXT_PATCH, "'patch':{'x':'three'}");
        CompletableFuture<JsonNode> four = put("four", "'3'");
        goOn();

        assertThat(bench.store.calls()).containsExactly("load", "commit", "load", "commit");
        assertThat(version(three)).isEqualTo(3);
        assertThat(refusal(stale).code()).isEqualTo(ErrorCode.VERSION_CONFLICT);
        assertThat(refusal(stale).details()).containsEntry("version", 3L);
        assertThat(refusal(stranger).code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(version(same)).as("nothing changed").isEqualTo(3);
        assertThat(version(four)).isEqualTo(4);
        assertThat(loggedVersions()).containsExactly(2, 3, 4);
    }

    @Test
    void whoComesLeavesAndComesBackDoesSoInCommitsOfTheirOwn() {
        patch("first");
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, "'id':'eve','kind':'user'");
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_REMOVE, "'participantId':'eve'");
        ask(Bench.ADA, Operations.SESSION_PARTICIPANTS_ADD, "'id':'eve','kind':'user'");
        goOn();

        assertThat(bench.store.calls()).filteredOn("commit"::equals).hasSize(1 + 3);
        assertThat(bench.types(sessionId))
                .endsWith(EventTypes.PARTICIPANT_JOINED, EventTypes.PARTICIPANT_LEFT, EventTypes.PARTICIPANT_JOINED);
        assertThat(bench.stored(sessionId).document().hasPresent("eve")).isTrue();
    }

    @Test
    void oneCommitIsNotLargerThanHalfAMegabyteUnlessOneChangeIs() {
        patch("first");
        List<CompletableFuture<JsonNode>> answers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            answers.add(put(String.valueOf(i).repeat(150_000), ""));
        }
        goOn();

        assertThat(bench.store.calls()).filteredOn("commit"::equals).hasSize(1 + 3);
        for (int i = 0; i < 6; i++) {
            assertThat(version(answers.get(i))).isEqualTo(3 + i);
        }
    }

    @Test
    void noMoreThanThirtyTwoGoTogether() {
        for (int i = 0; i < 66; i++) {
            patch("k" + i);
        }
        goOn();

        assertThat(bench.store.calls()).filteredOn("commit"::equals).hasSize(1 + 2 + 1);
        assertThat(loggedVersions()).hasSize(66).isSorted().endsWith(67);
    }

    @Test
    void whenAnotherGatewayWasFasterAllAreDecidedAnew() {
        patch("first");
        CompletableFuture<JsonNode> two = patch("two");
        CompletableFuture<JsonNode> onThree = put("three", "3");
        CompletableFuture<JsonNode> onFour = put("four", "4");
        int[] commits = {0};
        bench.store.line((call, argument) -> {
            if (call.equals("commit") && ++commits[0] == 2) {
                bench.askElsewhere(
                        Bench.ADA,
                        Operations.SESSION_CONTEXT_PATCH,
                        "{'sessionId':'" + sessionId + "','patch':{'elsewhere':1}}");
            }
            return Trip.AT_ONCE;
        });
        goOn();

        assertThat(version(two)).isEqualTo(4);
        assertThat(two.join().get("sharedContext").has("elsewhere")).isTrue();
        assertThat(refusal(onThree).code()).isEqualTo(ErrorCode.VERSION_CONFLICT);
        assertThat(version(onFour)).isEqualTo(5);
        assertThat(loggedVersions()).containsExactly(2, 3, 4, 5);
    }

    @Test
    void whenTheStoreDoesNotAnswerOnlyWhatWasSentIsInDoubt() {
        patch("first");
        CompletableFuture<JsonNode> stranger = ask(Bench.BOB, Operations.SESSION_CONTEXT_PATCH, "'patch':{'b':1}");
        CompletableFuture<JsonNode> sent = patch("sent");
        CompletableFuture<JsonNode> after = put("after", "77");
        List<CompletableFuture<JsonNode>> behind = new ArrayList<>();
        for (int i = 0; i < ChangeOrder.MOST; i++) {
            behind.add(patch("behind" + i));
        }
        int[] commits = {0};
        bench.store.line((call, argument) -> call.equals("commit") && ++commits[0] == 2
                ? new Trip(0, 0, false, false, new StoreException.Unavailable("no answer", true))
                : Trip.AT_ONCE);
        goOn();

        assertThat(refusal(stranger).code()).isEqualTo(ErrorCode.FORBIDDEN);
        assertThat(refusal(sent).code()).isEqualTo(ErrorCode.STORE_UNAVAILABLE);
        assertThat(refusal(sent).details()).containsEntry("outcome", "unknown");
        assertThat(refusal(after).details()).containsEntry("outcome", "refused");
        assertThat(refusal(behind.get(0)).details()).containsEntry("outcome", "unknown");
        assertThat(refusal(behind.get(ChangeOrder.MOST - 1)).details()).containsEntry("outcome", "refused");
        assertThat(bench.store.calls()).containsExactly("load", "commit", "load", "commit");
        CompletableFuture<JsonNode> later = patch("later");
        goOn();
        assertThat(version(later)).isEqualTo(3);
    }
}
