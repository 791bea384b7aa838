package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import dev.parley.protocol.CloseCode;
import dev.parley.store.StoredTask;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one connection is told of tasks, at its pace: while it has no room the latest of each task waits, and one that lets too
 * much wait is closed. Confined to the connection's loop.
 */
final class ConnectionTasks {
    private static final int MOST_WAITING = 1_000;
    private static final long MOST_BYTES = 8L << 20;
    private static final int REMEMBERED = 2_000;

    private final Connection connection;
    private final Map<String, Push> waiting = new LinkedHashMap<>();
    /** The turns that it was told of, and of which version of the task it was told as its agent last. */
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };

    private long waitingBytes;
    private @Nullable Runnable more;

    private record Known(long attempt, long version) {}

    ConnectionTasks(Connection connection) {
        this.connection = connection;
    }

    /** Tells the agent of its turn, once, unless it heard something newer of the task. */
    void assign(StoredTask task, Push push) {
        String id = task.task().taskId();
        Known before = known.get(id);
        boolean isNews = before == null
                || (before.version < task.version()
                        && before.attempt < task.task().attempt());
        // Before the connect is answered nothing is pushed; what is pending is brought after that.
        if (connection.isOpen() && isNews) {
            known.put(id, new Known(task.task().attempt(), task.version()));
            offer("assigned " + id, push);
        }
    }

    /** Tells the agent that its task was called off. */
    void cancel(StoredTask task, Push push) {
        String id = task.task().taskId();
        Known before = known.get(id);
        if (before == null || before.version < task.version()) {
            known.put(id, new Known(task.task().attempt(), task.version()));
            Push unsent = waiting.remove("assigned " + id);
            waitingBytes -= unsent == null ? 0 : unsent.length();
            offer("cancelled " + id, push);
        }
    }

    /** Pushes, or keeps for when there is room. */
    void offer(String about, Push push) {
        if (!connection.isOpen()) {
            return;
        }
        if (waiting.isEmpty() && connection.outbound().writable()) {
            connection.push(push, null);
            return;
        }
        Push before = waiting.put(about, push);
        waitingBytes += push.length() - (before == null ? 0 : before.length());
        if (waiting.size() > MOST_WAITING || waitingBytes > MOST_BYTES) {
            waiting.clear();
            waitingBytes = 0;
            connection.close(CloseCode.SLOW_CONSUMER);
        }
    }

    /** Does something once more can be brought without its having to wait. */
    void whenThereIsRoom(Runnable next) {
        if (hasRoom()) {
            connection.loop().execute(next);
        } else {
            more = next;
        }
    }

    private boolean hasRoom() {
        return waiting.isEmpty() && connection.outbound().writable();
    }

    /** There is room again. */
    void onWritable() {
        Iterator<Push> pushes = waiting.values().iterator();
        while (pushes.hasNext() && connection.isOpen() && connection.outbound().writable()) {
            Push push = pushes.next();
            pushes.remove();
            waitingBytes -= push.length();
            connection.push(push, null);
        }
        Runnable next = more;
        if (next != null && hasRoom()) {
            more = null;
            connection.loop().execute(next);
        }
    }
}
