package dev.parley.loadtest;

import org.HdrHistogram.Histogram;

/** Latencies that one event loop records while a window of measurement is open. Belongs to that event loop. */
final class LoadWindow {
    private static final int DIGITS = 3;

    /** From when a message was to be sent until its receiver had it, ns. */
    final Histogram delivery = new Histogram(DIGITS);
    /** From when a request was to be sent until its reply was there, ns. */
    final Histogram roundTrip = new Histogram(DIGITS);
    /** From when a message was written until it was acknowledged, ns. */
    final Histogram acknowledgement = new Histogram(DIGITS);
    /** How late the generator itself was, ns. */
    final Histogram lateness = new Histogram(DIGITS);

    void reset() {
        delivery.reset();
        roundTrip.reset();
        acknowledgement.reset();
        lateness.reset();
    }

    /** Adds what another event loop recorded. */
    void add(LoadWindow other) {
        delivery.add(other.delivery);
        roundTrip.add(other.roundTrip);
        acknowledgement.add(other.acknowledgement);
        lateness.add(other.lateness);
    }
}
