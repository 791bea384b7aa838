package dev.parley.protocol.aggregation;

import com.fasterxml.jackson.annotation.JsonValue;

/** How the results of several agents become one. */
public enum AggregationMethod {
    /** The result that most gave. */
    CONSENSUS("consensus"),

    /** That of the most confident of the specialists, or, where none gave one, of all. */
    SPECIALIST_PRIORITY("specialist_priority"),

    /** The average of numbers, by the agents' weights or else their confidence. */
    CONFIDENCE_WEIGHTED("confidence_weighted"),

    /** None: somebody decides. */
    MANUAL("manual");

    private final String wireName;

    AggregationMethod(String wireName) {
        this.wireName = wireName;
    }

    /** The name on the wire. */
    @JsonValue
    public String wireName() {
        return wireName;
    }
}
