package dev.parley.loadtest;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Connections that only stay, each in a session of its own, and say that they are alive. Methods block and are for the main
 * thread; counts may be read from any.
 */
final class IdleClients extends Watch {
    private static final int WIDTH = 128;
    private static final int AGENTS = 100;

    private final Generator generator;
    private final Stage stage;
    private final String run;
    private final SplittableRandom random;
    private final long periodMillis;
    private final List<LoadConnection> connections = new ArrayList<>();
    private final List<ScheduledFuture<?>> beats = new ArrayList<>();
    private final LongAdder opened = new LongAdder();
    private final LongAdder heartbeats = new LongAdder();
    private final LongAdder answered = new LongAdder();

    /**
     * @param stage the gateways, to which connections are dealt in turn; or a relay
     * @param run a text that is new in each run; ids begin with it
     * @param heartbeatSeconds between the heartbeats of a connection, which are spread at random
     */
    IdleClients(Generator generator, Stage stage, String run, long seed, double heartbeatSeconds) {
        this.generator = generator;
        this.stage = stage;
        this.run = run;
        random = new SplittableRandom(seed);
        periodMillis = (long) (heartbeatSeconds * 1000);
    }

    /** Opens more connections, each with its session, and lets them send heartbeats. On a relay they only stay. */
    void add(int count) {
        int first = connections.size();
        LoadConnection[] more = new LoadConnection[count];
        Generator.each(
                count,
                WIDTH,
                i -> Clients.connect(
                                generator,
                                stage.of(first + i),
                                first + i,
                                this,
                                Clients.identity("user", id('u', first + i)))
                        .thenAccept(connected -> {
                            opened.increment();
                            more[i] = connected.connection();
                        }));
        if (!stage.first().relay()) {
            Generator.each(
                    count,
                    WIDTH,
                    i -> more[i].call(
                                    "session.create",
                                    Clients.session(
                                            id('s', first + i), id('a', (first + i) % AGENTS), id('u', first + i)))
                            .thenAccept(reply -> reply.orThrow("session.create")));
            List.of(more).forEach(this::beat);
        }
        connections.addAll(List.of(more));
    }

    private String id(char kind, int number) {
        return String.format(Locale.ROOT, "%s-%c%07d", run, kind, number);
    }

    private void beat(LoadConnection connection) {
        byte[] frame = ClientFrames.text("{\"jsonrpc\":\"2.0\",\"id\":" + LoadConnection.LISTENER_IDS
                + ",\"method\":\"heartbeat\",\"params\":{}}");
        beats.add(connection
                .loop()
                .scheduleAtFixedRate(
                        () -> {
                            if (connection.isOpen()) {
                                heartbeats.increment();
                                connection.write(frame);
                                connection.flush();
                            }
                        },
                        random.nextLong(periodMillis),
                        periodMillis,
                        TimeUnit.MILLISECONDS));
    }

    @Override
    public void onAnswer(LoadConnection connection, long id, Scan frame) {
        answered.increment();
    }

    /** How many connections were opened. */
    long opened() {
        return opened.sum();
    }

    /** How many heartbeats were sent. */
    long heartbeats() {
        return heartbeats.sum();
    }

    /** No more heartbeats. */
    void quiet() {
        beats.forEach(each -> each.cancel(false));
        beats.clear();
    }

    /** Waits for the last answers, closes all connections, and adds what came of the heartbeats. */
    void end(Report results) {
        quiet();
        Waiting.atMost(10, () -> {
            generator.barrier();
            return answered.sum() >= heartbeats.sum();
        });
        expectClosing();
        connections.forEach(LoadConnection::closeCleanly);
        if (!stage.first().relay()) {
            Tally tally = results.tally();
            tally.sent = heartbeats.sum();
            tally.acknowledged = answered.sum();
            tally.unanswered = heartbeats.sum() - answered.sum();
            tally.got = answered.sum();
            results.setting(
                    "idle", "heartbeat every " + periodMillis / 1000.0 + " s, spread; WebSocket pings answered");
        }
        into(results.tally());
    }
}
