/** Envelopes: what they say, whom they go to, what becomes of them. Called on event loops; never blocks. */
@NullMarked
package dev.parley.gateway.envelope;

import org.jspecify.annotations.NullMarked;
