/**
 * Sessions on the wire: the record, its parts, the params and results of the operations on it. Immutable values; used from
 * any thread.
 */
@NullMarked
package dev.parley.protocol.session;

import org.jspecify.annotations.NullMarked;
