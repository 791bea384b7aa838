/**
 * What {@code ./parley demo --redis} runs: a Redis, two gateways on it, and a balancer before them that kills a gateway when the
 * page asks for it. Not part of the client library. Each connection has threads of its own, which block.
 */
@NullMarked
package dev.parley.demo;

import org.jspecify.annotations.NullMarked;
