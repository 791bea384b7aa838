/**
 * HTTP: the routes made from the catalogue, the transports of a message, event streams, health, metrics, documents and the page.
 */
@NullMarked
package dev.parley.gateway.http;

import org.jspecify.annotations.NullMarked;
