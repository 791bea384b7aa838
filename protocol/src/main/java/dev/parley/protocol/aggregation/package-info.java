/** Aggregations on the wire: what several agents found, brought together. Immutable values; used from any thread. */
@NullMarked
package dev.parley.protocol.aggregation;

import org.jspecify.annotations.NullMarked;
