package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * What one party of a session learned of its log, in the order in which it learned it: messages that were pushed, sends that
 * were acknowledged, and what it was told will not come. Written on the party's event loop, read after a barrier.
 */
final class Ledger {
    /** Cause of a gap that the party concluded from the {@code acked} of an entry, which tells of its own sends alone. */
    static final String ACKED = "acked";

    /** Cause of a gap for a session that is not there any more. */
    static final String GONE = "gone";

    /**
     * A message at its place.
     *
     * @param step when it was learned, counted through the ledger
     * @param seq its place in the log
     * @param key which message: its number in its sender's counting, doubled, plus the sender's side
     */
    record Sight(long step, long seq, long key) {}

    /**
     * Something that will not come, or is not there any more.
     *
     * @param step when it was told
     * @param from first number in the log
     * @param to last number
     * @param cause as told
     * @param underWay sends of this party that had no answer then: they may be what is lost
     */
    record Gap(long step, long from, long to, String cause, int underWay) {}

    private final int side;
    private final List<Sight> sights = new ArrayList<>();
    private final List<Sight> acknowledged = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private long steps;
    /** Places of the sends that were acknowledged and, as far as was told, are still there. */
    private final TreeSet<Long> standing = new TreeSet<>();

    /**
     * @param side 0 for the one party, 1 for the other
     */
    Ledger(int side) {
        this.side = side;
    }

    /** A message as the verdict knows it. */
    static long key(long number, int side) {
        return 2 * number + side;
    }

    int side() {
        return side;
    }

    /** A message was pushed. */
    void saw(long seq, long key) {
        sights.add(new Sight(++steps, seq, key));
    }

    /** A send was acknowledged. */
    void acknowledged(long seq, long number) {
        acknowledged.add(new Sight(++steps, seq, key(number, side)));
        standing.add(seq);
    }

    /** A gap was told. */
    void gap(long from, long to, String cause, int underWay) {
        gaps.add(new Gap(++steps, from, to, cause, underWay));
        if (!cause.equals("trimmed")) {
            standing.subSet(from, true, to, true).clear();
        }
    }

    /** An entry told the highest acknowledged send that is still there; 0 for none. */
    void stillThere(long seq, int underWay) {
        if (seq < highestAcknowledged()) {
            gap(seq + 1, highestAcknowledged(), ACKED, underWay);
        }
    }

    /** The highest acknowledged send that is still there, as far as was told; 0 for none. */
    long highestAcknowledged() {
        return standing.isEmpty() ? 0 : standing.last();
    }

    List<Sight> sights() {
        return sights;
    }

    List<Sight> acknowledged() {
        return acknowledged;
    }

    List<Gap> gaps() {
        return gaps;
    }
}
