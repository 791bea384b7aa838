@NullMarked
package dev.parley.gateway.events;

import org.jspecify.annotations.NullMarked;
