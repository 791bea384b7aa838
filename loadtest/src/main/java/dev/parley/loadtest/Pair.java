package dev.parley.loadtest;

/**
 * A user and an agent that talk in one session.
 *
 * @param sessionId their session's id
 * @param sessionBytes the same as it stands on the wire
 * @param request the direction from the user to the agent
 * @param reply the direction back
 */
record Pair(String sessionId, byte[] sessionBytes, Lane request, Lane reply) {}
