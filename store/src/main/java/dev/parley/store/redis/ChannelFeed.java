package dev.parley.store.redis;

import dev.parley.store.ChannelStore.ChannelListener;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Who listens to workspaces' channels of one partition here. What is told over the partition's own channel has the number of the
 * change beside that of the message, so that the look for what was lost tells only what was not told. Safe for use from any thread.
 */
final class ChannelFeed {
    /** By workspace and name, as the functions write them. */
    private final Map<String, Ears> channels = new ConcurrentHashMap<>();

    void add(String owner, ChannelListener listener) {
        channels.compute(owner, (name, known) -> {
            Ears ears = known == null ? new Ears() : known;
            ears.listeners.add(listener);
            return ears;
        });
    }

    /** Takes a listener away; false when it was not there any more. */
    boolean remove(String owner, ChannelListener listener) {
        boolean[] removed = {false};
        channels.computeIfPresent(owner, (name, ears) -> {
            removed[0] = ears.listeners.remove(listener);
            return ears.listeners.isEmpty() ? null : ears;
        });
        return removed[0];
    }

    boolean isEmpty() {
        return channels.isEmpty();
    }

    void clear() {
        channels.clear();
    }

    /** A message of that number was published, by that change. */
    void heard(String owner, long number, long change) {
        Ears ears = channels.get(owner);
        if (ears != null) {
            ears.told(change);
            ears.each(listener -> listener.onPublished(number));
        }
    }

    /**
     * Those whose listeners were not told of the change that the server names.
     *
     * @param changes pairs of what changed and its number
     */
    Map<String, Long> behind(List<Object> changes) {
        Map<String, Long> behind = new HashMap<>();
        if (!channels.isEmpty()) {
            for (int i = 0; i < changes.size(); i += 2) {
                String owner = Answers.text(changes.get(i));
                Ears ears = channels.get(owner);
                long change = RedisFeed.change(changes.get(i + 1));
                if (ears != null && ears.told < change) {
                    behind.put(owner, change);
                }
            }
        }
        return behind;
    }

    /** Tells those that are still behind. */
    void catchUp(List<Object> changes) {
        behind(changes).forEach((owner, change) -> {
            Ears ears = channels.get(owner);
            if (ears != null) {
                ears.told(change);
                ears.each(ChannelListener::onReset);
            }
        });
    }

    /** Anything may have happened to all. */
    void resetAll() {
        channels.values().forEach(ears -> ears.each(ChannelListener::onReset));
    }

    /** The listeners of one channel. */
    private static final class Ears {
        private final List<ChannelListener> listeners = new CopyOnWriteArrayList<>();
        private volatile long told;

        synchronized void told(long change) {
            told = Math.max(told, change);
        }

        void each(Consumer<ChannelListener> call) {
            for (ChannelListener listener : listeners) {
                Telling.safely(() -> call.accept(listener));
            }
        }
    }
}
