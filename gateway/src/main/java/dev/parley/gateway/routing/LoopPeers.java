package dev.parley.gateway.routing;

import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session's attachments on one event loop; all but the loop itself is confined to it. */
final class LoopPeers {
    private final EventExecutor loop;
    private Attachment[] peers = new Attachment[1];
    private int size;

    LoopPeers(EventExecutor loop) {
        this.loop = loop;
    }

    EventExecutor loop() {
        return loop;
    }

    void add(Attachment attachment) {
        if (size == peers.length) {
            peers = Arrays.copyOf(peers, size * 2);
        }
        peers[size++] = attachment;
    }

    void remove(Attachment attachment) {
        for (int i = 0; i < size; i++) {
            if (peers[i] == attachment) {
                // A fresh array, because a delivery may be walking over the old one.
                Attachment[] rest = new Attachment[Math.max(1, size - 1)];
                System.arraycopy(peers, 0, rest, 0, i);
                System.arraycopy(peers, i + 1, rest, i, size - 1 - i);
                peers = rest;
                size--;
                return;
            }
        }
    }

    void deliver(LoggedEvent event, Push push) {
        Attachment[] now = peers;
        int count = size;
        ByteBuf shared = shared(push, count);
        try {
            for (int i = 0; i < count; i++) {
                now[i].onEvent(event, push, shared);
            }
        } finally {
            if (shared != null) {
                shared.release();
            }
        }
    }

    void deliver(Signal signal, @Nullable DeltaPiece piece, Push push) {
        Attachment[] now = peers;
        int count = size;
        ByteBuf shared = shared(push, count);
        try {
            for (int i = 0; i < count; i++) {
                now[i].onSignal(signal, piece, push, shared);
            }
        } finally {
            if (shared != null) {
                shared.release();
            }
        }
    }

    /** Tells what became of an agent; who has no room hears the latest of it later. */
    void agent(String agentId, Push push) {
        each(peer -> peer.onAgent(agentId, push));
    }

    /** Tells of a renewal; who has no room hears of it later. */
    void renewed(Push push) {
        each(peer -> peer.onRenewed(push));
    }

    void state(SessionState state) {
        each(peer -> peer.onState(state));
    }

    void each(Consumer<Attachment> action) {
        Attachment[] now = peers;
        int count = size;
        for (int i = 0; i < count; i++) {
            action.accept(now[i]);
        }
    }

    private static @Nullable ByteBuf shared(Push push, int count) {
        return count > 1 ? push.frame(ByteBufAllocator.DEFAULT) : null;
    }
}
