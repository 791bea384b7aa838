/**
 * WebSocket connections as plain Netty code: upgrade, frames, liveness, closing, back-pressure. Everything about one connection
 * happens on its event loop.
 */
@NullMarked
package dev.parley.gateway.connection;

import org.jspecify.annotations.NullMarked;
