package dev.parley.loadtest;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all roaming clients of a run share: where the gateways are, and what they are to do now. The switches are set by the
 * main thread and read on event loops.
 */
final class Roaming {
    private final Generator generator;
    private final Fleet fleet;
    private final List<Target> targets;
    private final Watch notes;
    private final double cutEverySeconds;
    private final boolean lossIsBorne;
    private final LongAdder sessionsLost = new LongAdder();

    private volatile boolean talking = true;
    private volatile boolean cutting;
    private volatile boolean over;

    /**
     * @param cutEverySeconds mean life of a connection until its client cuts it; 0: none is cut
     * @param lossIsBorne whether a session may be gone, as long as its clients are told
     */
    Roaming(Generator generator, Fleet fleet, Watch notes, double cutEverySeconds, boolean lossIsBorne) {
        this.generator = generator;
        this.fleet = fleet;
        this.targets = fleet.targets();
        this.notes = notes;
        this.cutEverySeconds = cutEverySeconds;
        this.lossIsBorne = lossIsBorne;
    }

    Generator generator() {
        return generator;
    }

    List<Target> targets() {
        return targets;
    }

    /** Notes a failure. */
    void problem(String what) {
        notes.problem(what);
    }

    /** A client was told that a session is not there any more. */
    void sessionLost(String what) {
        sessionsLost.increment();
        if (!lossIsBorne) {
            notes.problem(what);
        }
    }

    /** How often a client was told that a session is not there any more. */
    long sessionsLost() {
        return sessionsLost.sum();
    }

    /** Whether what Redis loses at its fault may be gone, as long as its clients are told. */
    boolean lossIsBorne() {
        return lossIsBorne;
    }

    double cutEverySeconds() {
        return cutEverySeconds;
    }

    /** A client was told that a gateway drains. */
    void toldDraining(int gateway) {
        fleet.toldDraining(gateway);
    }

    /** Whether a gateway that let somebody in should not have, as it had told of its draining before the attempt began. */
    boolean shouldRefuse(int gateway, long attemptAt) {
        return fleet.wasDraining(gateway, attemptAt);
    }

    /** Whether clients begin anything new. */
    boolean talking() {
        return talking;
    }

    /** Whether clients cut their connections. */
    boolean cutting() {
        return cutting && cutEverySeconds > 0;
    }

    /** Whether closed connections are of no interest any more. */
    boolean over() {
        return over;
    }

    void cutting(boolean on) {
        cutting = on;
    }

    /** Nothing new from now on. */
    void stopTalking() {
        talking = false;
    }

    /** The run has been judged. */
    void end() {
        over = true;
    }
}
