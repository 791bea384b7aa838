/** The one source of time. Nothing else in the project reads a clock or starts a timer. Safe for use from any thread. */
@NullMarked
package dev.parley.time;

import org.jspecify.annotations.NullMarked;
