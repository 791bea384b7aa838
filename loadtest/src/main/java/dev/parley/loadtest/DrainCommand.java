package dev.parley.loadtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What happens to messages when the gateway is told to stop in the midst of them. */
@Command(
        name = "drain",
        mixinStandardHelpOptions = true,
        description = "SIGTERM in the midst of pairs: acknowledged then delivered, or refused; told, closed, ended.")
final class DrainCommand extends ScenarioCommand {
    private static final int GOING_AWAY = 4000;
    /**
     * How long a close frame may be under way or unread: a send that crosses it gets no answer, and what was acknowledged
     * while the receiver's was under way came too late for that receiver.
     */
    private static final long CROSSING_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Pattern DEFECT =
            Pattern.compile("\\bERROR\\b|\\bWARN\\b|\\bSEVERE\\b|Exception|LEAK|INTERNAL_ERROR|^\\s+at ");
    private static final int BYTES = 256;

    @Option(names = "--pairs", description = "Pairs that talk (default ${DEFAULT-VALUE}).")
    private int pairs = 100;

    @Option(names = "--rate", description = "Messages per second, open loop (default ${DEFAULT-VALUE}).")
    private double rate = 3000;

    @Option(names = "--seconds", description = "Seconds before SIGTERM (default ${DEFAULT-VALUE}).")
    private double seconds = 5;

    @Option(names = "--drain-seconds", description = "How long the gateway may take to end (default ${DEFAULT-VALUE}).")
    private double drainSeconds = 40;

    private long crossed;
    private long receiverGone;

    DrainCommand() {
        super("drain");
    }

    @Override
    void execute(Generator generator, Report results) throws Exception {
        if (server().url() != null) {
            throw new LoadException("drain stops the gateway that it drives, so it starts one itself: leave out --url");
        }
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            ServerProcess process = owned.last();
            PairsLoad load =
                    new PairsLoad(generator, gateway, new PairsLoad.Shape(pairs, pairs, BYTES, 1, rate), runId(), 0);
            load.open();
            long from;
            boolean ended;
            Sampler sampler = new Sampler(System.out).rate("delivered", "msg/s", load::delivered);
            try (sampler) {
                sampler.start();
                load.start();
                pause(seconds);
                load.expectDrain();
                from = System.nanoTime();
                process.process().destroy();
                ended = process.process().waitFor((long) (drainSeconds * 1000), TimeUnit.MILLISECONDS);
            }
            sampler.into(results);
            double took = (System.nanoTime() - from) / 1e9;
            Waiting.atMost(5, () -> load.closedAt().size() == 2 * pairs);
            load.stopSending();
            generator.barrier();
            Tally tally = results.tally();
            for (Pair pair : load.pairs()) {
                settle(load, pair.request(), tally);
                settle(load, pair.reply(), tally);
            }
            load.problemsInto(tally);
            closings(load, tally);
            if (ended) {
                results.count("drain", "exit code", process.process().exitValue(), "");
            } else {
                tally.fail("the gateway did not end within " + drainSeconds + " s of SIGTERM");
            }
            results.figure("drain", "from SIGTERM to the end of the process", took, "s");
            results.count("drain", "clients told server.draining", load.warned().size(), "clients");
            results.count("drain", "sends refused with DRAINING", tally.refused, "messages");
            results.count("drain", "sends that crossed the close frame", crossed, "messages");
            results.count("drain", "acknowledged when the receiver was gone or going", receiverGone, "messages");
            log(process, tally);
        }
    }

    private void settle(PairsLoad load, Lane lane, Tally tally) {
        tally.sent += lane.sent;
        tally.acknowledged += lane.acknowledged;
        tally.refused += lane.refused.size();
        tally.got += lane.check.got();
        tally.doubled += lane.check.doubled();
        tally.misordered += lane.check.misordered() + lane.misorderedSeqs + lane.overtakenAnswers;
        long senderClosed = load.closedAt().getOrDefault(lane.from, Long.MAX_VALUE);
        long receiverClosed = load.closedAt().getOrDefault(lane.to, Long.MAX_VALUE);
        long unanswered = lane.sent - lane.acknowledged - lane.refused.size();
        for (long number = 0; number < lane.sent; number++) {
            if (lane.refused.contains(number) || lane.check.has(number)) {
                continue;
            }
            long acknowledged = lane.acknowledgedAt(number);
            if (acknowledged == 0 && senderClosed - lane.sentAt(number) < CROSSING_NANOS) {
                crossed++;
            } else if (acknowledged != 0 && receiverClosed - acknowledged < CROSSING_NANOS) {
                receiverGone++;
            } else {
                tally.lost++;
            }
        }
        long excused = 0;
        for (long number = Math.max(0, lane.sent - unanswered); number < lane.sent; number++) {
            if (lane.acknowledgedAt(number) == 0 && senderClosed - lane.sentAt(number) < CROSSING_NANOS) {
                excused++;
            }
        }
        tally.unanswered += unanswered - excused;
    }

    private static void closings(PairsLoad load, Tally tally) {
        List<LoadConnection> all = load.connections();
        long untold = all.stream().filter(each -> !load.warned().contains(each)).count();
        if (untold > 0) {
            tally.fail(untold + " of " + all.size() + " clients were not told server.draining");
        }
        long other = all.stream()
                .filter(each -> load.closeCodes().getOrDefault(each, 0) != GOING_AWAY)
                .count();
        if (other > 0) {
            tally.fail(other + " of " + all.size() + " clients were not closed with " + GOING_AWAY + ": "
                    + load.closeCodes().values().stream().distinct().toList());
        }
    }

    private static void log(ServerProcess process, Tally tally) throws IOException {
        List<String> lines = Files.readAllLines(process.log(), StandardCharsets.UTF_8);
        // What it says before it is ready is about its settings.
        lines.stream()
                .dropWhile(line -> !line.startsWith(ServerProcess.READY))
                .filter(line -> DEFECT.matcher(line).find())
                .forEach(line -> tally.fail("in the gateway's log: " + line));
    }
}
