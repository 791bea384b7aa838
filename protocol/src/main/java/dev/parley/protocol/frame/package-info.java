/**
 * JSON-RPC 2.0 frames: reading header-first with the params kept as bytes, writing with raw JSON spliced in, and binding of
 * params to records. Stateless; used on event loops.
 */
@NullMarked
package dev.parley.protocol.frame;

import org.jspecify.annotations.NullMarked;
