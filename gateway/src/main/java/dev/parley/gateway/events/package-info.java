/**
 * What happened in sessions' lives, told to those outside: taken from the store's out-box by whoever is there first, on the
 * threads of the time source and of the store, never on event loops.
 */
@NullMarked
package dev.parley.gateway.events;

import org.jspecify.annotations.NullMarked;
