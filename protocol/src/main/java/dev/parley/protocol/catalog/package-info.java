/** The catalogue: the only list of what the gateway can do and of what it pushes. Immutable; used from any thread. */
@NullMarked
package dev.parley.protocol.catalog;

import org.jspecify.annotations.NullMarked;
