package dev.parley.store;

import dev.parley.protocol.RawJson;

/** The two bodies of a signal about presence. */
final class PresenceBodies {
    static final RawJson PRESENT = RawJson.of("{\"present\":true}");
    static final RawJson ABSENT = RawJson.of("{\"present\":false}");

    private PresenceBodies() {}
}
