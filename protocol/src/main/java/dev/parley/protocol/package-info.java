/**
 * The vocabulary of the wire: error and close codes, raw JSON, the catalogue entry types. Depends on nothing else of the
 * project; used by every module, from any thread, as all types here are immutable.
 */
@NullMarked
package dev.parley.protocol;

import org.jspecify.annotations.NullMarked;
