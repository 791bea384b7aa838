/**
 * From the store's feed to the sockets: local interest in sessions, attachments with their positions, replay. An attachment is
 * confined to the event loop of its sink.
 */
@NullMarked
package dev.parley.gateway.routing;

import org.jspecify.annotations.NullMarked;
