/**
 * What can be done with sessions and messages: pure rules, and services that load, decide and commit. Called on event loops;
 * never blocks; keeps no session between calls.
 */
@NullMarked
package dev.parley.gateway.session;

import org.jspecify.annotations.NullMarked;
