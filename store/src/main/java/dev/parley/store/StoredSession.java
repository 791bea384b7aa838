package dev.parley.store;

import dev.parley.protocol.session.Session;

/** A session as the store holds it at one instant: document, plan and state. */
public record StoredSession(Session document, DeadlinePlan plan, SessionState state) {}
