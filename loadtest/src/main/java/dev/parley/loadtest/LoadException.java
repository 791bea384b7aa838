package dev.parley.loadtest;

import org.jspecify.annotations.Nullable;

/** A run that cannot go on; the message is for people and says what to do where that is known. */
final class LoadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LoadException(String message) {
        super(message);
    }

    LoadException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
