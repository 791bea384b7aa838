/** Settings: run by the tests alone. */
@NullMarked
package dev.parley.gateway.config;

import org.jspecify.annotations.NullMarked;
