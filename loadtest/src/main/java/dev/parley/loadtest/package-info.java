/**
 * The load generator: scripted WebSocket clients that run in a process of their own and count what came of every message.
 *
 * <p>{@link dev.parley.loadtest.LoadMain} is the program; each scenario is one sub-command. Nothing else in the project depends on this package. A scenario
 * starts the server it measures as another process (or is pointed at a running one), drives it from one or a few event
 * loops, and ends with one verdict line. Commands run on the main thread, which may block; everything that touches a
 * {@link dev.parley.loadtest.LoadConnection} runs on that connection's event loop, which never does.
 */
@NullMarked
package dev.parley.loadtest;

import org.jspecify.annotations.NullMarked;
