package dev.parley.loadtest;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** All clients of a run of failover: pairs that talk, and users and agents that watch sessions expire. Main thread. */
final class Cast {
    private static final int WIDTH = 16;
    private static final int AGENTS_OF_WATCHERS = 6;
    private static final double ENTER_SECONDS = 60;

    /**
     * How many there are and what they do.
     *
     * @param pairs pairs that talk
     * @param window sends of a client that may be under way
     * @param thinkSeconds mean time between its sends
     * @param watchers users that create sessions which expire
     * @param createEverySeconds mean time between creations of one of them
     * @param shortestSeconds the shortest time-out of their sessions
     * @param longestSeconds the longest one
     */
    record Size(
            int pairs,
            int window,
            double thinkSeconds,
            int watchers,
            double createEverySeconds,
            double shortestSeconds,
            double longestSeconds) {}

    private final Size size;
    private final String runId;
    private final Roaming roaming;
    private final List<TalkingClient> users = new ArrayList<>();
    private final List<TalkingClient> agents = new ArrayList<>();
    private final List<DeadlineClient> watchers = new ArrayList<>();
    private final List<DeadlineClient> watchedBy = new ArrayList<>();

    Cast(Roaming roaming, Size size, String runId, long seed) {
        this.roaming = roaming;
        this.size = size;
        this.runId = runId;
        int index = 0;
        for (int i = 0; i < size.pairs(); i++) {
            users.add(talking(index, i, Lane.REQUEST, runId + "-u" + i, seed * 1_000_003 + index++));
            agents.add(talking(index, i, Lane.REPLY, runId + "-a" + i, seed * 1_000_003 + index++));
        }
        List<String> names = IntStream.range(0, size.watchers() == 0 ? 0 : AGENTS_OF_WATCHERS)
                .mapToObj(i -> runId + "-w" + i)
                .toList();
        for (String name : names) {
            watchedBy.add(new DeadlineClient(
                    roaming, index, "agent", name, seed * 1_000_003 + index++, name, List.of(), 0, 0, 0));
        }
        for (int i = 0; i < size.watchers(); i++) {
            String name = runId + "-v" + i;
            watchers.add(new DeadlineClient(
                    roaming,
                    index,
                    "user",
                    name,
                    seed * 1_000_003 + index++,
                    name,
                    names,
                    size.createEverySeconds(),
                    size.shortestSeconds(),
                    size.longestSeconds()));
        }
    }

    private TalkingClient talking(int index, int pair, char direction, String id, long seed) {
        return new TalkingClient(
                roaming, index, pair, direction, id, session(pair), seed, size.window(), size.thinkSeconds());
    }

    private String session(int pair) {
        return String.format(Locale.ROOT, "%s-p%06d", runId, pair);
    }

    /** Makes the pairs' sessions over HTTP and lets everybody connect. */
    void enter(Target gateway) {
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        Generator.each(
                size.pairs(),
                WIDTH,
                i -> client.sendAsync(
                                HttpRequest.newBuilder(URI.create(gateway.http() + "/api/messaging/sessions"))
                                        .header("Content-Type", "application/json")
                                        .POST(HttpRequest.BodyPublishers.ofString(Clients.session(
                                                session(i),
                                                agents.get(i).id(),
                                                users.get(i).id())))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                        .thenAccept(response -> {
                            if (response.statusCode() != 201) {
                                throw new LoadException("a session was not created: " + response.body());
                            }
                        }));
        all().forEach(RoamingClient::start);
        Waiting.until(
                ENTER_SECONDS,
                () -> {
                    roaming.generator().barrier();
                    return all().allMatch(RoamingClient::isReady) && talkers().allMatch(TalkingClient::isAttached);
                },
                () -> "only " + ready() + " of " + all().count() + " clients are connected");
    }

    /** Those that create sessions begin to. */
    void begin() {
        watchers.forEach(DeadlineClient::begin);
    }

    /** Whether everything is settled, delivered and told; after a barrier. */
    boolean isDone() {
        if (!talkers().allMatch(TalkingClient::isSettled)
                || !watchers.stream().allMatch(DeadlineClient::isDone)
                || !watchedBy.stream().allMatch(DeadlineClient::isDone)) {
            return false;
        }
        for (int i = 0; i < users.size(); i++) {
            if (users.get(i).lastKnown() > agents.get(i).position()
                    || agents.get(i).lastKnown() > users.get(i).position()) {
                return false;
            }
        }
        return true;
    }

    List<TalkingClient> users() {
        return users;
    }

    List<TalkingClient> agents() {
        return agents;
    }

    List<DeadlineClient> watchers() {
        return watchers;
    }

    List<DeadlineClient> watchedBy() {
        return watchedBy;
    }

    /** Users and agents of the pairs. */
    Stream<TalkingClient> talkers() {
        return Stream.concat(users.stream(), agents.stream());
    }

    /** Users and agents of the sessions that expire. */
    Stream<DeadlineClient> watching() {
        return Stream.concat(watchers.stream(), watchedBy.stream());
    }

    /** Everybody. */
    Stream<RoamingClient> all() {
        return Stream.concat(talkers(), watching());
    }

    /** Sends that were acknowledged so far. */
    long acknowledged() {
        return talkers().mapToLong(TalkingClient::acknowledged).sum();
    }

    /** Clients that are connected, about. */
    long ready() {
        return all().filter(RoamingClient::isReady).count();
    }

    /** Expiries that were told so far. */
    long told() {
        return watching().mapToLong(DeadlineClient::told).sum();
    }
}
