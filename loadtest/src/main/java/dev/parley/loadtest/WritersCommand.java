package dev.parley.loadtest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Many who change one session's shared context at once, each a key of its own. */
@Command(
        name = "writers",
        mixinStandardHelpOptions = true,
        description =
                "Many patch the context of one session at once: none lost, none refused; what each costs the store.")
final class WritersCommand extends ScenarioCommand {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] UPDATED = Scan.name("context.updated");
    private static final byte[] VERSION = Scan.name("version");
    private static final double SETTLE_SECONDS = 30;
    private static final String TABLE = "writers";

    @Mixin
    private StoreOptions store = new StoreOptions();

    @Option(names = "--writers", description = "How many write at once (default ${DEFAULT-VALUE}).")
    private int writers = 200;

    @Option(names = "--patches", description = "Patches of each, one after another (default ${DEFAULT-VALUE}).")
    private int patches = 20;

    private final Watcher watcher = new Watcher();
    private final Histogram latency = new ConcurrentHistogram(3);

    WritersCommand() {
        super("writers");
    }

    @Override
    void execute(Generator generator, Report results) throws Exception {
        if (writers < 1 || writers > 10_000 || patches < 1) {
            throw new LoadException("--writers must be 1 to 10000, --patches at least 1");
        }
        results.setting("load", writers + " writers of one context, " + patches + " patches each, one after another");
        try (Owned owned = new Owned()) {
            Stage stage = stage(owned, store);
            String session = runId();
            LoadConnection watching = Generator.await(
                            Clients.connect(generator, stage.first(), 0, watcher, Clients.identity("user", "ann")))
                    .connection();
            Generator.await(watching.call("session.create", Clients.session(session, session + "-agent", "ann")))
                    .orThrow("session.create");
            List<Writer> all = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                all.add(new Writer(session, i));
            }
            Generator.each(
                    writers,
                    32,
                    i -> Clients.connect(generator, stage.of(i), i + 1, watcher, Clients.identity("user", "ann"))
                            .thenAccept(connected -> all.get(i).connection = connected.connection()));
            long commits = commits(stage);
            long cpu = stage.cpuNanos();
            long from = System.nanoTime();
            all.stream().map(Writer::begin).toList().forEach(Generator::await);
            double took = (System.nanoTime() - from) / 1e9;
            JsonNode after = Generator.await(
                            watching.call("session.context.get", "{\"sessionId\":\"" + session + "\"}"))
                    .orThrow("session.context.get");
            Waiting.atMost(SETTLE_SECONDS, () -> {
                generator.barrier();
                return watcher.versions.size() >= after.path("version").asLong() - 1;
            });
            results.figure(TABLE, "commits per patch", (double) (commits(stage) - commits) / (writers * patches), "×");
            results.figure(TABLE, "patches per second", writers * patches / took, "/s");
            if (cpu >= 0) {
                results.figure(TABLE, "server CPU per patch", (stage.cpuNanos() - cpu) / 1e3 / writers / patches, "µs");
            }
            results.figure(TABLE, "answer p50", latency.getValueAtPercentile(50) / 1e6, "ms");
            results.figure(TABLE, "answer p99", latency.getValueAtPercentile(99) / 1e6, "ms");
            results.latency("answer", latency);
            judge(all, after, results.tally());
        }
    }

    /** A patch is got when it is in the context at the end, and its version was told once and in order. */
    private void judge(List<Writer> all, JsonNode after, Tally tally) {
        JsonNode context = after.path("sharedContext");
        Set<Long> answered = new HashSet<>();
        for (Writer writer : all) {
            tally.sent += writer.sent;
            tally.acknowledged += writer.versions.size();
            tally.refused += writer.refused;
            writer.problems.forEach(tally::fail);
            if (!writer.versions.isEmpty() && context.path(writer.key).asInt(-1) != writer.last) {
                tally.lost++;
            }
            for (long version : writer.versions) {
                if (!answered.add(version)) {
                    tally.fail("two changes were answered with version " + version);
                }
            }
        }
        long expected = 1 + tally.acknowledged;
        if (after.path("version").asLong() != expected) {
            tally.fail("the version is " + after.path("version") + " after " + tally.acknowledged + " changes");
        }
        if (tally.refused > 0) {
            tally.fail(tally.refused + " changes were refused, which nobody may be for contention");
        }
        tally.got = new HashSet<>(watcher.versions).size();
        tally.doubled = watcher.versions.size() - tally.got;
        for (int i = 1; i < watcher.versions.size(); i++) {
            if (watcher.versions.get(i) < watcher.versions.get(i - 1)) {
                tally.misordered++;
            }
        }
        tally.lost += Math.max(0, tally.acknowledged - tally.got);
    }

    /** How many commits all gateways have asked their store for. */
    private static long commits(Stage stage) throws IOException, InterruptedException {
        long sum = 0;
        HttpClient client = HttpClient.newHttpClient();
        for (Target gateway : stage.gateways()) {
            String metrics = client.send(
                            HttpRequest.newBuilder(URI.create(gateway.http() + "/metrics"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            sum += metrics.lines()
                    .filter(line -> line.startsWith("parley_store_latency_seconds_count{call=\"commit\""))
                    .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
        return sum;
    }

    /** Hears of all changes on the one connection that is attached; the others are told nothing. On its event loop. */
    private static final class Watcher implements LoadConnection.Listener {
        private final List<Long> versions = new ArrayList<>();

        @Override
        public void onPush(LoadConnection connection, Scan frame) {
            if (frame.is(frame.outer(METHOD), UPDATED)) {
                versions.add(frame.number(frame.inner(VERSION), -1));
            }
        }

        @Override
        public void onDefect(LoadConnection connection, String what) {
            throw new LoadException(what);
        }
    }

    /** Writes one key, a higher number each time, on one event loop. */
    private final class Writer {
        private final String session;
        private final String key;
        private final List<Long> versions = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();
        /** Set before it begins. */
        private @Nullable LoadConnection connection;

        private long sent;
        private long refused;
        private int last = -1;

        Writer(String session, int number) {
            this.session = session;
            this.key = "w" + number;
        }

        CompletableFuture<Void> begin() {
            CompletableFuture<Void> done = new CompletableFuture<>();
            write(0, done);
            return done;
        }

        private void write(int number, CompletableFuture<Void> done) {
            if (number == patches) {
                done.complete(null);
                return;
            }
            long at = System.nanoTime();
            sent++;
            Objects.requireNonNull(connection)
                    .call(
                            "session.context.patch",
                            "{\"sessionId\":\"" + session + "\",\"patch\":{\"" + key + "\":" + number + "}}")
                    .whenComplete((reply, failure) -> {
                        latency.recordValue(System.nanoTime() - at);
                        if (failure != null) {
                            done.completeExceptionally(failure);
                            return;
                        }
                        answered(reply, number);
                        write(number + 1, done);
                    });
        }

        private void answered(Reply reply, int number) {
            if (!reply.ok()) {
                refused++;
                problems.add(reply.json());
                return;
            }
            JsonNode result = reply.tree();
            versions.add(result.path("version").asLong());
            last = number;
            if (result.path("sharedContext").path(key).asInt(-1) != number) {
                problems.add("the answer does not hold the change that it answers: " + key);
            }
        }
    }
}
