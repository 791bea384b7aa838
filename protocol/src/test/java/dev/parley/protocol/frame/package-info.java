/** Tests of reading, writing and binding. */
@NullMarked
package dev.parley.protocol.frame;

import org.jspecify.annotations.NullMarked;
