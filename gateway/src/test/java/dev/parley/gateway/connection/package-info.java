/** Tests of what connections are made of, without sockets. */
@NullMarked
package dev.parley.gateway.connection;

import org.jspecify.annotations.NullMarked;
