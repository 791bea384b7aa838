package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Changes of one session go through one after another, and none is left behind. */
final class ChangeOrderTest {
    private final ChangeOrder order = new ChangeOrder();
    private final List<String> begun = new ArrayList<>();
    private final Sinks.One<String> first = Sinks.one();

    private CompletableFuture<@Nullable String> change(String sessionId, String name, Mono<String> answer) {
        return order.inTurn(sessionId, Mono.defer(() -> {
                    begun.add(name);
                    return answer;
                }))
                .toFuture();
    }

    @Test
    void theNextBeginsWhenTheOneBeforeIsAnswered() {
        CompletableFuture<@Nullable String> one = change("s", "one", first.asMono());
        CompletableFuture<@Nullable String> two = change("s", "two", Mono.just("2"));
        CompletableFuture<@Nullable String> other = change("t", "other", Mono.just("o"));

        assertThat(begun).containsExactly("one", "other");
        assertThat(two).isNotDone();
        assertThat(other).isCompletedWithValue("o");
        first.tryEmitValue("1");
        assertThat(begun).containsExactly("one", "other", "two");
        assertThat(one).isCompletedWithValue("1");
        assertThat(two).isCompletedWithValue("2");
        assertThat(order.busy()).isZero();
    }

    @Test
    void aRefusalConcernsNobodyElse() {
        CompletableFuture<@Nullable String> one = change("s", "one", first.asMono());
        CompletableFuture<@Nullable String> two = change("s", "two", Mono.just("2"));

        first.tryEmitError(new StoreException.VersionConflict(7));

        assertThat(one).isCompletedExceptionally();
        assertThat(two).isCompletedWithValue("2");
        assertThat(order.busy()).isZero();
    }

    @Test
    void thoseBehindAChangeThatTheStoreDidNotAnswerAreToldThatNothingWasDoneOfThem() {
        CompletableFuture<@Nullable String> one = change("s", "one", first.asMono());
        CompletableFuture<@Nullable String> two = change("s", "two", Mono.just("2"));

        first.tryEmitError(new StoreException.Unavailable("no answer", true));

        assertThat(one).isCompletedExceptionally();
        assertThatThrownBy(two::join)
                .cause()
                .isInstanceOfSatisfying(
                        StoreException.Unavailable.class,
                        refused -> assertThat(refused.outcomeUnknown()).isFalse());
        assertThat(begun).containsExactly("one");
        assertThat(change("s", "three", Mono.just("3"))).isCompletedWithValue("3");
        assertThat(order.busy()).isZero();
    }

    @Test
    void tenThousandThatWaitDoNotPileUpOnTheStack() {
        change("s", "one", first.asMono());
        List<CompletableFuture<@Nullable String>> waiting = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            waiting.add(change("s", "more", Mono.just("x")));
        }

        first.tryEmitValue("1");

        assertThat(waiting).allSatisfy(each -> assertThat(each).isCompletedWithValue("x"));
        assertThat(order.busy()).isZero();
    }
}
