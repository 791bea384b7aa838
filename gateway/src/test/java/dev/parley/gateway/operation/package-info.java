/** Tests of the path that every request takes. */
@NullMarked
package dev.parley.gateway.operation;

import org.jspecify.annotations.NullMarked;
