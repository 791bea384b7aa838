/** Tests of the vocabulary and of the wire as a whole, the golden vectors among them. */
@NullMarked
package dev.parley.protocol;

import org.jspecify.annotations.NullMarked;
