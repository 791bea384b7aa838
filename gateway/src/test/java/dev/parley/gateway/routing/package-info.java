/** Tests of delivery: hand-over from replay to live, lag, resume, warnings. */
@NullMarked
package dev.parley.gateway.routing;

import org.jspecify.annotations.NullMarked;
