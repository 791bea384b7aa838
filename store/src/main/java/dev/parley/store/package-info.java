/**
 * The store's interface: few things, each atomic and one round trip, so that an implementation may be a function on a remote
 * server. Races are settled inside these calls, never by the caller looking first. Every call is asynchronous: it may fail,
 * time out ({@link dev.parley.store.StoreException.Unavailable}) or lose its answer, and may be repeated with the same
 * operation id without being done twice. Values that go in and out are immutable. Signals of a call come on a thread of the
 * store's or on the caller's; who needs a certain thread hops.
 */
@NullMarked
package dev.parley.store;

import org.jspecify.annotations.NullMarked;
