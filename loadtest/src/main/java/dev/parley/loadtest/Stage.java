package dev.parley.loadtest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run is played on.
 *
 * @param gateways where the gateways are; at least one
 * @param redis the Redis that they share, when the run started one
 */
record Stage(List<Target> gateways, @Nullable RedisProcess redis) {
    /** The first gateway. */
    Target first() {
        return gateways.get(0);
    }

    /** The gateway of a client by its number: clients are dealt out in turn. */
    Target of(int index) {
        return gateways.get(Math.floorMod(index, gateways.size()));
    }

    /** User and system time that all gateways have used so far, in nanoseconds; −1 when that cannot be had. */
    long cpuNanos() {
        return cpuNanos(gateways);
    }

    /** User and system time that some servers have used so far, in nanoseconds; −1 when one of them cannot tell. */
    static long cpuNanos(List<Target> servers) {
        long sum = 0;
        for (Target server : servers) {
            long one = ProcessStats.cpuNanos(server.pid());
            if (one < 0) {
                return -1;
            }
            sum += one;
        }
        return sum;
    }
}
