package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Programs outside that follow events over connections that break, and come back with their position. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = {
            "Readers of a session's events over HTTP are cut at any byte and resume by Last-Event-ID: all there once.",
            "With --store redis also a reader of the stream session-events. With --url through whatever stands there."
        })
final class EventsCommand extends ScenarioCommand {
    private static final int UNDER_WAY = 8;
    private static final double READ_SECONDS = 60;
    private static final String TEXT = " — Grüße, события, 事件 ".repeat(4);

    @Mixin
    private StoreOptions store = new StoreOptions();

    @Option(names = "--events", description = "Events in all (default ${DEFAULT-VALUE}).")
    private int events = 10_000;

    @Option(names = "--cuts", description = "How often each reader is cut (default ${DEFAULT-VALUE}).")
    private int cuts = 100;

    @Option(names = "--readers", description = "Readers of the session at once (default ${DEFAULT-VALUE}).")
    private int readers = 2;

    private final Watch notes = new Watch();

    EventsCommand() {
        super("events");
    }

    @Override
    Map<String, String> gatewaySettings() {
        return Map.of("SESSION_HISTORY_LIMIT", "1000000");
    }

    @Override
    void execute(Generator generator, Report results) {
        if (events < 10 || events > 1_000_000 || cuts < 1 || cuts > events / 4 || readers < 1 || readers > 100) {
            throw new LoadException(
                    "--events must be 10 to 1000000, --cuts 1 to a quarter of them, --readers 1 to 100");
        }
        results.setting("load", events + " events, " + readers + " readers, each cut " + cuts + " times at any byte");
        try (Owned owned = new Owned()) {
            Stage stage = stage(owned, store);
            List<LoadConnection> writers = new ArrayList<>();
            for (int i = 0; i < UNDER_WAY; i++) {
                writers.add(Generator.await(
                                Clients.connect(generator, stage.of(i), i, notes, Clients.identity("user", "ann")))
                        .connection());
            }
            session(stage, writers, results);
            RedisProcess redis = stage.redis();
            if (redis != null) {
                lives(redis, writers, results);
            }
            notes.expectClosing();
        }
        notes.into(results.tally());
    }

    /** One session with that many events, followed from before they are caused. */
    private void session(Stage stage, List<LoadConnection> writers, Report results) {
        String sessionId = runId();
        String agent = sessionId + "-agent";
        Generator.await(writers.get(0).call("session.create", Clients.session(sessionId, agent, "ann")))
                .orThrow("session.create");
        List<EventFollower> following = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            following.add(new EventFollower(stage.gateways(), sessionId, seed() * 1_000 + i, events, cuts));
        }
        following.forEach(EventFollower::start);
        Map<Long, String> sent = new ConcurrentHashMap<>();
        // Its creation and its end are events too.
        Generator.each(events - 2, UNDER_WAY, number -> {
            String messageId = "m" + number;
            return writers.get(number % writers.size())
                    .call(
                            "message.send",
                            "{\"sessionId\":\"" + sessionId + "\",\"messageId\":\"" + messageId + "\",\"content\":\""
                                    + content(messageId) + "\"}")
                    .thenAccept(reply ->
                            sent.put(reply.orThrow("message.send").path("seq").asLong(), messageId));
        });
        Generator.await(writers.get(0).call("session.complete", "{\"sessionId\":\"" + sessionId + "\"}"))
                .orThrow("session.complete");
        JsonNode ended = Generator.await(writers.get(0).call("session.get", "{\"sessionId\":\"" + sessionId + "\"}"))
                .orThrow("session.get");
        Tally tally = results.tally();
        tally.sent += events;
        tally.acknowledged += sent.size() + 2;
        for (EventFollower follower : following) {
            follower.join(READ_SECONDS);
            follower.judge(tally, sent, ended.path("seq").asLong(events), EventsCommand::content);
        }
        told(results, "events of a session", following);
    }

    private static String content(String messageId) {
        return messageId + TEXT;
    }

    /** Sessions that are created and completed, which the stream tells. */
    private void lives(RedisProcess redis, List<LoadConnection> writers, Report results) {
        Set<String> sessions = ConcurrentHashMap.newKeySet();
        StreamFollower follower =
                new StreamFollower(redis.port(), "parley:session-events", seed() * 1_000 + readers, events, cuts);
        follower.start();
        String run = runId();
        Generator.each(events / 2, UNDER_WAY, number -> {
            String sessionId = run + "-" + number;
            LoadConnection writer = writers.get(number % writers.size());
            return writer.call("session.create", Clients.session(sessionId, run + "-agent", "ann"))
                    .thenCompose(reply -> {
                        reply.orThrow("session.create");
                        return writer.call("session.complete", "{\"sessionId\":\"" + sessionId + "\"}");
                    })
                    .thenAccept(reply -> {
                        reply.orThrow("session.complete");
                        sessions.add(sessionId);
                    });
        });
        Tally tally = results.tally();
        tally.sent += sessions.size() * 2L;
        tally.acknowledged += sessions.size() * 2L;
        // Gateways tell the stream behind their answers.
        Waiting.atMost(
                READ_SECONDS,
                () -> redis.call("XLEN", "parley:session-events") instanceof Long length
                        && length >= sessions.size() * 2L);
        follower.over();
        follower.join(READ_SECONDS);
        follower.judge(tally, sessions);
        told(results, "session-events", List.of(follower));
    }

    private static void told(Report results, String table, List<? extends CutFollower> followers) {
        results.count(
                table, "came", followers.stream().mapToLong(CutFollower::came).sum(), "events");
        results.count(
                table,
                "cuts",
                followers.stream().mapToLong(CutFollower::cutsMade).sum(),
                "times");
        results.count(
                table,
                "connections that ended otherwise",
                followers.stream().mapToLong(CutFollower::endedByOthers).sum(),
                "times");
    }
}
