/**
 * The embedded store: everything in this process, a full peer of a remote one. Called by the gateway on any thread; the work
 * is done at subscription, on the subscriber's thread, under the lock of the one session it concerns. Lock order: session
 * (a prior session before the one that resumes it), then one of user index, deadline queue or agents, which call nothing
 * that locks. Listeners are called under the session's lock, so in order.
 */
@NullMarked
package dev.parley.store.memory;

import org.jspecify.annotations.NullMarked;
