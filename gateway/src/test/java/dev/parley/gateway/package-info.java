/** Tests of the whole gateway over real sockets. */
@NullMarked
package dev.parley.gateway;

import org.jspecify.annotations.NullMarked;
