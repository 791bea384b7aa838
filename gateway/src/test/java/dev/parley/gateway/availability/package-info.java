/** Tests of what a remote store needs. */
@NullMarked
package dev.parley.gateway.availability;

import org.jspecify.annotations.NullMarked;
