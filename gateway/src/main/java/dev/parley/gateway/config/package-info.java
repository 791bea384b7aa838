/**
 * Settings: records with their defaults, and the loader that fills them from file, environment and flags. Read once at start;
 * immutable afterwards.
 */
@NullMarked
package dev.parley.gateway.config;

import org.jspecify.annotations.NullMarked;
