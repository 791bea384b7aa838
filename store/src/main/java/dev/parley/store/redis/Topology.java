package dev.parley.store.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which server serves which slot. Safe for use from any thread; never blocks. */
interface Topology {
    /** How many slots there are. */
    int SLOTS = 16_384;

    /** Begins to look, and to connect. */
    void start();

    /** The master of a slot; null as long as none is known. */
    @Nullable Node nodeOf(int slot);

    /** Why a slot has no master or that is not connected, for messages. */
    LinkFailure problem(int slot);

    /** A server said that another one serves a slot now. */
    void moved(int slot, ServerAddress to);

    /** Something is wrong: looks again soon. */
    void refresh();

    /** Called often, on the timer: does what is due. */
    void tick();

    /** The servers that serve slots. */
    List<Node> masters();

    /** Whether every slot has a master that is connected. */
    boolean isComplete();

    /** Closes all connections. */
    void close();

    /** Hears what changes, on a thread that must not be blocked. */
    interface Listener extends Node.Listener {
        /** Some slots are served by another server than before. */
        void changed();
    }

    /** Makes nodes; for the implementations. */
    interface Nodes {
        /** A server that takes calls once it is ready. */
        Node master(ServerAddress address);

        /** A server that is only asked where others are. */
        Node informant(ServerAddress address);
    }
}
