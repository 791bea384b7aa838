package dev.parley.gateway.routing;

import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.ChannelStore.Entry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;

/** A channel's readers on one event loop; all but the loop itself is confined to it. */
final class ChannelPeers {
    private final EventExecutor loop;
    private List<ChannelReader> peers = List.of();

    ChannelPeers(EventExecutor loop) {
        this.loop = loop;
    }

    /**
     * A message that was read for all readers here.
     *
     * @param before number of the message that was read before it
     * @param began number of the channel's first message
     * @param push the message, encoded once
     */
    record Delivery(Entry entry, long before, long began, Push push) {
        static Delivery of(Entry entry, long before, long began) {
            return new Delivery(entry, before, began, Push.of(EventTypes.CHANNEL_MESSAGE, entry.message()));
        }
    }

    EventExecutor loop() {
        return loop;
    }

    /** A fresh list each time, because a delivery may be walking over the old one. */
    void add(ChannelReader reader) {
        List<ChannelReader> more = new ArrayList<>(peers);
        more.add(reader);
        peers = more;
    }

    void remove(ChannelReader reader) {
        List<ChannelReader> fewer = new ArrayList<>(peers);
        fewer.remove(reader);
        peers = fewer;
    }

    void deliver(List<Delivery> deliveries) {
        for (Delivery delivery : deliveries) {
            List<ChannelReader> now = peers;
            ByteBuf shared = now.size() > 1 ? delivery.push().frame(ByteBufAllocator.DEFAULT) : null;
            try {
                for (ChannelReader reader : now) {
                    reader.onMessage(delivery, shared);
                }
            } finally {
                if (shared != null) {
                    shared.release();
                }
            }
        }
    }
}
