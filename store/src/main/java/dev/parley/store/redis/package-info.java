/**
 * The store on Redis: what it decides happens inside functions on the server, one per call of the store, each atomic and one
 * round trip; Java packs arguments and unpacks answers. Called by gateways through the store's interface from any thread;
 * answers come on the driver's threads, on which nothing may block. Which key is what and why stands in {@code
 * docs/internals/redis.md}.
 */
@NullMarked
package dev.parley.store.redis;

import org.jspecify.annotations.NullMarked;
