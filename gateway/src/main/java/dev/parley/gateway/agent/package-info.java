/**
 * What can be done with agents. Called on event loops; never blocks.
 */
@NullMarked
package dev.parley.gateway.agent;

import org.jspecify.annotations.NullMarked;
