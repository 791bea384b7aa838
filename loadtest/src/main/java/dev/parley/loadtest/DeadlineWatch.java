package dev.parley.loadtest;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * Notes every warning and every expiry that is pushed to one kind of connection, for numbered sessions of which each has
 * one such connection: which came, how often, and how late against the instant that the push itself tells. Safe for all
 * event loops, as the events of one session come on one of them.
 */
final class DeadlineWatch extends Watch {
    private static final byte[] METHOD = Scan.name("method");
    private static final byte[] EXPIRING = Scan.name("session.expiring");
    private static final byte[] EXPIRED = Scan.name("session.expired");
    private static final byte[] ATTACHED = Scan.name("session.attached");
    private static final byte[] SESSION_ID = Scan.name("sessionId");
    private static final byte[] EXPIRES_AT = Scan.name("expiresAt");
    private static final byte[] RUNG = Scan.name("rung");
    private static final int DIGITS = 7;
    private static final int EXPIRED_BIT = 1;
    /** One clock tick: both processes read the same clock, which counts milliseconds. */
    private static final long EARLY_MILLIS = -1;

    private final byte[] prefix;
    private final long[] rungs;
    private final byte[] got;
    private final Histogram warnings = new Histogram(3);
    private final Histogram expiries = new Histogram(3);
    private final LongAdder received = new LongAdder();
    private final LongAdder attached = new LongAdder();
    private long doubled;
    private long misrouted;
    private long misordered;

    /**
     * Prepares the notes.
     *
     * @param prefix what every session id begins with; seven digits follow
     * @param sessions how many sessions there are
     * @param rungs the seconds of the warnings that each session gives, falling
     */
    DeadlineWatch(String prefix, int sessions, long[] rungs) {
        this.prefix = Scan.name(prefix);
        this.rungs = rungs;
        got = new byte[sessions];
    }

    /** How many warnings and expiries came so far. */
    long received() {
        return received.sum();
    }

    /** Whether everything has come that is to come. */
    boolean complete() {
        return received.sum() >= (long) got.length * (rungs.length + 1);
    }

    /** How many sessions were told as attached without being named. */
    long attached() {
        return attached.sum();
    }

    @Override
    public void onPush(LoadConnection connection, Scan frame) {
        int method = frame.outer(METHOD);
        if (frame.is(method, EXPIRING)) {
            long rung = frame.number(frame.inner(RUNG), -1);
            int bit = 1;
            for (int i = 0; i < rungs.length; i++) {
                if (rungs[i] == rung) {
                    bit = 2 << i;
                }
            }
            if (bit == 1) {
                problem("a warning of an unknown rung: " + frame.all());
                return;
            }
            note(frame, bit, TimeUnit.SECONDS.toMillis(rung), warnings);
        } else if (frame.is(method, EXPIRED)) {
            note(frame, EXPIRED_BIT, 0, expiries);
        } else if (frame.is(method, ATTACHED)) {
            attached.increment();
        }
    }

    private void note(Scan frame, int bit, long beforeMillis, Histogram lateness) {
        long now = WallClock.millis();
        int id = frame.inner(SESSION_ID);
        int session = number(frame, id);
        long late = now - (Instant.parse(frame.text(frame.inner(EXPIRES_AT))).toEpochMilli() - beforeMillis);
        if (late < EARLY_MILLIS) {
            problem("pushed " + -late + " ms too early: " + frame.all());
        }
        synchronized (this) {
            if (session < 0 || session >= got.length) {
                misrouted++;
                return;
            }
            if ((got[session] & bit) != 0) {
                doubled++;
                problem("pushed again: " + frame.all());
                return;
            }
            // Rungs have rising bits as their seconds fall; the expiry comes after all of them.
            int later = bit == EXPIRED_BIT ? 0 : EXPIRED_BIT | ~((bit << 1) - 1);
            if ((got[session] & later) != 0) {
                misordered++;
            }
            got[session] |= (byte) bit;
            lateness.recordValue(TimeUnit.MILLISECONDS.toNanos(Math.max(0, late)));
        }
        received.increment();
    }

    private int number(Scan frame, int id) {
        int length = id == Scan.ABSENT ? 0 : frame.textLength(id);
        if (length != prefix.length + DIGITS) {
            return -1;
        }
        int at = frame.textAt(id);
        byte[] bytes = frame.bytes();
        for (int i = 0; i < prefix.length; i++) {
            if (bytes[at + i] != prefix[i]) {
                return -1;
            }
        }
        return (int) Scan.number(bytes, at + prefix.length, at + length, -1);
    }

    /** Adds the counts and the lateness, once nothing more is to come. */
    synchronized void finish(String who, Report report) {
        long lost = 0;
        int all = EXPIRED_BIT;
        for (int i = 0; i < rungs.length; i++) {
            all |= 2 << i;
        }
        for (byte one : got) {
            lost += Integer.bitCount(all & ~one);
        }
        Tally tally = report.tally();
        tally.got += received.sum();
        tally.lost += lost;
        tally.doubled += doubled;
        tally.misrouted += misrouted;
        tally.misordered += misordered;
        report.count(who, "expected", (long) got.length * (rungs.length + 1), "pushes");
        report.count(who, "got", received.sum(), "pushes");
        report.count(who, "missed", lost, "pushes");
        report.latency(who + ": warnings late by", warnings);
        report.latency(who + ": expiries late by", expiries);
        into(tally);
    }
}
