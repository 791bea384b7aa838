package dev.parley.gateway.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Of an agent's connections the one that was granted last stays, in whatever order that is heard of. */
@DisplayName("who holds an agent")
class AgentHoldersTest {
    private static final Instant FIRST = Instant.ofEpochMilli(1_000);
    private static final Instant SECOND = Instant.ofEpochMilli(1_001);

    private final AgentHolders<String> holders = new AgentHolders<>(Function.identity());

    @Test
    @DisplayName("an older connection here gives way to a newer one here")
    void newerHere() {
        assertThat(holders.granted("a", "old", FIRST)).isNull();
        assertThat(holders.told("a", "old", FIRST)).isNull();
        assertThat(holders.granted("a", "new", SECOND)).isEqualTo("old");
        assertThat(holders.told("a", "new", SECOND)).isNull();
        assertThat(holders.holder("a")).isEqualTo("new");
    }

    @Test
    @DisplayName("it gives way to one elsewhere, once that is told")
    void newerElsewhere() {
        holders.granted("a", "here", FIRST);
        holders.told("a", "here", FIRST);
        assertThat(holders.told("a", "elsewhere", SECOND)).isEqualTo("here");
        holders.letGo("a", "here");
        assertThat(holders.holder("a")).isNull();
    }

    @Test
    @DisplayName("what is told late of an older one elsewhere takes nothing away")
    void toldLate() {
        assertThat(holders.granted("a", "here", SECOND)).isNull();
        assertThat(holders.told("a", "elsewhere", FIRST)).isNull();
        assertThat(holders.told("a", "here", SECOND)).isNull();
        assertThat(holders.holder("a")).isEqualTo("here");
    }

    @Test
    @DisplayName("a grant that is heard of after that of a newer one elsewhere was told gives way itself")
    void grantedLate() {
        assertThat(holders.told("a", "here", FIRST)).isNull();
        assertThat(holders.told("a", "elsewhere", SECOND)).isNull();
        assertThat(holders.granted("a", "here", FIRST)).isEqualTo("here");
        assertThat(holders.holder("a")).isNull();
    }

    @Test
    @DisplayName("one that was granted again is not older than its own grant")
    void grantedAgain() {
        holders.granted("a", "here", FIRST);
        assertThat(holders.isOlder("a", "here", SECOND)).isTrue();
        assertThat(holders.told("a", "here", SECOND)).isNull();
        assertThat(holders.isOlder("a", "here", SECOND)).isFalse();
    }

    @Test
    @DisplayName("of two in the same instant the one that was told last stays")
    void sameInstant() {
        holders.told("a", "one", FIRST);
        holders.told("a", "two", FIRST);
        assertThat(holders.granted("a", "two", FIRST)).isNull();
        assertThat(holders.granted("a", "one", FIRST)).isEqualTo("one");
        assertThat(holders.holder("a")).isEqualTo("two");
    }

    @Test
    @DisplayName("nobody is waited for after the agent went offline")
    void offline() {
        holders.granted("a", "here", FIRST);
        holders.told("a", "elsewhere", SECOND);
        holders.letGo("a", "here");
        holders.told("a", null, Instant.EPOCH);
        assertThat(holders.granted("a", "again", Instant.ofEpochMilli(1_002))).isNull();
        assertThat(holders.holder("a")).isEqualTo("again");
    }
}
