package dev.parley.loadtest;

import dev.parley.protocol.ReconnectDelay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A client that knows the addresses of several gateways and always comes back: to another one than it lost, after a wait
 * with full jitter, or after the time that a draining gateway told. It gives up a connection on which nothing has come for a
 * heartbeat and its grace, and cuts its own at random where the run wants that. What it says and hears is up to its
 * subclass. Everything happens on one event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A task that fails says so through the listener or the socket.
abstract class RoamingClient implements LoadConnection.Listener {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] DRAINING = Scan.name("server.draining");
    private static final byte[] RECONNECT_AFTER = Scan.name("reconnectAfterMs");

    /** From the attempt to connect until the answer to {@code connect}. */
    private static final double PATIENCE_SECONDS = 4;
    /** A connection that held so long was a good one: the next wait starts small again. */
    private static final long STABLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** A run of minutes has no time for waits of half a minute. */
    private static final long LONGEST_WAIT_MILLIS = 3_000;

    private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(4);
    private static final double LOOK_EVERY_SECONDS = 0.5;
    private static final int NORMAL = 1000;
    private static final int FIRST_HOPELESS = 4500;
    private static final int LAST_HOPELESS = 4999;

    private final Roaming run;
    private final int index;
    private final String kind;
    private final String id;
    private final SplittableRandom random;
    private final List<Stay> stays = new ArrayList<>();
    private final Histogram resumeTimes = new Histogram(3);
    private final Map<String, Long> farewells = new TreeMap<>();

    private @Nullable LoadConnection connection;
    private boolean ready;
    private int gateway = -1;
    private int attempt;
    private int connections;
    private int failures;
    private long attemptAt;
    private long readyAt;
    private long lostAt;
    private boolean draining;
    private long drainedUntil;
    private long heartbeatNanos = TimeUnit.SECONDS.toNanos(25);
    private long letInWhileDraining;
    private long refusedConnects;
    private long longestAway;

    /**
     * @param index number of the client among all; settles its event loop and source address
     * @param kind {@code user} or {@code agent}
     * @param seed of its choices
     */
    RoamingClient(Roaming run, int index, String kind, String id, long seed) {
        this.run = run;
        this.index = index;
        this.kind = kind;
        this.id = id;
        random = new SplittableRandom(seed);
    }

    /** What it says in {@code connect} besides who it is: members that begin with a comma, or nothing. */
    abstract String connectMembers();

    /** It is let in; {@code answer} is that to {@code connect}. */
    abstract void onReady(JsonNode answer);

    /** The connection is gone: nothing that was under way will be answered. */
    abstract void onLost();

    /** A push other than that of a draining gateway. */
    abstract void onPushed(Scan frame);

    /** The answer to a request with a number of its own. */
    abstract void onAnswered(long requestId, Scan frame);

    /** Who it is on the wire. */
    final String id() {
        return id;
    }

    final Roaming run() {
        return run;
    }

    final SplittableRandom random() {
        return random;
    }

    /** Begins to connect; from any thread. */
    final void start() {
        lostAt = System.nanoTime();
        run.generator().loop(index).execute(() -> {
            open();
            look();
        });
    }

    /** Whether it is connected and let in; on its loop, or after a barrier. */
    final boolean isReady() {
        return ready;
    }

    /** Number of the present connection. */
    final int connectionNumber() {
        return connections;
    }

    /** Sends a request that {@link #onAnswered} hears of; dropped when there is no connection. */
    final void request(long requestId, String method, String params) {
        LoadConnection present = connection;
        if (ready && present != null && present.isOpen()) {
            present.write(ClientFrames.text("{\"jsonrpc\":\"2.0\",\"id\":" + requestId + ",\"method\":\"" + method
                    + "\",\"params\":" + params + "}"));
            present.flush();
        }
    }

    /** Does something on the loop after a while. */
    final void later(double seconds, Runnable task) {
        run.generator().loop(index).schedule(task, (long) (seconds * 1e6), TimeUnit.MICROSECONDS);
    }

    /** As {@link #later}, but only if the connection is still the present one then. */
    final void laterHere(double seconds, Runnable task) {
        int number = connections;
        later(seconds, () -> {
            if (number == connections && ready) {
                task.run();
            }
        });
    }

    /** Gives up the connection, as one that cannot be trusted. */
    final void giveUp(String why) {
        LoadConnection present = connection;
        if (present != null) {
            lost("given up: " + why);
            present.reset();
        }
    }

    private void open() {
        if (run.over()) {
            return;
        }
        int number = ++attempt;
        gateway = choose();
        attemptAt = WallClock.millis();
        run.generator()
                .connect(run.targets().get(gateway), index, this)
                .whenCompleteAsync(
                        (opened, failure) -> {
                            if (number != attempt || run.over()) {
                                if (opened != null) {
                                    opened.reset();
                                }
                            } else if (failure != null) {
                                refusedConnects++;
                                attempt++;
                                comeBack();
                            } else {
                                connection = opened;
                                sayConnect(opened, number);
                            }
                        },
                        run.generator().loop(index));
        later(PATIENCE_SECONDS, () -> {
            if (number == attempt && !ready) {
                attempt++;
                LoadConnection hanging = connection;
                connection = null;
                if (hanging != null) {
                    hanging.reset();
                }
                comeBack();
            }
        });
    }

    /** Any gateway but the one that was tried last, where there is another. */
    private int choose() {
        int size = run.targets().size();
        if (gateway < 0 || size == 1) {
            return random.nextInt(size);
        }
        return (gateway + 1 + random.nextInt(size - 1)) % size;
    }

    private void sayConnect(LoadConnection opened, int number) {
        opened.call("connect", "{\"kind\":\"" + kind + "\",\"id\":\"" + id + "\"" + connectMembers() + "}")
                .whenComplete((reply, failure) -> {
                    if (number != attempt || connection != opened) {
                        return;
                    }
                    if (failure == null && reply.ok()) {
                        letIn(reply.tree());
                        return;
                    }
                    refusedConnects++;
                    attempt++;
                    connection = null;
                    opened.reset();
                    if (failure == null && !isPassing(reply.code())) {
                        run.problem(id + " was refused: " + reply.json());
                    }
                    comeBack();
                });
    }

    private void letIn(JsonNode answer) {
        long now = System.nanoTime();
        ready = true;
        readyAt = now;
        connections++;
        draining = false;
        heartbeatNanos = TimeUnit.SECONDS.toNanos(
                Math.max(1, answer.path("heartbeatSeconds").asLong(25)));
        stays.add(new Stay(connections, gateway, WallClock.millis(), Long.MAX_VALUE));
        if (connections > 1) {
            resumeTimes.recordValue(Math.max(0, now - lostAt));
            longestAway = Math.max(longestAway, now - lostAt);
        }
        if (run.shouldRefuse(gateway, attemptAt)) {
            letInWhileDraining++;
        }
        onReady(answer);
        planCut();
    }

    private void planCut() {
        if (run.cutEverySeconds() <= 0) {
            return;
        }
        boolean clean = random.nextInt(3) == 0;
        laterHere(-Math.log(1 - random.nextDouble()) * run.cutEverySeconds(), () -> {
            LoadConnection present = connection;
            if (!run.cutting() || present == null) {
                planCut();
                return;
            }
            lost("cut by the client");
            if (clean) {
                present.closeCleanly();
            } else {
                present.reset();
            }
        });
    }

    private void look() {
        if (run.over()) {
            return;
        }
        LoadConnection present = connection;
        if (ready && present != null) {
            long now = System.nanoTime();
            if (now - readyAt > STABLE_NANOS) {
                failures = 0;
            }
            if (now - present.heardAt() > heartbeatNanos + GRACE_NANOS) {
                giveUp("silent");
            }
        }
        later(LOOK_EVERY_SECONDS, this::look);
    }

    private void lost(String how) {
        connection = null;
        if (!ready) {
            return;
        }
        ready = false;
        attempt++;
        lostAt = System.nanoTime();
        Stay last = stays.get(stays.size() - 1);
        stays.set(stays.size() - 1, new Stay(last.connection(), last.gateway(), last.from(), WallClock.millis()));
        farewells.merge(how, 1L, Long::sum);
        onLost();
        comeBack();
    }

    private void comeBack() {
        long ceiling = Math.min(LONGEST_WAIT_MILLIS, ReconnectDelay.ceilingMillis(failures++));
        long jitter = random.nextLong(ceiling + 1);
        // The time that a draining gateway tells counts from when it was told.
        double wait = draining ? Math.max(0, drainedUntil - System.nanoTime()) / 1e9 : jitter / 1e3;
        draining = false;
        later(wait, this::open);
    }

    /** Whether what was refused with this code may be accepted later. */
    static boolean isPassing(String code) {
        return code.equals("STORE_UNAVAILABLE") || code.equals("DRAINING") || code.equals("RATE_LIMITED");
    }

    @Override
    public final void onPush(LoadConnection from, Scan frame) {
        if (connection != from) {
            return;
        }
        if (frame.is(frame.outer(METHOD), DRAINING)) {
            draining = true;
            run.toldDraining(gateway);
            drainedUntil = System.nanoTime()
                    + TimeUnit.MILLISECONDS.toNanos(Math.max(0, frame.number(frame.inner(RECONNECT_AFTER), 0)));
        } else {
            onPushed(frame);
        }
    }

    @Override
    public final void onAnswer(LoadConnection from, long requestId, Scan frame) {
        if (connection == from) {
            onAnswered(requestId, frame);
        }
    }

    @Override
    public final void onClosed(LoadConnection from, int code) {
        if (connection != from || run.over() || !ready) {
            return;
        }
        if ((code >= FIRST_HOPELESS && code <= LAST_HOPELESS) || code == NORMAL || code == 1008 || code == 1009) {
            run.problem(id + " was closed with " + code);
        }
        lost("closed with " + code);
    }

    @Override
    public final void onDefect(LoadConnection from, String what) {
        run.problem(id + ": " + what);
    }

    /** Where it was when; after a barrier. */
    final List<Stay> stays() {
        return stays;
    }

    /** From losing a connection until the next one's {@code connect} was answered, ns; after a barrier. */
    final Histogram resumeTimes() {
        return resumeTimes;
    }

    /** How connections ended, and how many; after a barrier. */
    final Map<String, Long> farewells() {
        return farewells;
    }

    /** How often a draining gateway let it in. */
    final long letInWhileDraining() {
        return letInWhileDraining;
    }

    /** Attempts to connect that failed. */
    final long refusedConnects() {
        return refusedConnects;
    }

    /** The longest time without a connection, or the present one when it has none, in nanoseconds. */
    final long longestAway() {
        return ready ? longestAway : Math.max(longestAway, System.nanoTime() - lostAt);
    }
}
