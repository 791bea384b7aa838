package dev.parley.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.task.Task.RetryPolicy;
import dev.parley.store.NewEvent;
import dev.parley.store.PresenceStore;
import dev.parley.store.PresenceStore.Held;
import dev.parley.store.RecordingFeed;
import dev.parley.store.SessionBuilder;
import dev.parley.store.Signal;
import dev.parley.store.TaskStore.NewTask;
import dev.parley.store.TaskStore.TaskLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two gateways' stores on one server, of which one hears nothing over the channel: it finds what it missed all the same. */
@DisplayName("Two stores on one Redis, one of them deaf")
final class RedisHolesTest extends TwoStores {
    @Test
    @DisplayName("whoever heard nothing over the channel finds a message, a warning, and the removal all the same")
    void holes() {
        RecordingFeed feed = listen(two);
        deafLink.deaf = true;
        append(one, "m1");
        RedisServers.await("the message", SOON, () -> lastHead(feed) == 2);
        now.addAndGet(301_000);
        fire(one);
        RedisServers.await("the warning", SOON, () -> feed.told().contains("state:300"));
        one.sessions()
                .delete("s", "op", new NewEvent("session.ended", RawJson.EMPTY_OBJECT, null))
                .block(SOON);
        RedisServers.await("the removal", SOON, () -> feed.told().contains("deleted"));
        assertThat(feed.events()).isEmpty();
        assertThat(two.liveSubscriptions()).isZero();
    }

    @Test
    @DisplayName("who heard nothing over the channel finds all the same who holds an agent and what it takes part in")
    void holesOfAgents() {
        get(two.agents().connect(agent("mine"), "c2"));
        two.agents().tick().block(SOON);
        Holders holders = new Holders();
        get(two.agents().subscribe(holders));
        RedisServers.await("the first look", SOON, () -> deafLink.asked.get() > 2 * partitions.count());
        deafLink.deaf = true;
        holders.told.clear();
        get(one.agents().connect(agent("other"), "c1"));
        RedisServers.await("the holder", SOON, () -> "c1".equals(holders.last.get("other")));
        get(one.sessions().create(new SessionBuilder("t", START).agent("mine").create()));
        RedisServers.await("the assignment", SOON, () -> holders.assigned.contains("mine in t"));
        one.agents().disconnect("other", "c1").block(SOON);
        RedisServers.await("the end", SOON, () -> "offline".equals(holders.last.get("other")));
        assertThat(holders.told).as("each once").containsExactly("c1", "offline");
        assertThat(holders.assigned).as("each once").containsOnlyOnce("mine in t");
    }

    @Test
    @DisplayName("who heard nothing over the channel finds what became of tasks all the same, the last of each once")
    void holesOfTasks() {
        List<String> told = new CopyOnWriteArrayList<>();
        get(two.tasks().subscribe("default", notice -> told.add(notice.taskId() + " " + notice.status())));
        deafLink.deaf = true;
        get(one.tasks().create(task("t1")));
        get(one.tasks().create(task("t2")));
        RedisServers.await("both", SOON, () -> told.size() == 2);
        now.addAndGet(60_000);
        fire(one);
        RedisServers.await("the ends", SOON, () -> told.size() == 4);
        assertThat(told).containsExactlyInAnyOrder("t1 pending", "t2 pending", "t1 timeout", "t2 timeout");
        deafLink.deaf = false;
        get(one.tasks().create(task("t3")));
        RedisServers.await("the next", SOON, () -> told.size() == 5);
        assertThat(told).containsOnlyOnce("t3 pending");
    }

    @Test
    @DisplayName("who heard nothing over the channel finds who came and who went all the same, the last of each once")
    void holesOfPresence() {
        one.presence().put(person("ann", 1)).block(SOON);
        RecordingFeed feed = listen(two);
        deafLink.deaf = true;
        one.presence().put(person("bob", 1)).block(SOON);
        one.presence().put(person("eve", 1)).block(SOON);
        RedisServers.await("both", SOON, () -> changes(feed).size() == 2);
        one.presence().put(person("ann", 0)).block(SOON);
        RedisServers.await("the going", SOON, () -> changes(feed).contains("ann false"));
        one.presence().put(person("eve", 0)).block(SOON);
        deafLink.deaf = false;
        // Whoever hears of this has to find that something is missing before it.
        one.presence().put(person("bob", 0)).block(SOON);
        RedisServers.await("all", SOON, () -> changes(feed).size() == 5);
        assertThat(changes(feed)).containsExactly("bob true", "eve true", "ann false", "eve false", "bob false");
    }

    @Test
    @DisplayName("who was interrupted is told who came and went meanwhile, and not who was there before")
    void interruptedPresence() {
        one.presence().put(person("ann", 1)).block(SOON);
        RecordingFeed feed = listen(two);
        one.presence().put(person("bob", 1)).block(SOON);
        RedisServers.await("the coming", SOON, () -> changes(feed).contains("bob true"));
        deafLink.deaf = true;
        one.presence().put(person("bob", 0)).block(SOON);
        deafLink.listeners.forEach(RedisLink.ChannelListener::restored);
        RedisServers.await("the reset", SOON, () -> feed.told().contains("reset:0"));
        RedisServers.await("the going", SOON, () -> changes(feed).contains("bob false"));
        assertThat(changes(feed)).containsExactly("bob true", "bob false");
    }

    private static Held person(String id, int connections) {
        return new Held("s", "g1", id, "user", connections, START, List.of(), false);
    }

    private static List<String> changes(RecordingFeed feed) {
        List<String> changes = new ArrayList<>();
        for (RecordingFeed.Call call : feed.calls()) {
            Signal signal = call.signal();
            if (signal != null) {
                changes.add(signal.authorId() + " " + PresenceStore.isPresent(signal));
            }
        }
        return changes;
    }

    private static NewTask task(String id) {
        return new NewTask(
                id,
                "default",
                null,
                null,
                "boss",
                "bot",
                "review",
                RawJson.EMPTY_OBJECT,
                "medium",
                60_000,
                new RetryPolicy(0, "linear", 1000),
                List.of(),
                null,
                false,
                TaskLimits.DEFAULT);
    }

    private static long lastHead(RecordingFeed feed) {
        var states = feed.states();
        return states.isEmpty() ? 0 : states.get(states.size() - 1).head();
    }
}
