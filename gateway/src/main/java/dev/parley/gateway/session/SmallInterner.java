package dev.parley.gateway.session;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes equal values one object, as a million sessions mostly have the same few settings. Bounded: callers choose settings
 * freely, so what comes when it is full is given back as it is. Safe for use from any thread.
 */
final class SmallInterner<T> {
    private static final int MAX = 1000;

    private final ConcurrentHashMap<T, T> known = new ConcurrentHashMap<>();

    /** The value that is used for all that are equal to it. */
    T intern(T value) {
        T first = known.get(value);
        if (first != null) {
            return first;
        }
        if (known.size() >= MAX) {
            return value;
        }
        T raced = known.putIfAbsent(value, value);
        return raced == null ? value : raced;
    }
}
