package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Users and agents whose connections are cut at random, over and over, while they talk. */
@Command(
        name = "cuts",
        mixinStandardHelpOptions = true,
        description = "Clients are cut at random and resume from their position: nothing lost, nothing doubled.")
final class CutsCommand extends ScenarioCommand {
    /** Length of each content. */
    static final int BYTES = 128;

    private static final int WIDTH = 64;

    @Option(names = "--clients", description = "Clients, half users and half agents (default ${DEFAULT-VALUE}).")
    private int clients = 1000;

    @Option(names = "--seconds", description = "How long to cut (default ${DEFAULT-VALUE}).")
    private double seconds = 60;

    @Option(names = "--every", description = "Mean seconds that a connection lives (default ${DEFAULT-VALUE}).")
    private double every = 3;

    @Option(names = "--away", description = "Most seconds until a cut client comes back (default ${DEFAULT-VALUE}).")
    private double away = 0.3;

    @Option(names = "--think", description = "Mean seconds between messages of a client (default ${DEFAULT-VALUE}).")
    private double think = 0.2;

    @Option(names = "--verify", description = "Read every history over HTTP afterwards and compare.")
    private boolean verify;

    private final Watch notes = new Watch();
    private volatile boolean sending = true;
    private volatile boolean over;

    CutsCommand() {
        super("cuts");
    }

    @Override
    void execute(Generator generator, Report results) {
        int pairs = Math.max(1, clients / 2);
        results.setting("load", pairs + " pairs, each connection lives " + every + " s in the mean");
        try (Owned owned = new Owned()) {
            Target gateway = gateway(owned);
            String run = runId();
            List<CutClient> users = new ArrayList<>();
            List<CutClient> agents = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                String session = String.format(Locale.ROOT, "%s-p%06d", run, i);
                users.add(new CutClient(
                        this, generator, gateway, 2 * i, i, Lane.REQUEST, run + "-u" + i, session, seed() + 2L * i));
                agents.add(new CutClient(
                        this,
                        generator,
                        gateway,
                        2 * i + 1,
                        i,
                        Lane.REPLY,
                        run + "-a" + i,
                        session,
                        seed() + 2L * i + 1));
            }
            open(generator, gateway, run, users, agents);
            List<CutClient> all = new ArrayList<>(users);
            all.addAll(agents);
            Sampler sampler = new Sampler(System.out)
                    .rate("acknowledged", "msg/s", () -> sum(all, 0))
                    .rate("resumes", "/s", () -> sum(all, 1))
                    .processes(gateway);
            try (sampler) {
                sampler.start();
                all.forEach(client -> client.cutting(true));
                pause(seconds);
                all.forEach(client -> client.cutting(false));
                // Those that are away come back while messages still flow, then all falls quiet.
                pause(1 + away);
                sending = false;
                Waiting.atMost(20, () -> {
                    generator.barrier();
                    return all.stream().allMatch(CutClient::settled) && delivered(users, agents);
                });
            }
            sampler.into(results);
            generator.barrier();
            settle(results, users, agents);
            over = true;
            if (verify) {
                List<HistoryCheck.Sent> sent = new ArrayList<>();
                for (int i = 0; i < pairs; i++) {
                    sent.add(new HistoryCheck.Sent(
                            String.format(Locale.ROOT, "%s-p%06d", run, i),
                            i,
                            users.get(i).sent(),
                            agents.get(i).sent(),
                            Set.of(),
                            Set.of()));
                }
                new HistoryCheck(gateway, BYTES).check(sent, results);
            }
        }
    }

    private void open(Generator generator, Target gateway, String run, List<CutClient> users, List<CutClient> agents) {
        int pairs = users.size();
        LoadConnection[] opened = new LoadConnection[2 * pairs];
        Generator.each(
                pairs,
                WIDTH,
                i -> Clients.connect(
                                generator,
                                gateway,
                                2 * i + 1,
                                agents.get(i),
                                Clients.identity("agent", agents.get(i).id()))
                        .thenAccept(connected -> opened[2 * i + 1] = connected.connection()));
        Generator.each(
                pairs,
                WIDTH,
                i -> Clients.connect(
                                generator,
                                gateway,
                                2 * i,
                                users.get(i),
                                Clients.identity("user", users.get(i).id()))
                        .thenAccept(connected -> opened[2 * i] = connected.connection()));
        Generator.each(pairs, WIDTH, i -> {
            String session = String.format(Locale.ROOT, "%s-p%06d", run, i);
            return opened[2 * i]
                    .call(
                            "session.create",
                            Clients.session(
                                    session, agents.get(i).id(), users.get(i).id()))
                    .thenCompose(reply -> {
                        reply.orThrow("session.create");
                        return attach(opened[2 * i], session, users.get(i));
                    })
                    .thenCompose(done -> attach(opened[2 * i + 1], session, agents.get(i)));
        });
    }

    private static CompletableFuture<Void> attach(LoadConnection connection, String session, CutClient client) {
        return connection
                .call("session.attach", "{\"sessionId\":\"" + session + "\"}")
                .thenAccept(reply -> {
                    JsonNode entry = reply.orThrow("session.attach");
                    client.begin(
                            connection,
                            entry.path("epoch").asString(""),
                            entry.path("seq").asLong());
                });
    }

    private static long sum(List<CutClient> clients, int what) {
        long sum = 0;
        for (CutClient client : clients) {
            sum += what == 0 ? client.acknowledged() : client.resumes;
        }
        return sum;
    }

    private static boolean delivered(List<CutClient> users, List<CutClient> agents) {
        for (int i = 0; i < users.size(); i++) {
            if (agents.get(i).incoming.got() < users.get(i).sent()
                    || users.get(i).incoming.got() < agents.get(i).sent()) {
                return false;
            }
        }
        return true;
    }

    private void settle(Report results, List<CutClient> users, List<CutClient> agents) {
        Tally tally = results.tally();
        long cuts = 0;
        long repeated = 0;
        for (int i = 0; i < users.size(); i++) {
            for (CutClient client : List.of(users.get(i), agents.get(i))) {
                CutClient peer = client == users.get(i) ? agents.get(i) : users.get(i);
                tally.sent += client.sent();
                tally.acknowledged += client.acknowledged();
                tally.unanswered += client.sent() - client.acknowledged();
                tally.addStream(client.incoming, client.incoming.lost(peer.sent(), Set.of()));
                tally.doubled += client.doubled;
                tally.misordered += client.misordered;
                tally.misrouted += client.misrouted;
                tally.resumes += client.resumes;
                tally.recovered += client.recovered;
                cuts += client.cuts;
                repeated += client.repeated;
            }
        }
        results.count("cuts", "connections cut", cuts, "cuts");
        results.count("cuts", "sends repeated after a cut", repeated, "messages");
        notes.into(tally);
    }

    double cutEverySeconds() {
        return every;
    }

    double awaySeconds() {
        return away;
    }

    double thinkSeconds() {
        return think;
    }

    boolean sending() {
        return sending;
    }

    boolean over() {
        return over;
    }

    void problem(String what) {
        notes.problem(what);
    }
}
