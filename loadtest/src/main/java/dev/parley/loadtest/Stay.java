package dev.parley.loadtest;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stay of a client at a gateway.
 *
 * @param connection number of the connection, rising
 * @param gateway which of the gateways
 * @param from when {@code connect} was answered, epoch milliseconds
 * @param to when the connection was lost or given up; {@link Long#MAX_VALUE} while it lasts
 */
record Stay(int connection, int gateway, long from, long to) {
    /** The stay that covers a span of time as a whole, or null. */
    static @Nullable Stay covering(List<Stay> stays, long from, long to) {
        for (Stay stay : stays) {
            if (stay.from <= from && stay.to >= to) {
                return stay;
            }
        }
        return null;
    }
}
