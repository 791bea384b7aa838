/**
 * From the store's feed to the sockets: local interest in sessions and channels, attachments and readers with their positions,
 * replay. Each of them is confined to the event loop of its sink.
 */
@NullMarked
package dev.parley.gateway.routing;

import org.jspecify.annotations.NullMarked;
