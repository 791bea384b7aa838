package dev.parley.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.gateway.session.ChangeOrder.Carried;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Changes of one session go through in their order, those that wait together, and none is left behind. */
final class ChangeOrderTest implements ChangeOrder.Carrier<String> {
    private final ChangeOrder<String> order = new ChangeOrder<>(this);
    private final List<List<String>> carried = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final Sinks.One<Carried> first = Sinks.one();
    private int most = ChangeOrder.MOST;

    @Override
    public Mono<Carried> carry(String sessionId, List<String> changes) {
        carried.add(changes);
        return changes.get(0).startsWith("held")
                ? first.asMono()
                : Mono.just(new Carried(Math.min(most, changes.size()), false));
    }

    @Override
    public void refuse(String change) {
        refused.add(change);
    }

    private void add(String... changes) {
        for (String change : changes) {
            order.add("s", change);
        }
    }

    @Test
    void thoseThatWaitBehindOneAreCarriedTogether() {
        add("held", "two", "three");
        order.add("t", "other");

        assertThat(carried).containsExactly(List.of("held"), List.of("other"));
        assertThat(order.busy()).isEqualTo(1);
        first.tryEmitValue(new Carried(1, false));
        assertThat(carried).last().isEqualTo(List.of("two", "three"));
        assertThat(order.busy()).isZero();
    }

    @Test
    void thoseThatWereNotCarriedStayFirstInLine() {
        most = 2;
        add("held", "1", "2", "3", "4", "5");
        first.tryEmitValue(new Carried(1, false));

        assertThat(carried)
                .containsExactly(
                        List.of("held"), List.of("1", "2", "3", "4", "5"), List.of("3", "4", "5"), List.of("5"));
        assertThat(order.busy()).isZero();
    }

    @Test
    void thoseBehindChangesThatTheStoreDidNotAnswerAreRefused() {
        add("held", "two", "three");
        first.tryEmitValue(new Carried(1, true));

        assertThat(refused).containsExactly("two", "three");
        assertThat(order.busy()).isZero();
        add("four");
        assertThat(carried).containsExactly(List.of("held"), List.of("four"));
    }

    @Test
    void tenThousandThatWaitGoInGroupsAndDoNotPileUpOnTheStack() {
        most = 1;
        add("held");
        for (int i = 0; i < 10_000; i++) {
            add("more");
        }

        first.tryEmitValue(new Carried(1, false));

        assertThat(carried)
                .hasSize(10_001)
                .allSatisfy(group -> assertThat(group).hasSizeBetween(1, ChangeOrder.MOST));
        assertThat(order.busy()).isZero();
    }
}
