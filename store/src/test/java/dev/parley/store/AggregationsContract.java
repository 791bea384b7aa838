package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.store.AggregationStore.AggregationLimits;
import dev.parley.store.AggregationStore.NewAggregation;
import dev.parley.store.AggregationStore.Replacement;
import dev.parley.store.AggregationStore.StoredAggregation;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Documents in which the results of several agents are brought together. */
abstract class AggregationsContract extends ContractGroup {
    private static final AggregationLimits WIDE = new AggregationLimits(100, 1_000_000);
    private static final RawJson ONE = RawJson.of("{\"a\":1}");
    private static final RawJson TWO = RawJson.of("{\"a\":1,\"b\":1e999,\"é\":\"\\u0000\"}");

    AggregationsContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("what is created is read as it was given, byte by byte, in its workspace only")
    void created() {
        done(aggregations().create(made("x", TWO, WIDE)));
        StoredAggregation stored = get(aggregations().get("default", "x"));
        assertThat(stored.document().toString()).isEqualTo(TWO.toString());
        assertThat(stored.version()).isEqualTo(1);
        refusal(StoreException.NotFound.class, aggregations().get("other", "x"));
        refusal(StoreException.NotFound.class, aggregations().get("default", "y"));
    }

    @Test
    @DisplayName(
            "a repeated creation is answered as the first time, also after a change; another one of that id is not")
    void repeatedCreation() {
        done(aggregations().create(made("x", ONE, WIDE)));
        done(aggregations().create(made("x", ONE, WIDE)));
        get(aggregations().replace(change("x", operation(), 1, TWO, WIDE)));
        done(aggregations().create(made("x", ONE, WIDE)));
        assertThat(get(aggregations().get("default", "x")).document()).isEqualTo(TWO);
        refusal(StoreException.Conflict.class, aggregations().create(made("x", TWO, WIDE)));
    }

    @Test
    @DisplayName("a change is made on its version only, and once however often it is repeated")
    void replaced() {
        done(aggregations().create(made("x", ONE, WIDE)));
        Replacement change = change("x", operation(), 1, TWO, WIDE);
        assertThat(get(aggregations().replace(change))).isEqualTo(2);
        assertThat(get(aggregations().replace(change))).isEqualTo(2);
        StoreException.VersionConflict late = refusal(
                StoreException.VersionConflict.class, aggregations().replace(change("x", operation(), 1, ONE, WIDE)));
        assertThat(late.actual()).isEqualTo(2);
        assertThat(get(aggregations().replace(change("x", operation(), 2, ONE, WIDE))))
                .isEqualTo(3);
        assertThat(get(aggregations().replace(change))).isEqualTo(2);
        assertThat(get(aggregations().get("default", "x")).document()).isEqualTo(ONE);
        refusal(StoreException.NotFound.class, aggregations().replace(change("y", operation(), 1, ONE, WIDE)));
    }

    @Test
    @DisplayName("none is read past its time, and its room is free then")
    void pastItsTime() {
        AggregationLimits one = new AggregationLimits(1, 100);
        done(aggregations().create(made("x", ONE, one)));
        refusal(StoreException.Full.class, aggregations().create(made("y", ONE, one)));
        advanceSeconds(59);
        get(aggregations().get("default", "x"));
        advanceSeconds(1);
        refusal(StoreException.NotFound.class, aggregations().get("default", "x"));
        refusal(StoreException.NotFound.class, aggregations().replace(change("x", operation(), 1, ONE, one)));
        done(aggregations().create(made("y", ONE, one)));
        done(aggregations().create(made("x", TWO, new AggregationLimits(2, 100))));
    }

    @Test
    @DisplayName("the bytes of a workspace are bounded, of changes too; what is smaller always fits")
    void bytes() {
        AggregationLimits tight = new AggregationLimits(100, 2L * TWO.length());
        done(aggregations().create(made("x", TWO, tight)));
        done(aggregations().create(made("y", ONE, tight)));
        refusal(StoreException.Full.class, aggregations().create(made("z", TWO, tight)));
        done(aggregations().create(new NewAggregation("other", "z", TWO, 60_000, tight)));
        RawJson large = RawJson.of(("[" + "1,".repeat(TWO.length()) + "1]").getBytes(StandardCharsets.UTF_8));
        refusal(StoreException.Full.class, aggregations().replace(change("y", operation(), 1, large, tight)));
        get(aggregations().replace(change("y", operation(), 1, TWO, tight)));
        AggregationLimits none = new AggregationLimits(1, 1);
        get(aggregations().replace(change("x", operation(), 1, ONE, none)));
        assertThat(get(aggregations().get("default", "x")).version()).isEqualTo(2);
    }

    private AggregationStore aggregations() {
        return store().aggregations();
    }

    private static NewAggregation made(String id, RawJson document, AggregationLimits limits) {
        return new NewAggregation("default", id, document, 60_000, limits);
    }

    private static Replacement change(
            String id, String operation, long version, RawJson document, AggregationLimits limits) {
        return new Replacement("default", id, operation, version, document, limits);
    }
}
