package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;

/**
 * Creates many sessions quickly: over a few WebSockets, each with a bounded number of {@code session.create} under way.
 *
 * <p>Session {@code i} is created by connection {@code i % connections}. The connections may do other things besides: what is
 * pushed to them goes to a listener.
 */
final class SessionFiller implements LoadConnection.Listener {
    private static final byte[] ERROR = Scan.name("error");
    /** Requests under way in all: enough to keep the gateway busy, few enough not to wait in it for long. */
    private static final int UNDER_WAY = 1024;

    /** The same where the store is on the other end of a connection, and a call is given up after a while. */
    private static final int UNDER_WAY_REMOTELY = 96;

    private static final double PATIENCE_SECONDS = 60;

    private final List<LoadConnection> connections;
    private final int count;
    private final IntFunction<String> params;
    private final LoadConnection.Listener pushes;
    private final Map<LoadConnection, Integer> positions = new ConcurrentHashMap<>();
    private final int[] next;
    private final LongAdder created = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final int underWay;
    private volatile String firstRefusal = "";

    /**
     * Prepares the creation of sessions 0 to {@code count} − 1.
     *
     * @param width how many connections will be used, see {@link #use}
     * @param remote whether the gateway's store is on the other end of a connection
     * @param params the params of the {@code session.create} of a session, asked for when it is sent
     * @param pushes who hears of pushes, closings and defects
     */
    SessionFiller(int count, int width, boolean remote, IntFunction<String> params, LoadConnection.Listener pushes) {
        underWay = remote ? UNDER_WAY_REMOTELY : UNDER_WAY;
        this.count = count;
        this.params = params;
        this.pushes = pushes;
        this.connections = new ArrayList<>(width);
        this.next = new int[width];
    }

    /** Gives it its connections, whose listener this must be. */
    void use(List<LoadConnection> all) {
        connections.addAll(all);
        for (int i = 0; i < all.size(); i++) {
            positions.put(all.get(i), i);
            next[i] = i;
        }
    }

    /** How many sessions there are by now. */
    long created() {
        return created.sum();
    }

    /**
     * Creates all and waits for it.
     *
     * @throws LoadException when one was refused, or nothing happens any more
     */
    void fill() {
        int window = Math.max(1, underWay / connections.size());
        for (LoadConnection connection : connections) {
            connection.run(() -> {
                for (int i = 0; i < window; i++) {
                    createNext(connection);
                }
                connection.flush();
            });
        }
        long last = -1;
        while (created.sum() + refused.sum() < count) {
            long before = created.sum() + refused.sum();
            if (before == last) {
                throw new LoadException(
                        "no session was created for " + PATIENCE_SECONDS + " s after the first " + before);
            }
            last = before;
            Waiting.atMost(
                    PATIENCE_SECONDS,
                    () -> created.sum() + refused.sum() >= count || created.sum() + refused.sum() > before + 100_000);
        }
        if (refused.sum() > 0) {
            throw new LoadException(refused.sum() + " sessions were refused, the first: " + firstRefusal);
        }
    }

    private void createNext(LoadConnection connection) {
        Integer position = positions.get(connection);
        if (position == null || next[position] >= count) {
            return;
        }
        int session = next[position];
        next[position] += connections.size();
        connection.write(ClientFrames.text("{\"jsonrpc\":\"2.0\",\"id\":" + (LoadConnection.LISTENER_IDS + session)
                + ",\"method\":\"session.create\",\"params\":" + params.apply(session) + "}"));
    }

    @Override
    public void onAnswer(LoadConnection connection, long id, Scan frame) {
        if (frame.outer(ERROR) != Scan.ABSENT) {
            if (firstRefusal.isEmpty()) {
                firstRefusal = frame.all();
            }
            refused.increment();
        } else {
            created.increment();
        }
        createNext(connection);
    }

    @Override
    public void onPush(LoadConnection connection, Scan frame) {
        pushes.onPush(connection, frame);
    }

    @Override
    public void onClosed(LoadConnection connection, int code) {
        pushes.onClosed(connection, code);
    }

    @Override
    public void onDefect(LoadConnection connection, String what) {
        pushes.onDefect(connection, what);
    }
}
