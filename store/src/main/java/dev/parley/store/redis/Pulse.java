package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import dev.parley.time.TimeSource.Cancellable;
import org.jspecify.annotations.Nullable;

/** What a store does every second: looks for what the feed lost, and lengthens its lease. One timer; its own lock guards it. */
final class Pulse {
    private static final long PERIOD_MILLIS = 1000;

    private final TimeSource time;
    private final RedisFeed feed;
    private final RedisAgents agents;
    private final TaskFeed tasks;
    private final RedisPresence presence;
    private @Nullable Cancellable timer;
    private boolean stopped;

    Pulse(TimeSource time, RedisFeed feed, RedisAgents agents, TaskFeed tasks, RedisPresence presence) {
        this.time = time;
        this.feed = feed;
        this.agents = agents;
        this.tasks = tasks;
        this.presence = presence;
    }

    synchronized void start() {
        if (timer == null) {
            arm();
        }
    }

    synchronized void stop() {
        stopped = true;
        if (timer != null) {
            timer.cancel();
        }
    }

    private synchronized void arm() {
        if (!stopped) {
            timer = time.schedule(PERIOD_MILLIS, this::beat);
        }
    }

    private void beat() {
        arm();
        Telling.safely(feed::syncAll);
        Telling.safely(tasks::syncAll);
        agents.tick().then(presence.tick()).subscribe(nothing -> {}, failure -> {
            // The next beat does it; a store that does not answer shows elsewhere.
        });
    }
}
