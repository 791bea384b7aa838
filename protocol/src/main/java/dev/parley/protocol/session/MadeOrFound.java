package dev.parley.protocol.session;

/** A result of an operation that finds something or makes it; over HTTP the status tells which. */
public interface MadeOrFound {
    /** Whether this call made it. */
    boolean made();
}
