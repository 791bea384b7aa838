package dev.parley.client;

/**
 * Tells from what was sent and heard whether the peer is still there. Heartbeats see to it that something is sent in each
 * interval. Belongs to the engine thread.
 */
final class Liveness {
    /** Silence beyond the heartbeat interval that is still forgiven; the gateway's own figure. */
    static final long GRACE_MILLIS = 8_000;

    /** Silence in which an answer is owed, until the first probe is due; each further one is due when it has doubled. */
    static final long PROBE_MILLIS = 3_000;

    /** What to do. */
    enum Verdict {
        /** Nothing. */
        ALIVE,
        /**
         * Send something that is answered. Writing is what shows that a connection has ended: the JDK loses the end of a
         * stream that comes right behind a message, before the next one is asked for. The first write after that is taken by
         * the socket, the second fails.
         */
        PROBE,
        /** The connection is gone. */
        GONE
    }

    private long heardAt;
    private boolean unanswered;
    private long probeAtMillis = PROBE_MILLIS;

    /** Something came. */
    void heard(long nanos) {
        heardAt = nanos;
        unanswered = false;
        probeAtMillis = PROBE_MILLIS;
    }

    /** Something was sent. */
    void sent() {
        unanswered = true;
    }

    /** How long nothing has come. */
    long silentMillis(long nanos) {
        return (nanos - heardAt) / 1_000_000;
    }

    /**
     * Judges.
     *
     * @param owed whether answers are waited for
     */
    Verdict judge(long nanos, long heartbeatMillis, boolean owed) {
        long silent = silentMillis(nanos);
        if (silent >= heartbeatMillis + GRACE_MILLIS) {
            return Verdict.GONE;
        }
        if ((owed || unanswered) && silent >= probeAtMillis) {
            probeAtMillis *= 2;
            return Verdict.PROBE;
        }
        return Verdict.ALIVE;
    }
}
