/**
 * The one path that every request takes, from a socket or over HTTP: rights, limits, binding of params, handler, errors. Called
 * on event loops; never blocks.
 */
@NullMarked
package dev.parley.gateway.operation;

import org.jspecify.annotations.NullMarked;
