package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** P3: one sender, many members of one session. */
@Command(
        name = "fanout",
        mixinStandardHelpOptions = true,
        description = "One agent sends, many connections of the session's user get every message.")
final class FanoutCommand extends ScenarioCommand {
    @Option(names = "--members", description = "Connections that receive (default ${DEFAULT-VALUE}).")
    private int members = 1000;

    @Option(names = "--seconds", description = "Measured time (default ${DEFAULT-VALUE}).")
    private double seconds = 15;

    @Option(names = "--warm-up", description = "Seconds before each measurement (default ${DEFAULT-VALUE}).")
    private double warmUp = 3;

    @Option(names = "--bytes", description = "Length of each content (default ${DEFAULT-VALUE}).")
    private int bytes = 256;

    @Option(names = "--outstanding", description = "Messages under way (default ${DEFAULT-VALUE}).")
    private int outstanding = 4;

    @Option(names = "--rounds", description = "Measurements that the time is split into (default ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--with-baseline", description = "Drive the bare relay in turn and print the ratio.")
    private boolean withBaseline;

    FanoutCommand() {
        super("fanout");
    }

    @Override
    void execute(Generator generator, Report results) {
        results.setting("load", members + " members, " + bytes + " bytes, " + outstanding + " messages under way");
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            Group group = new Group(generator, gateway, runId());
            group.open();
            Group floor = null;
            if (withBaseline) {
                floor = new Group(generator, relay(owned), "b" + runId());
                floor.open();
            }
            List<Double> ratios = new ArrayList<>();
            Sampler sampler = new Sampler(System.out).rate("gateway delivered", "frames/s", group.delivered::sum);
            try (sampler) {
                sampler.processes(gateway).start();
                for (int i = 1; i <= rounds; i++) {
                    double warm = i == 1 ? warmUp : Math.min(1, warmUp);
                    double under = floor == null ? 0 : floor.measure(results, warm, seconds / rounds, "baseline " + i);
                    double cost = group.measure(results, warm, seconds / rounds, "gateway " + i);
                    ratios.add(cost / under);
                }
            }
            sampler.into(results);
            if (floor != null) {
                results.figure(
                        "gateway to baseline, median of " + rounds,
                        "server CPU per delivered frame",
                        Report.median(ratios),
                        "×");
                Tally floorTally = new Tally();
                floor.finish(floorTally);
                if (!floorTally.ok()) {
                    results.tally().fail("the baseline run was not clean: " + floorTally.line());
                }
            }
            group.finish(results.tally());
        }
    }

    /** The sender and the members on one server. */
    private final class Group extends Watch {
        private static final byte[] METHOD = {'m', 'e', 't', 'h', 'o', 'd'};
        private final byte[] message = Scan.name("message");
        private final byte[] contentName = Scan.name("content");
        private final byte[] sessionName = Scan.name("sessionId");
        private final byte[] errorName = Scan.name("error");
        private final Generator generator;
        private final Target target;
        private final String run;
        private final byte[] session;
        private final Member[] receivers = new Member[members];
        private final LongAdder delivered = new LongAdder();
        private final LongAdder misrouted = new LongAdder();
        private final AtomicLong pending = new AtomicLong();
        private final Histogram latency = new Histogram(3);
        private @Nullable Lane lane;
        private volatile boolean running;
        private volatile boolean measuring;

        Group(Generator generator, Target target, String run) {
            this.generator = generator;
            this.target = target;
            this.run = run;
            session = Scan.name(run + "-room");
        }

        /** One receiving connection; a listener of its own, so that it needs no look-up. */
        private final class Member extends Watch {
            private final StreamCheck check = new StreamCheck();

            @Override
            public void onPush(LoadConnection connection, Scan frame) {
                if (frame.is(frame.outer(METHOD), message)) {
                    receive(frame);
                }
            }

            @Override
            public void onAnswer(LoadConnection connection, long id, Scan frame) {
                receive(frame);
            }

            private void receive(Scan frame) {
                int content = frame.inner(contentName);
                byte[] source = frame.bytes();
                int at = content == Scan.ABSENT ? 0 : frame.textAt(content);
                if (content == Scan.ABSENT
                        || Lane.markedPair(source, at, frame.textLength(content)) != 0
                        || (!target.relay() && !frame.is(frame.inner(sessionName), session))) {
                    misrouted.increment();
                    return;
                }
                if (!check.accept(Lane.markedNumber(source, at))) {
                    return;
                }
                delivered.increment();
                if (measuring) {
                    long took = System.nanoTime() - Lane.markedTime(source, at);
                    synchronized (latency) {
                        latency.recordValue(Math.max(0, took));
                    }
                }
                long left = pending.decrementAndGet();
                if (left % members == 0 && running) {
                    sendNext();
                }
            }
        }

        void open() {
            LoadWindow unused = new LoadWindow();
            String user = run + "-user";
            String agent = run + "-agent";
            String named = target.relay()
                    ? ",\"room\":\"" + run + "\"}"
                    : ",\"sessions\":[{\"sessionId\":\"" + run + "-room\"}]}";
            LoadConnection sender = Generator.await(
                            Clients.connect(generator, target, 0, this, Clients.identity("agent", agent)))
                    .connection();
            if (!target.relay()) {
                Generator.await(sender.call("session.create", Clients.session(run + "-room", agent, user)))
                        .orThrow("session.create");
            }
            Generator.each(members, 64, i -> {
                Member member = new Member();
                receivers[i] = member;
                String id = target.relay() ? user + i : user;
                String params = "{\"kind\":\"user\",\"id\":\"" + id + "\"" + named;
                return Clients.connect(generator, target, i + 1, member, params).thenAccept(connected -> {
                    if (!target.relay() && !connected.reply().json().contains("\"epoch\"")) {
                        throw new LoadException(
                                "not attached: " + connected.reply().json());
                    }
                });
            });
            String address = target.relay() ? "\"to\":\"" + run + "\"" : "\"sessionId\":\"" + run + "-room\"";
            lane = new Lane(0, Lane.REQUEST, address, bytes, sender, sender, unused, unused);
        }

        private Lane lane() {
            Lane present = lane;
            if (present == null) {
                throw new IllegalStateException("not open");
            }
            return present;
        }

        private void sendNext() {
            Lane sending = lane();
            pending.addAndGet(members);
            sending.from.run(() -> {
                long now = System.nanoTime();
                sending.send(now, now);
                sending.from.flush();
            });
        }

        /** Runs and measures for a while; answers the server's CPU per delivered frame in microseconds. */
        double measure(Report results, double warm, double time, String table) {
            running = true;
            for (int i = 0; i < outstanding; i++) {
                sendNext();
            }
            pause(warm);
            synchronized (latency) {
                latency.reset();
            }
            long cpu = ProcessStats.cpuNanos(target.pid());
            long own = ProcessStats.cpuNanos(ProcessHandle.current().pid());
            long before = delivered.sum();
            long from = System.nanoTime();
            measuring = true;
            pause(time);
            measuring = false;
            double took = (System.nanoTime() - from) / 1e9;
            long frames = delivered.sum() - before;
            double micros = (ProcessStats.cpuNanos(target.pid()) - cpu) / 1e3 / frames;
            double ownMicros = (ProcessStats.cpuNanos(ProcessHandle.current().pid()) - own) / 1e3 / frames;
            running = false;
            Waiting.atMost(10, () -> pending.get() <= 0);
            results.figure(table, "delivered per second", frames / took, "frames/s");
            results.figure(table, "server CPU per delivered frame", micros, "µs");
            results.figure(table, "generator CPU per delivered frame", ownMicros, "µs");
            synchronized (latency) {
                results.latency(table + ": delivery", latency.copy());
            }
            return micros;
        }

        void finish(Tally tally) {
            expectClosing();
            Waiting.atMost(5, () -> {
                generator.barrier();
                return target.relay() || lane().acknowledged + lane().refused.size() >= lane().sent;
            });
            Lane sending = lane();
            tally.sent += sending.sent;
            if (!target.relay()) {
                tally.acknowledged += sending.acknowledged;
                tally.refused += sending.refused.size();
                tally.unanswered += sending.sent - sending.acknowledged - sending.refused.size();
            }
            for (Member member : receivers) {
                member.expectClosing();
                tally.addStream(member.check, member.check.lost(sending.sent, sending.refused));
                member.into(tally);
            }
            tally.misrouted += misrouted.sum();
            into(tally);
        }

        @Override
        public void onAnswer(LoadConnection connection, long id, Scan frame) {
            if (frame.outer(errorName) == Scan.ABSENT) {
                lane().acknowledged++;
            } else {
                lane().refused.add((id - Lane.IDS) % Lane.IDS_PER_PAIR);
                problem("a send was refused: " + frame.all());
            }
        }
    }
}
