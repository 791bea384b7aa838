package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** P10: one slow reader among many fast ones, on a stream of tokens. */
@Command(
        name = "slow",
        mixinStandardHelpOptions = true,
        description = "A message is streamed in pieces to many readers, of which one reads very slowly.")
@SuppressWarnings("FutureReturnValueIgnored") // A task that fails says so through the listener or the socket.
final class SlowCommand extends ScenarioCommand {
    /** Length of each piece: the time of its sending and some text. */
    static final int CHUNK = 80;

    @Option(names = "--readers", description = "Connections that read, the slow one included (default 100).")
    private int readers = 100;

    @Option(names = "--tokens", description = "Pieces per second (default ${DEFAULT-VALUE}).")
    private double tokens = 500;

    @Option(names = "--per-message", description = "Pieces of one message, at most 50 (default ${DEFAULT-VALUE}).")
    private int perMessage = 45;

    @Option(names = "--bytes-per-second", description = "How fast the slow one reads (default ${DEFAULT-VALUE}).")
    private int bytesPerSecond = 2048;

    @Option(names = "--seconds", description = "Time with and time without the slow reader, each (default 20).")
    private double seconds = 20;

    SlowCommand() {
        super("slow");
    }

    @Override
    void execute(Generator generator, Report results) {
        if (perMessage < 1 || perMessage > 50 || readers < 2) {
            throw new LoadException("--per-message must be 1 to 50, --readers at least 2");
        }
        results.setting(
                "load",
                readers + " readers, " + tokens + " pieces/s of " + CHUNK + " characters, " + perMessage
                        + " to a message; the slow one reads " + bytesPerSecond + " bytes/s");
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            String run = runId();
            String user = run + "-user";
            String session = run + "-stream";
            LongAdder deltas = new LongAdder();
            TokenSender sender = new TokenSender(session, perMessage);
            LoadConnection agent = Generator.await(
                            Clients.connect(generator, gateway, 0, sender, Clients.identity("agent", run + "-agent")))
                    .connection();
            Generator.await(agent.call("session.create", Clients.session(session, run + "-agent", user)))
                    .orThrow("session.create");
            List<TokenReader> all = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                all.add(new TokenReader(generator, gateway, i + 1, user, session, i == 0, bytesPerSecond, deltas));
            }
            Generator.each(readers, 32, i -> all.get(i).open());
            TokenReader slow = all.get(0);
            List<TokenReader> fast = all.subList(1, readers);
            Sampler sampler =
                    new Sampler(System.out).rate("deltas", "/s", deltas::sum).processes(gateway);
            try (sampler) {
                sampler.start();
                agent.loop().execute(() -> sender.begin(agent, tokens));
                pause(3);
                Histogram without = phase(generator, gateway, results, fast, deltas, "all fast");
                slow.throttle(true);
                Histogram with = phase(generator, gateway, results, fast, deltas, "one slow");
                results.figure(
                        "one slow to all fast",
                        "p99 of the fast readers",
                        (double) with.getValueAtPercentile(99) / without.getValueAtPercentile(99),
                        "×");
                slow.throttle(false);
                sender.end();
                Waiting.atMost(20, () -> {
                    generator.barrier();
                    return sender.settled() && all.stream().allMatch(reader -> reader.finals() >= sender.messages());
                });
            }
            sampler.into(results);
            generator.barrier();
            settle(results, sender, all, slow);
        }
    }

    private Histogram phase(
            Generator generator,
            Target gateway,
            Report results,
            List<TokenReader> fast,
            LongAdder deltas,
            String name) {
        fast.forEach(TokenReader::reset);
        generator.barrier();
        long cpu = ProcessStats.cpuNanos(gateway.pid());
        long before = deltas.sum();
        long from = System.nanoTime();
        pause(seconds);
        double took = (System.nanoTime() - from) / 1e9;
        long count = deltas.sum() - before;
        generator.barrier();
        Histogram all = new Histogram(3);
        for (TokenReader reader : fast) {
            all.add(reader.latency());
        }
        results.figure(name, "deltas delivered per second", count / took, "/s");
        results.figure(name, "server CPU per delta", (ProcessStats.cpuNanos(gateway.pid()) - cpu) / 1e3 / count, "µs");
        results.count(name, "server memory", ProcessStats.residentBytes(gateway.pid()), "bytes");
        results.latency(name + ": delta to the fast readers", all);
        return all;
    }

    private static void settle(Report results, TokenSender sender, List<TokenReader> all, TokenReader slow) {
        Tally tally = results.tally();
        tally.sent += sender.messages();
        tally.acknowledged += sender.acknowledged();
        tally.unanswered += sender.messages() - sender.acknowledged();
        Map<Long, String> texts = new TreeMap<>(sender.texts());
        for (TokenReader reader : all) {
            reader.into(tally, texts);
        }
        sender.into(tally);
        results.count("slow reader", "messages got whole", slow.finals(), "messages");
        results.count("slow reader", "deltas got", slow.deltas(), "deltas");
        results.count("slow reader", "of these merged", slow.merged(), "deltas");
        results.count("slow reader", "closed as slow (4002)", slow.closedAsSlow(), "times");
        results.count("slow reader", "resumed", slow.resumes(), "times");
    }

    /** Sends pieces at a steady rate and after the last piece of a message the message itself. */
    static final class TokenSender extends Watch {
        private static final byte[] ERROR = Scan.name("error");
        private static final long TICK_MILLIS = 2;
        private static final String FILLER = "t".repeat(CHUNK - 20);
        private final String session;
        private final int perMessage;
        private final Map<Long, String> texts = new TreeMap<>();
        private StringBuilder text = new StringBuilder();
        private long number;
        private int index;
        private long acknowledged;
        private volatile boolean ending;
        private volatile boolean ended;
        private long pieces;

        TokenSender(String session, int perMessage) {
            this.session = session;
            this.perMessage = perMessage;
        }

        /** Begins; on the event loop of the connection. */
        void begin(LoadConnection agent, double rate) {
            long startedAt = System.nanoTime();
            agent.loop()
                    .scheduleAtFixedRate(
                            () -> {
                                long due = (long) ((System.nanoTime() - startedAt) / 1e9 * rate);
                                while (!ended && pieces < due) {
                                    piece(agent);
                                }
                                agent.flush();
                            },
                            0,
                            TICK_MILLIS,
                            TimeUnit.MILLISECONDS);
        }

        private void piece(LoadConnection agent) {
            if (ending && index == 0) {
                ended = true;
                return;
            }
            String chunk = String.format(Locale.ROOT, "%019d ", System.nanoTime()) + FILLER;
            text.append(chunk);
            agent.write(
                    ClientFrames.text("{\"jsonrpc\":\"2.0\",\"method\":\"message.delta\",\"params\":{\"sessionId\":\""
                            + session + "\",\"messageId\":\"" + session + "-" + number + "\",\"index\":" + index
                            + ",\"chunk\":\"" + chunk + "\"}}"));
            pieces++;
            if (++index == perMessage) {
                agent.write(ClientFrames.text("{\"jsonrpc\":\"2.0\",\"id\":" + (LoadConnection.LISTENER_IDS + number)
                        + ",\"method\":\"message.send\",\"params\":{\"sessionId\":\"" + session
                        + "\",\"messageId\":\"" + session + "-" + number + "\",\"content\":\"" + text + "\"}}"));
                texts.put(number, text.toString());
                text = new StringBuilder();
                number++;
                index = 0;
            }
        }

        /** Ends with the message that is being streamed. */
        void end() {
            ending = true;
        }

        /** Whether all is sent and answered. */
        boolean settled() {
            return ended && acknowledged >= number;
        }

        long messages() {
            return number;
        }

        long acknowledged() {
            return acknowledged;
        }

        Map<Long, String> texts() {
            return texts;
        }

        @Override
        public void onAnswer(LoadConnection connection, long id, Scan frame) {
            if (frame.outer(ERROR) == Scan.ABSENT) {
                acknowledged++;
            } else {
                problem("a send was refused: " + frame.all());
            }
        }
    }
}
