package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Scenarios in small on a real Redis: what they count at the server is what the store is made to cost. */
final class RedisRunTest {
    @TempDir
    private Path directory;

    private int exit;

    private JsonNode run(String... arguments) throws IOException {
        Path json = directory.resolve("run.json");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--json", json.toString(), "--seed", "1"));
        all.addAll(TestServers.OPTIONS);
        exit = LoadMain.execute(all.toArray(String[]::new));
        return JsonMapper.shared().readTree(Files.readString(json)).path("tables");
    }

    private JsonNode onRedis(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--store", "redis", "--redis-option", "maxmemory-policy=noeviction"));
        JsonNode tables = run(all.toArray(String[]::new));
        assertThat(exit).isZero();
        return tables;
    }

    @Test
    void aMessageIsOneCallAndOnePublicationWhereverItsReaderIs() throws IOException {
        JsonNode tables = onRedis(
                "pairs",
                "--gateways",
                "2",
                "--users",
                "6",
                "--agents",
                "3",
                "--warm-up",
                "0.5",
                "--seconds",
                "2",
                "--rounds",
                "1",
                "--with-embedded",
                "--with-redis-benchmark");

        JsonNode each = tables.path("Redis, for each message");
        assertThat(each.path("function calls [calls]").asDouble()).isCloseTo(1, within(0.2));
        assertThat(each.path("messages published [messages]").asDouble()).isCloseTo(1, within(0.05));
        assertThat(tables.path("gateway to embedded, median of 1")
                        .path("server CPU per delivered message [×]")
                        .asDouble())
                .isPositive();
        assertThat(tables.path("gateway to redis-benchmark, median of 1")
                        .path("messages per second [×]")
                        .asDouble())
                .isPositive();
        assertThat(tables.path("across gateways counts").path("got [messages]").asLong())
                .isPositive();
    }

    @Test
    void whatSessionsCostIsToldApartFromWhatPartitionsCost() throws IOException {
        JsonNode tables = onRedis("idle", "--connections", "50", "--seconds", "2", "--heartbeat", "0.5");

        JsonNode apart = tables.path("Redis, what sessions cost and what does not depend on them");
        assertThat(apart.path("partitions listened to [partitions]").asLong()).isBetween(20L, 50L);
        assertThat(apart.path("spublish for each heartbeat [calls]").asDouble()).isLessThan(0.1);
    }

    @Test
    void eventsOfSessionsAndTheStreamOfTheirLivesAreReadOnceByWhoeverIsCut() throws IOException {
        JsonNode tables = onRedis("events", "--gateways", "2", "--events", "200", "--cuts", "10", "--readers", "1");

        for (String table : List.of("events of a session", "session-events")) {
            assertThat(tables.path(table).path("cuts [times]").asLong()).isEqualTo(10);
            assertThat(tables.path(table).path("came [events]").asLong()).isGreaterThanOrEqualTo(200);
        }
    }

    @Test
    void restingSessionsAreWeighed() throws IOException {
        JsonNode tables = onRedis("idle", "--sessions-only", "2000", "--own-users", "--seconds", "1");

        JsonNode rest = tables.path("sessions at rest in Redis");
        assertThat(rest.path("used_memory [bytes per session]").asDouble()).isBetween(500.0, 2500.0);
        assertThat(rest.path("keys [keys per session]").asDouble()).isGreaterThanOrEqualTo(3);
    }

    @Test
    void deadlinesAreToldOnceByTwoGatewaysAndLeaveNothing() throws IOException {
        JsonNode tables = onRedis(
                "deadlines",
                "--gateways",
                "2",
                "--sessions",
                "40",
                "--over",
                "2s",
                "--lead",
                "20s",
                "--watchers",
                "4",
                "--agents",
                "2",
                "--pairs",
                "0",
                "--retention",
                "2s");

        assertThat(tables.path("after the retention")
                        .path("keys of Redis, more than before [keys]")
                        .asLong())
                .isLessThan(4 * 256);
    }

    @Test
    void writersOfOneContextLoseNothingAndShareCommits() throws IOException {
        JsonNode tables = onRedis("writers", "--gateways", "2", "--writers", "60", "--patches", "5");

        assertThat(tables.path("writers").path("commits per patch [×]").asDouble())
                .isGreaterThan(0)
                .isLessThan(0.8);
    }

    @Test
    void severalGatewaysNeedAStoreThatTheyShare() throws IOException {
        run("pairs", "--gateways", "2");

        assertThat(exit).isEqualTo(1);
    }
}
