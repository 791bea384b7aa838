/**
 * The Java client of a Parley gateway, on the JDK's own WebSocket. Programs use {@link dev.parley.client.ParleyClient} and give
 * it a {@link dev.parley.client.ClientListener}; everything else here is its inside or a value that it hands out. How it
 * behaves is written down once for all languages in {@code clients/SPEC.md}.
 *
 * <p>Threads: public methods may be called from any thread and never block, {@code close} excepted. One engine thread owns
 * all state of a client, so its inside needs no locks. Callbacks come one after another on a second thread, so a slow one
 * holds up further callbacks and in the end the reading, but neither answers nor heartbeats. Futures are completed on the
 * common pool.
 */
@NullMarked
package dev.parley.client;

import org.jspecify.annotations.NullMarked;
