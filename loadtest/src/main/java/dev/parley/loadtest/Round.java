package dev.parley.loadtest;

/**
 * One window of measurement.
 *
 * @param seconds how long it was
 * @param delivered messages that arrived in it
 * @param serverCpuNanos what the server used, or −1
 * @param generatorCpuNanos what this process used
 * @param latencies what was recorded
 */
record Round(double seconds, long delivered, long serverCpuNanos, long generatorCpuNanos, LoadWindow latencies) {
    /** Messages that arrived in a second. */
    double rate() {
        return delivered / seconds;
    }

    /** Server CPU for each delivered message, in microseconds; NaN when unknown. */
    double serverMicros() {
        return serverCpuNanos < 0 || delivered == 0 ? Double.NaN : serverCpuNanos / 1e3 / delivered;
    }

    /** The generator's CPU for each delivered message, in microseconds. */
    double generatorMicros() {
        return delivered == 0 ? Double.NaN : generatorCpuNanos / 1e3 / delivered;
    }

    /** The 99th percentile of the delivery, in milliseconds. */
    double p99Millis() {
        return latencies.delivery.getValueAtPercentile(99) / 1e6;
    }

    /** Puts this window's figures into a table. */
    void into(Report report, String table) {
        report.figure(table, "delivered per second", rate(), "msg/s");
        report.figure(table, "server CPU per delivered message", serverMicros(), "µs");
        report.figure(table, "server CPU", serverCpuNanos / 1e7 / seconds, "%");
        report.figure(table, "generator CPU per delivered message", generatorMicros(), "µs");
        report.figure(table, "generator CPU", generatorCpuNanos / 1e7 / seconds, "%");
        report.latency(table + ": delivery", latencies.delivery);
        report.latency(table + ": request to reply", latencies.roundTrip);
        report.latency(table + ": acknowledgement", latencies.acknowledgement);
        report.latency(table + ": generator late by", latencies.lateness);
    }
}
