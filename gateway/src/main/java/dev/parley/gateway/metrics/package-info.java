/**
 * Every meter of the gateway, bound once. Safe for use from any thread.
 */
@NullMarked
package dev.parley.gateway.metrics;

import org.jspecify.annotations.NullMarked;
