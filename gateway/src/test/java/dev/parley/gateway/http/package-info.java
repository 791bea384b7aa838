/** The HTTP side, on a real server with the embedded store: run by the tests alone. */
@NullMarked
package dev.parley.gateway.http;

import org.jspecify.annotations.NullMarked;
