package dev.parley.gateway.operation;

import dev.parley.protocol.agent.ChannelParams;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The subscriptions of one connection to channels of its workspace. All methods are called on its event loop. */
public interface SocketChannels {
    /**
     * Subscribes the connection; pushes follow the answer. Where it is subscribed already and neither position nor number is
     * given, it stays as it is.
     *
     * @param seq position; null for none
     * @param last how many of the kept messages are pushed first; null for all
     */
    Mono<ChannelParams.Subscribed> subscribe(String channel, @Nullable Long seq, @Nullable Integer last);

    /** Ends a subscription; without effect when there is none. */
    void unsubscribe(String channel);
}
