/** Agents on the wire: the record, params and results of its operations. Immutable values; used from any thread. */
@NullMarked
package dev.parley.protocol.agent;

import org.jspecify.annotations.NullMarked;
