package dev.parley.loadtest;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Follows a stream of events and loses its connection again and again, by the seed: behind some event and some more bytes, so
 * in the midst of the next one as a rule, or while the answer has hardly begun. It comes back at once with its position. Blocks
 * on a thread of its own; what it found is read after {@link #join}.
 */
abstract class CutFollower {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int SILENT_MILLIS = 20_000;
    private static final int MOST_FAILURES = 50;
    private static final double AGAIN_SECONDS = 0.1;
    /** About two events. */
    private static final int MOST_BYTES = 700;
    /** A head of an answer, and the first event. */
    private static final int EARLY_BYTES = 500;

    private final SplittableRandom random;
    private final int events;
    private final int cuts;
    private final Thread thread;
    private long came;
    private int cutsMade;
    private int endedByOthers;
    private @Nullable String trouble;
    private volatile boolean done;

    /**
     * @param events how many will come, about; the cuts are spread over all but the last tenth
     * @param cuts how often it is cut
     */
    CutFollower(String name, long seed, int events, int cuts) {
        random = new SplittableRandom(seed);
        this.events = events;
        this.cuts = cuts;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /** Where to connect to, at the time of that number. */
    abstract InetSocketAddress address(int connection);

    /**
     * Asks for what comes behind its position, and takes it; each event is said by {@link #took}.
     *
     * @return whether that was all there will be; if not, it connects again
     */
    abstract boolean follow(Socket socket, CutInput in) throws IOException;

    /** An event came whole. */
    final void took(CutInput in) {
        came++;
        if (cutsMade < cuts && !in.willBeCut() && came >= nextCut()) {
            in.cutBehind(random.nextInt(MOST_BYTES));
        }
    }

    private double nextCut() {
        return (cutsMade + 0.5) * 0.9 * events / cuts;
    }

    final void start() {
        thread.start();
    }

    private void run() {
        try {
            int failures = 0;
            for (int connection = 0; failures < MOST_FAILURES; connection++) {
                long before = came;
                if (once(connection)) {
                    return;
                }
                failures = came > before ? 0 : failures + 1;
            }
            trouble = "nothing comes any more after " + came + " events";
        } catch (RuntimeException e) {
            trouble = e.toString();
        } finally {
            done = true;
        }
    }

    private boolean once(int connection) {
        try (Socket socket = new Socket()) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(SILENT_MILLIS);
            socket.connect(address(connection), CONNECT_MILLIS);
            CutInput in = new CutInput(socket.getInputStream());
            if (cutsMade < cuts && came >= nextCut() - (double) events / cuts && random.nextInt(8) == 0) {
                in.cutBehind(random.nextInt(EARLY_BYTES));
            }
            try {
                if (follow(socket, in)) {
                    return true;
                }
                endedByOthers++;
            } catch (CutInput.Cut cut) {
                cutsMade++;
                // A reset, as of a network that is gone, or a good-bye that the other side need not notice at once.
                if (random.nextBoolean()) {
                    socket.setSoLinger(true, 0);
                }
                return false;
            }
        } catch (IOException e) {
            endedByOthers++;
        }
        ScenarioCommand.pause(AGAIN_SECONDS);
        return false;
    }

    /** Waits until it has ended, so that what it noted can be read. */
    final void join(double seconds) {
        Waiting.atMost(seconds, () -> done);
        if (!done) {
            thread.interrupt();
            throw new LoadException(thread.getName() + " does not come to an end");
        }
    }

    final long came() {
        return came;
    }

    final int cutsMade() {
        return cutsMade;
    }

    /** Connections that were not cut here, and yet ended or failed. */
    final int endedByOthers() {
        return endedByOthers;
    }

    /** Why it gave up; null when it did not, and was cut as often as it should be. */
    final @Nullable String trouble() {
        return trouble == null && cutsMade < cuts ? "it was cut " + cutsMade + " times only" : trouble;
    }
}
