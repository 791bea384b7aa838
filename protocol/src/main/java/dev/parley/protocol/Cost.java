package dev.parley.protocol;

/** Rate-limit classes of operations: each class has one token bucket per connection and per identity. */
public enum Cost {
    /** Never limited by its own class: proofs of life. */
    FREE,
    /** Reads of one record. */
    READ,
    /** Sends of messages, deltas, typing. */
    MESSAGE,
    /** Changes of records. */
    WRITE,
    /** Creations, and scans over many records. */
    HEAVY
}
