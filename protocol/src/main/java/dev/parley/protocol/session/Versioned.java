package dev.parley.protocol.session;

/** An answer that tells at which version the session is; over HTTP it is the entity tag (RFC 9110 section 8.8.3). */
public interface Versioned {
    /** The version, 1 or more, raised by every change of the record. */
    long version();
}
