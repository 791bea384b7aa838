package dev.parley.protocol;

/**
 * A place in a session's log.
 *
 * @param epoch the life of the log; changes when the store lost data; opaque, compared for equality only
 * @param seq the number of the last entry before the place; 0 is the start, the first entry is 1
 */
public record LogPosition(String epoch, long seq) {}
