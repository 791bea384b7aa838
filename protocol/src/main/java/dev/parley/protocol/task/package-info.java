/** Tasks on the wire: the record, params and results of its operations, pushes. Immutable values; used from any thread. */
@NullMarked
package dev.parley.protocol.task;

import org.jspecify.annotations.NullMarked;
