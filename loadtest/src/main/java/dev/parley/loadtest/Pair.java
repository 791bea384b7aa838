package dev.parley.loadtest;

/** A user and an agent that talk in one session. */
final class Pair {
    private final String sessionId;
    private final byte[] sessionBytes;
    private final Lane request;
    private final Lane reply;

    Pair(String sessionId, Lane request, Lane reply) {
        this.sessionId = sessionId;
        this.sessionBytes = Scan.name(sessionId);
        this.request = request;
        this.reply = reply;
    }

    /** Their session's id. */
    String sessionId() {
        return sessionId;
    }

    /** The same as it stands on the wire; not to be changed. */
    byte[] sessionBytes() {
        return sessionBytes;
    }

    /** The direction from the user to the agent. */
    Lane request() {
        return request;
    }

    /** The direction back. */
    Lane reply() {
        return reply;
    }
}
