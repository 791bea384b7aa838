package dev.parley.gateway.connection;

import dev.parley.gateway.routing.Push;
import dev.parley.protocol.CloseCode;
import dev.parley.protocol.task.Task;
import dev.parley.protocol.task.Task.Turn;
import dev.parley.store.StoredTask;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
    /** The last turn at a task that it was told of or had, and the version of the task that this was seen in. */
    private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > REMEMBERED;
        }
    };

    private long waitingBytes;
    private @Nullable Runnable more;

    /** {@code isHeld}: as far as the agent knows it still has the turn. */
    private record Known(long attempt, long version, boolean isHeld) {}

    ConnectionTasks(Connection connection) {
        this.connection = connection;
    }

    /** Tells the agent of its turn, once, unless it heard something newer of the task. */
    void assign(StoredTask task, Push push) {
        String id = task.task().taskId();
        long attempt = task.task().attempt();
        Known before = known.get(id);
        boolean isNews = before == null || (before.version <= task.version() && before.attempt < attempt);
        // Before the connect is answered nothing is pushed; what is pending is brought after that.
        if (connection.isOpen() && isNews) {
            known.put(id, new Known(attempt, task.version(), true));
            offer("assigned " + id, push);
        }
    }

    /**
     * Notes a turn that the agent has begun before it connected.
     *
     * @return whether that was news; else something newer was heard meanwhile, and has to be looked at with this turn in mind
     */
    boolean hold(StoredTask task) {
        String id = task.task().taskId();
        Known before = known.get(id);
        boolean isOlder = before != null && before.version > task.version();
        if (before == null || (isOlder && !before.isHeld)) {
            known.put(id, new Known(task.task().attempt(), before == null ? task.version() : before.version, true));
        }
        return !isOlder;
    }

    /**
     * Tells the agent that its turn timed out, once, when it knows that it had it.
     *
     * @param lost the agent's lost turns at the task, the last one last
     * @param push of a turn
     */
    void lose(StoredTask task, List<Turn> lost, Function<Turn, Push> push) {
        String id = task.task().taskId();
        Known before = known.get(id);
        if (before == null) {
            known.put(id, new Known(lost.get(lost.size() - 1).attempt(), task.version(), false));
            return;
        }
        for (Turn turn : lost) {
            if (before.isHeld && before.attempt == turn.attempt() && before.version <= task.version()) {
                known.put(id, new Known(turn.attempt(), task.version(), false));
                boolean wasTold = !withdraw(id);
                if (wasTold && turn.outcome().equals(Task.TIMEOUT)) {
                    offer("lost " + turn.attempt() + ' ' + id, push.apply(turn));
                }
            }
        }
    }

    /** Tells the agent that its task was called off. */
    void cancel(StoredTask task, Push push) {
        String id = task.task().taskId();
        Known before = known.get(id);
        if (before == null || before.version < task.version()) {
            known.put(id, new Known(task.task().attempt(), task.version(), false));
            withdraw(id);
            offer("cancelled " + id, push);
        }
    }

    /** Takes back that it is the agent's turn; false when the agent was told. */
    private boolean withdraw(String id) {
        Push unsent = waiting.remove("assigned " + id);
        waitingBytes -= unsent == null ? 0 : unsent.length();
        return unsent != null;
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
