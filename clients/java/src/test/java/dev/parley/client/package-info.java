/** Tests of the client: its rules on virtual time, its sockets for real. Each test runs on its own thread. */
@NullMarked
package dev.parley.client;

import org.jspecify.annotations.NullMarked;
