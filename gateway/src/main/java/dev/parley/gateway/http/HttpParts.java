package dev.parley.gateway.http;

import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.metrics.GatewayMetrics;
import dev.parley.gateway.operation.Dispatcher;
import dev.parley.gateway.routing.SessionRouter;
import dev.parley.gateway.session.MessageService;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;

/**
 * What the HTTP side is made of.
 *
 * @param config settings
 * @param time the clock
 * @param store for health and for replies that came before they were waited for
 * @param dispatcher of all operations
 * @param messages sends messages
 * @param router of the feed
 * @param metrics counts
 */
public record HttpParts(
        GatewayConfig config,
        TimeSource time,
        Store store,
        Dispatcher dispatcher,
        MessageService messages,
        SessionRouter router,
        GatewayMetrics metrics) {}
