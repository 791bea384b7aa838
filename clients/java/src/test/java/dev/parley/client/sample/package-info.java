/** Tests of the sample agent. */
@NullMarked
package dev.parley.client.sample;

import org.jspecify.annotations.NullMarked;
