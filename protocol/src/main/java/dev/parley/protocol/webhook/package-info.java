/** Webhooks on the wire: params and results of their operations. Immutable values; used from any thread. */
@NullMarked
package dev.parley.protocol.webhook;

import org.jspecify.annotations.NullMarked;
