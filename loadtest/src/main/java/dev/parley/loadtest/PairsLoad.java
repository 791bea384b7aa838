package dev.parley.loadtest;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Users and agents that talk in pairs, each pair in its own session: the load behind most scenarios.
 *
 * <p>Closed loop: each user has a number of requests under way and sends the next one when a reply came. Open loop: messages
 * are due at a steady rate, both ways in turn, whatever became of those before; latency counts from when one was due. The
 * same load drives the bare relay, which acknowledges nothing. Public methods are called on the main thread and block.
 * Longer than most: setting up, driving and judging share the tables of pairs and windows, and the hot path is best read in
 * one place.
 */
final class PairsLoad implements LoadConnection.Listener {
    /**
     * How much load.
     *
     * @param users number of user connections
     * @param agents number of agent connections; there are as many pairs as the larger of the two
     * @param messageBytes length of each content
     * @param outstanding requests under way for each pair in a closed loop
     * @param rate messages per second in an open loop, or 0 for a closed loop
     */
    record Shape(int users, int agents, int messageBytes, int outstanding, double rate) {
        int pairs() {
            return Math.max(users, agents);
        }
    }

    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] MESSAGE = Scan.name("message");
    private static final byte[] GAP = Scan.name("gap");
    private static final byte[] ATTACHED = Scan.name("session.attached");
    private static final byte[] DRAINING = Scan.name("server.draining");
    private static final byte[] CONTENT = Scan.name("content");
    private static final byte[] SESSION_ID = Scan.name("sessionId");
    private static final byte[] ENTRY = Scan.name("entry");
    private static final byte[] SEQ = Scan.name("seq");
    private static final byte[] ERROR = Scan.name("error");
    private static final long TICK_MICROS = 200;
    private static final int WIDTH = 64;

    private final Generator generator;
    private final Target target;
    private final Target agentsAt;
    private final List<Target> servers;
    private final Shape shape;
    private final String run;
    private final int firstIndex;
    private final List<Pair> pairs = new ArrayList<>();
    private final List<LoadConnection> users = new ArrayList<>();
    private final List<LoadConnection> agents = new ArrayList<>();
    private final Map<EventLoop, LoadWindow> windows = new HashMap<>();
    private final Map<LoadConnection, Integer> closeCodes = new ConcurrentHashMap<>();
    private final Map<LoadConnection, Long> closedAt = new ConcurrentHashMap<>();
    private final Set<LoadConnection> warned = ConcurrentHashMap.newKeySet();
    private final Set<String> attached = ConcurrentHashMap.newKeySet();
    private final Map<String, Boolean> problems = new ConcurrentHashMap<>();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder misrouted = new LongAdder();
    private final List<ScheduledFuture<?>> tickers = new ArrayList<>();
    private volatile boolean running;
    private volatile boolean measuring;
    private volatile boolean closing;
    private volatile boolean draining;

    /**
     * Prepares the load.
     *
     * @param run a text that is new in each run; ids begin with it
     * @param firstIndex number of the first connection, which settles event loops and source addresses
     */
    PairsLoad(Generator generator, Target target, Shape shape, String run, int firstIndex) {
        this(generator, target, target, List.of(target), shape, run, firstIndex);
    }

    /**
     * Prepares a load whose users and agents are on different gateways.
     *
     * @param usersAt the gateway of the users, which create the sessions
     * @param agentsAt the gateway of the agents
     * @param servers whose CPU counts
     * @param run a text that is new in each run; ids begin with it
     * @param firstIndex number of the first connection, which settles event loops and source addresses
     */
    PairsLoad(
            Generator generator,
            Target usersAt,
            Target agentsAt,
            List<Target> servers,
            Shape shape,
            String run,
            int firstIndex) {
        this.generator = generator;
        this.target = usersAt;
        this.agentsAt = agentsAt;
        this.servers = servers;
        this.shape = shape;
        this.run = run;
        this.firstIndex = firstIndex;
        generator.loops().forEach(loop -> windows.put(loop, new LoadWindow()));
    }

    /** Connects all clients and creates all sessions. */
    void open() {
        connect(agents, "agent", 'a', shape.agents());
        connect(users, "user", 'u', shape.users());
        for (int i = 0; i < shape.pairs(); i++) {
            LoadConnection user = users.get(i % shape.users());
            LoadConnection agent = agents.get(i % shape.agents());
            String session = String.format(Locale.ROOT, "%s-p%06d", run, i);
            LoadWindow at = window(user);
            LoadWindow far = window(agent);
            String there = target.relay() ? "\"to\":\"" + id('a', i % shape.agents()) + "\"" : in(session);
            String back = target.relay() ? "\"to\":\"" + id('u', i % shape.users()) + "\"" : in(session);
            pairs.add(new Pair(
                    session,
                    new Lane(i, Lane.REQUEST, there, shape.messageBytes(), user, agent, at, far),
                    new Lane(i, Lane.REPLY, back, shape.messageBytes(), agent, user, far, at)));
        }
        if (!target.relay()) {
            Generator.each(
                    shape.pairs(),
                    WIDTH,
                    i -> pairs.get(i)
                            .request()
                            .from
                            .call(
                                    "session.create",
                                    "{" + in(pairs.get(i).sessionId()) + ",\"agentId\":\"" + id('a', i % shape.agents())
                                            + "\",\"userId\":\"" + id('u', i % shape.users()) + "\"}")
                            .thenAccept(reply -> reply.orThrow("session.create")));
            Waiting.until(
                    10,
                    () -> attached.size() == shape.pairs(),
                    () -> "agents were attached to " + attached.size() + " of " + shape.pairs() + " sessions");
        }
    }

    private static String in(String session) {
        return "\"sessionId\":\"" + session + "\"";
    }

    private String id(char kind, int number) {
        return String.format(Locale.ROOT, "%s-%c%06d", run, kind, number);
    }

    private LoadWindow window(LoadConnection connection) {
        LoadWindow window = windows.get(connection.loop());
        if (window == null) {
            throw new IllegalStateException("a connection on a foreign event loop");
        }
        return window;
    }

    private void connect(List<LoadConnection> into, String kind, char letter, int count) {
        LoadConnection[] opened = new LoadConnection[count];
        int first = firstIndex + (letter == 'a' ? shape.users() : 0);
        Generator.each(
                count,
                WIDTH,
                i -> generator
                        .connect(letter == 'a' ? agentsAt : target, first + i, this)
                        .thenCompose(connection -> {
                            opened[i] = connection;
                            return connection.call(
                                    "connect", "{\"kind\":\"" + kind + "\",\"id\":\"" + id(letter, i) + "\"}");
                        })
                        .thenAccept(reply -> reply.orThrow("connect")));
        into.addAll(List.of(opened));
    }

    /** Messages that arrived so far; from any thread. */
    long delivered() {
        return delivered.sum();
    }

    /** Acknowledgements that came after that of a later message, which a store that answers later may cause; when it is over. */
    long overtakenAnswers() {
        return pairs.stream()
                .mapToLong(pair -> pair.request().overtakenAnswers + pair.reply().overtakenAnswers)
                .sum();
    }

    /** All pairs. */
    List<Pair> pairs() {
        return pairs;
    }

    /**
     * Sends for a while, measures the latter part of it, and waits until what is under way has arrived.
     *
     * @param warmUpSeconds how long before measuring
     * @param seconds how long to measure
     */
    Round run(double warmUpSeconds, double seconds) {
        start();
        ScenarioCommand.pause(warmUpSeconds);
        Round round = measure(seconds);
        stop();
        return round;
    }

    /** Measures a window of a load that runs. */
    Round measure(double seconds) {
        windows.forEach((loop, window) -> loop.execute(window::reset));
        generator.barrier();
        long self = ProcessHandle.current().pid();
        long cpu = Stage.cpuNanos(servers);
        long own = ProcessStats.cpuNanos(self);
        long before = delivered.sum();
        long from = System.nanoTime();
        measuring = true;
        ScenarioCommand.pause(seconds);
        measuring = false;
        double took = (System.nanoTime() - from) / 1e9;
        long count = delivered.sum() - before;
        long used = cpu < 0 ? -1 : Stage.cpuNanos(servers) - cpu;
        long ownUsed = ProcessStats.cpuNanos(self) - own;
        generator.barrier();
        LoadWindow all = new LoadWindow();
        windows.values().forEach(all::add);
        return new Round(took, count, used, ownUsed, all);
    }

    /** Begins to send. */
    void start() {
        running = true;
        if (shape.rate() > 0) {
            startOpenLoop();
            return;
        }
        for (Pair pair : pairs) {
            Lane lane = pair.request();
            lane.from.run(() -> {
                for (int i = 0; i < shape.outstanding(); i++) {
                    long now = System.nanoTime();
                    lane.send(now, now);
                }
                lane.from.flush();
            });
        }
    }

    private void startOpenLoop() {
        Map<EventLoop, List<Lane>> byLoop = new HashMap<>();
        for (Pair pair : pairs) {
            for (Lane lane : List.of(pair.request(), pair.reply())) {
                byLoop.computeIfAbsent(lane.from.loop(), loop -> new ArrayList<>())
                        .add(lane);
            }
        }
        long lanes = 2L * pairs.size();
        byLoop.forEach((loop, own) -> {
            OpenLoop openLoop =
                    new OpenLoop(own, shape.rate() * own.size() / lanes, () -> measuring, own.get(0).sender);
            tickers.add(loop.scheduleAtFixedRate(openLoop, 0, TICK_MICROS, TimeUnit.MICROSECONDS));
        });
    }

    /** Ends the sending and waits up to ten seconds until everything under way has arrived and was answered. */
    void stop() {
        stopSending();
        Waiting.atMost(10, this::isQuiet);
    }

    /** Ends the sending and waits for nothing. */
    void stopSending() {
        running = false;
        tickers.forEach(ticker -> ticker.cancel(false));
        tickers.clear();
    }

    private boolean isQuiet() {
        generator.barrier();
        for (Pair pair : pairs) {
            for (Lane lane : List.of(pair.request(), pair.reply())) {
                long due = lane.sent - lane.refused.size();
                if (lane.check.got() < due || (!target.relay() && lane.acknowledged < due)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Closes all connections and adds what came of every message. */
    void finish(Tally tally) {
        closing = true;
        generator.barrier();
        Tally own = new Tally();
        for (Pair pair : pairs) {
            pair.request().into(own, !target.relay());
            pair.reply().into(own, !target.relay());
        }
        problemsInto(own);
        tally.add(own);
        users.forEach(LoadConnection::closeCleanly);
        agents.forEach(LoadConnection::closeCleanly);
    }

    /** From now on the server may close connections and refuse sends because it is going away. */
    void expectDrain() {
        draining = true;
    }

    /** Adds the failures that were noted, without any counts. */
    void problemsInto(Tally tally) {
        tally.misrouted += misrouted.sum();
        problems.keySet().forEach(tally::fail);
    }

    /** All connections. */
    List<LoadConnection> connections() {
        List<LoadConnection> all = new ArrayList<>(users);
        all.addAll(agents);
        return all;
    }

    /** The close code that a connection got, by connection. */
    Map<LoadConnection, Integer> closeCodes() {
        return closeCodes;
    }

    /** When each closed connection was closed ({@link System#nanoTime}). */
    Map<LoadConnection, Long> closedAt() {
        return closedAt;
    }

    /** The connections that were told that the server is going away. */
    Set<LoadConnection> warned() {
        return warned;
    }

    @Override
    public void onPush(LoadConnection connection, Scan frame) {
        int method = frame.outer(METHOD);
        if (frame.is(method, MESSAGE)) {
            message(connection, frame);
        } else if (frame.is(method, ATTACHED)) {
            Scan entry = new Scan();
            frame.into(frame.inner(ENTRY), entry);
            attached.add(entry.text(entry.outer(SESSION_ID)));
        } else if (frame.is(method, GAP)) {
            problem("a gap was pushed: " + frame.all());
        } else if (frame.is(method, DRAINING)) {
            warned.add(connection);
        }
    }

    private void message(LoadConnection connection, Scan frame) {
        int content = frame.inner(CONTENT);
        byte[] bytes = frame.bytes();
        int at = content == Scan.ABSENT ? 0 : frame.textAt(content);
        int number = content == Scan.ABSENT ? -1 : Lane.markedPair(bytes, at, frame.textLength(content));
        if (number < 0 || number >= pairs.size()) {
            misrouted.increment();
            problem("a message that nobody sent: " + frame.all());
            return;
        }
        Pair pair = pairs.get(number);
        boolean reply = Lane.markedReply(bytes, at);
        Lane lane = reply ? pair.reply() : pair.request();
        if (lane.to != connection || (!target.relay() && !frame.is(frame.inner(SESSION_ID), pair.sessionBytes()))) {
            misrouted.increment();
            return;
        }
        long now = System.nanoTime();
        if (!lane.check.accept(Lane.markedNumber(bytes, at))) {
            return;
        }
        delivered.increment();
        if (!target.relay()) {
            long seq = frame.number(frame.inner(SEQ), -1);
            if (seq <= lane.lastSeq) {
                lane.misorderedSeqs++;
                problem("delivered after seq " + lane.lastSeq + ": " + frame.all());
            }
            lane.lastSeq = seq;
        }
        long due = Lane.markedTime(bytes, at);
        if (measuring) {
            lane.receiver.delivery.recordValue(Math.max(0, now - due));
        }
        if (shape.rate() > 0) {
            return;
        }
        if (!reply) {
            pair.reply().send(now, now);
            pair.reply().from.flush();
        } else {
            if (measuring) {
                long asked = pair.request().sentAt(Lane.markedNumber(bytes, at));
                if (asked != 0) {
                    lane.receiver.roundTrip.recordValue(Math.max(0, now - asked));
                }
            }
            if (running) {
                pair.request().send(now, now);
                pair.request().from.flush();
            }
        }
    }

    @Override
    public void onAnswer(LoadConnection connection, long id, Scan frame) {
        if (target.relay()) {
            // The relay passes a send on as it is, its request id included.
            message(connection, frame);
            return;
        }
        long rest = id - Lane.IDS;
        Pair pair = pairs.get((int) (rest / Lane.IDS_PER_PAIR));
        long number = rest % Lane.IDS_PER_PAIR;
        boolean reply = number >= Lane.IDS_PER_PAIR / 2;
        Lane lane = reply ? pair.reply() : pair.request();
        if (reply) {
            number -= Lane.IDS_PER_PAIR / 2;
        }
        if (lane.from != connection) {
            misrouted.increment();
            return;
        }
        if (frame.outer(ERROR) != Scan.ABSENT) {
            lane.refused.add(number);
            if (!draining || !frame.all().contains("\"DRAINING\"")) {
                problem("a send was refused: " + frame.all());
            }
            return;
        }
        long now = System.nanoTime();
        lane.acknowledge(number, now);
        long seq = frame.number(frame.inner(SEQ), -1);
        if (seq <= lane.lastAcknowledgedSeq) {
            lane.overtakenAnswers++;
        }
        lane.lastAcknowledgedSeq = Math.max(lane.lastAcknowledgedSeq, seq);
        if (measuring) {
            long sent = lane.sentAt(number);
            if (sent != 0) {
                lane.sender.acknowledgement.recordValue(Math.max(0, now - sent));
            }
        }
    }

    @Override
    public void onClosed(LoadConnection connection, int code) {
        closeCodes.put(connection, code);
        closedAt.put(connection, System.nanoTime());
        if (!closing && !draining) {
            problem("the server closed a connection with " + code);
        }
    }

    @Override
    public void onDefect(LoadConnection connection, String what) {
        problem(what);
    }

    private void problem(String what) {
        if (problems.size() < 100) {
            problems.put(what, Boolean.TRUE);
        }
    }
}
