/** Runs the examples under {@code docs/}: run by the tests alone, on their thread. */
@NullMarked
package dev.parley.docs;

import org.jspecify.annotations.NullMarked;
