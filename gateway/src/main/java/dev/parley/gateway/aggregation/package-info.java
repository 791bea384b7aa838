/** Brings together what several agents found. Called on event loops; keeps nothing between calls. */
@NullMarked
package dev.parley.gateway.aggregation;

import org.jspecify.annotations.NullMarked;
