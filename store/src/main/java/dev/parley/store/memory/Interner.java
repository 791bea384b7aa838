package dev.parley.store.memory;

import java.util.concurrent.ConcurrentHashMap;

/** Shares equal values. Bounded: what comes when it is full is left as it is. Safe for use from any thread. */
final class Interner<T> {
    private static final int CAPACITY = 4096;

    private final ConcurrentHashMap<T, T> values = new ConcurrentHashMap<>();

    /** An equal value that is shared, or the value itself. */
    T intern(T value) {
        T known = values.get(value);
        if (known != null) {
            return known;
        }
        if (values.size() >= CAPACITY) {
            return value;
        }
        T raced = values.putIfAbsent(value, value);
        return raced == null ? value : raced;
    }
}
