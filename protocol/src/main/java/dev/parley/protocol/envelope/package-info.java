/** Envelopes on the wire: what agents of different frameworks write to each other. Immutable values; used from any thread. */
@NullMarked
package dev.parley.protocol.envelope;

import org.jspecify.annotations.NullMarked;
