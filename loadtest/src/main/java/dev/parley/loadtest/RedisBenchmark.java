package dev.parley.loadtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code redis-benchmark} with the very call that a gateway makes for a message: one is listened to at the server, and repeated
 * with other ids. All sessions of the benchmark are one user's, so in one partition, as a call names its partition. Main
 * thread; blocks.
 */
final class RedisBenchmark {
    private static final Pattern RATE = Pattern.compile("([0-9.]+) requests per second");
    private static final String RANDOM = "__rand_int__";
    /** Sessions, named by the twelve digits that redis-benchmark makes of a random number. */
    private static final int SESSIONS = 500;

    private static final double LEAVING_SECONDS = 8;

    private static final String CLIENTS = "8";
    private static final String PIPELINED = "32";
    private static final int FIRST_CALLS = 20_000;
    private static final double LISTEN_SECONDS = 20;

    private final RedisProcess redis;
    private final String run;
    private final List<String> call;
    private final List<Double> rates = new ArrayList<>();
    private final List<Double> micros = new ArrayList<>();
    private double guess;

    /**
     * Makes the sessions and learns the call.
     *
     * @param run a text that is new in each run; ids begin with it
     * @param bytes length of a message
     */
    RedisBenchmark(Generator generator, Target gateway, RedisProcess redis, String run, int bytes) {
        this.redis = redis;
        this.run = run;
        String user = run + "-user";
        LoadConnection connection = Generator.await(
                        Clients.connect(generator, gateway, 0, new Watch(), Clients.identity("user", user)))
                .connection();
        Generator.each(
                SESSIONS,
                64,
                i -> connection
                        .call("session.create", Clients.session(session(i), run + "-agent", user))
                        .thenAccept(reply -> reply.orThrow("session.create")));
        call = learn(connection, bytes);
        connection.closeCleanly();
        // That nobody is there any more is written five seconds later, and is no part of what a message costs.
        ScenarioCommand.pause(LEAVING_SECONDS);
    }

    private String session(int number) {
        return String.format(Locale.ROOT, "%s-%012d", run, number);
    }

    private List<String> learn(LoadConnection connection, int bytes) {
        String messageId = run + "-message";
        CountDownLatch listening = new CountDownLatch(1);
        List<List<String>> heard = new ArrayList<>();
        Thread listener = new Thread(
                () -> {
                    try (RedisMonitor monitor = new RedisMonitor(redis.port())) {
                        listening.countDown();
                        monitor.until(LISTEN_SECONDS, words -> {
                            boolean isIt = !words.isEmpty()
                                    && words.get(0).toLowerCase(Locale.ROOT).equals(RedisCounts.FUNCTION_CALL)
                                    && words.contains(messageId);
                            if (isIt) {
                                heard.add(words);
                            }
                            return isIt;
                        });
                    } catch (IOException e) {
                        // Nothing was heard then, which is told below.
                        listening.countDown();
                    }
                },
                "redis-monitor");
        listener.start();
        try {
            listening.await();
            Generator.await(connection.call(
                            "message.send",
                            "{\"sessionId\":\"" + session(0) + "\",\"messageId\":\"" + messageId + "\",\"content\":\""
                                    + "x".repeat(bytes) + "\"}"))
                    .orThrow("message.send");
            listener.join(TimeUnit.SECONDS.toMillis((long) LISTEN_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
        if (heard.isEmpty()) {
            throw new LoadException("the function call of a message was not heard at the Redis server");
        }
        // Three numbers below 500 are as good as unique, and as long as the ids that a gateway makes.
        String anyId = RANDOM + RANDOM + RANDOM;
        return heard.get(0).stream()
                .map(word -> word.equals(session(0)) ? run + "-" + RANDOM : word.equals(messageId) ? anyId : word)
                .toList();
    }

    /**
     * Runs it for about so many seconds.
     *
     * @throws LoadException when there is no redis-benchmark, or it says no rate
     */
    void run(double seconds) {
        if (guess == 0) {
            guess = calls(FIRST_CALLS);
        }
        RedisCounts from = RedisCounts.of(redis);
        guess = calls((long) Math.max(FIRST_CALLS, guess * seconds));
        rates.add(guess);
        micros.add(RedisCounts.of(redis).since(from).microsPerCall());
    }

    private double calls(long count) {
        List<String> command = new ArrayList<>(List.of(program(), "-p", Integer.toString(redis.port())));
        command.addAll(List.of("-c", CLIENTS, "-P", PIPELINED));
        command.addAll(List.of("-n", Long.toString(count), "-r", Integer.toString(SESSIONS), "-q"));
        command.addAll(call);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            Matcher rate = RATE.matcher(said);
            double last = 0;
            while (rate.find()) {
                last = Double.parseDouble(Objects.requireNonNull(rate.group(1)));
            }
            if (process.exitValue() != 0 || last == 0) {
                throw new LoadException("redis-benchmark failed: " + said);
            }
            return last;
        } catch (IOException e) {
            throw new LoadException(
                    "cannot start redis-benchmark: install it (Debian: apt-get install redis-tools) or name it by REDIS_BENCHMARK",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
    }

    private static String program() {
        String named = System.getenv("REDIS_BENCHMARK");
        return named == null || named.isBlank() ? "redis-benchmark" : named;
    }

    /**
     * Puts its figures into a table, and those of the gateway divided by them: the median of the turns.
     *
     * @param gateway what the gateway delivered in these turns
     * @param counted what Redis spent on that
     */
    void into(Report report, List<Round> gateway, RedisRound counted) {
        String table = "redis-benchmark, " + CLIENTS + " connections, " + PIPELINED + " calls under way on each";
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < rates.size(); i++) {
            report.figure(table, "calls per second " + (i + 1), rates.get(i), "calls/s");
            ratios.add(gateway.get(i).rate() / rates.get(i));
        }
        report.figure(table, "time of the server in a call", Report.median(micros), "µs");
        String ratio = "gateway to redis-benchmark, median of " + ratios.size();
        report.figure(ratio, "messages per second", Report.median(ratios), "×");
        report.figure(
                ratio,
                "time of the server in a call",
                Report.median(counted.microsPerCall()) / Report.median(micros),
                "×");
    }
}
