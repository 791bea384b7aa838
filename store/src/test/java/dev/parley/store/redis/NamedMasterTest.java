package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The master that Sentinels name")
final class NamedMasterTest {
    private static final String WELL = "master";
    private static final String LEADING = "s_down,o_down,master,failover_in_progress";

    private final NamedMaster named = new NamedMaster();

    @Test
    @DisplayName("is the one of the highest epoch, whoever still names another one")
    void highestEpoch() {
        assertThat(named.hears(answer(7001, 3, WELL))).isTrue();
        assertThat(named.hears(answer(7001, 3, WELL))).isFalse();
        assertThat(named.hears(answer(7002, 4, WELL))).isTrue();
        assertThat(named.hears(answer(7001, 3, WELL))).isFalse();
        assertThat(named.address()).isEqualTo(new ServerAddress("127.0.0.1", 7002));
    }

    @Test
    @DisplayName(
            "does not go back to the old one, which the leader of a failover names with the new epoch until it is done")
    void leaderOfFailover() {
        named.hears(answer(7001, 3, WELL));
        assertThat(named.hears(answer(7001, 4, LEADING))).isFalse();
        assertThat(named.hears(answer(7002, 4, WELL))).isTrue();
        assertThat(named.hears(answer(7001, 4, LEADING))).isFalse();
        assertThat(named.hears(answer(7002, 4, WELL))).isFalse();
        assertThat(named.address()).isEqualTo(new ServerAddress("127.0.0.1", 7002));
    }

    @Test
    @DisplayName("is not known from a leader of a failover alone")
    void startDuringFailover() {
        assertThat(named.hears(answer(7001, 4, LEADING))).isFalse();
        assertThat(named.address()).isNull();
        assertThat(named.hears(answer(7002, 4, WELL))).isTrue();
        assertThat(named.address()).isEqualTo(new ServerAddress("127.0.0.1", 7002));
    }

    @Test
    @DisplayName("stays when an answer names none")
    void nonsense() {
        named.hears(answer(7001, 3, WELL));
        assertThat(named.hears(Map.of())).isFalse();
        assertThat(named.address()).isEqualTo(new ServerAddress("127.0.0.1", 7001));
    }

    private static Map<String, String> answer(int port, long epoch, String flags) {
        return Map.of(
                "ip",
                "127.0.0.1",
                "port",
                Integer.toString(port),
                "config-epoch",
                Long.toString(epoch),
                "flags",
                flags);
    }
}
