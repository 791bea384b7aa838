package dev.parley.gateway.connection;

import dev.parley.gateway.operation.Caller;
import dev.parley.gateway.routing.Push;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.InboxStore.Entry;
import dev.parley.store.Store;
import dev.parley.time.TimeSource;
import java.util.List;

/**
 * Pushes what comes into the inbox of the agent of one connection, in the order in which it was accepted. It holds a number,
 * and reads on from there, a page at a time and only while the socket has room: so nothing piles up in front of an agent that
 * does not read, and what a hint does not tell the next one does. What is never pushed is in the inbox all the same. Confined to
 * the connection's loop.
 */
final class InboxPusher {
    private static final int PAGE = 50;
    private static final long RETRY_MILLIS = 1_000;

    private final Connection connection;
    private final Store store;
    private final TimeSource time;
    /** Of the last message that was pushed, or of what was there when the agent connected. */
    private long number;

    private boolean begun;
    private boolean wanted;
    private boolean reading;

    InboxPusher(Connection connection, Store store, TimeSource time) {
        this.connection = connection;
        this.store = store;
        this.time = time;
    }

    /** What is accepted after a number is to be pushed, once {@link #begin} is called. */
    void after(long first) {
        number = first;
    }

    /** The agent has its answer: pushes may come. */
    void begin() {
        begun = true;
        changed();
    }

    /** The inbox of an agent of this id in a workspace may have got something. */
    void changed(String workspaceId) {
        Caller caller = connection.caller();
        if (caller != null && caller.workspaceId().equals(workspaceId)) {
            changed();
        }
    }

    void changed() {
        wanted = true;
        look();
    }

    /** Goes on, when there may be something and the socket has room. */
    void look() {
        Caller caller = connection.caller();
        if (!begun
                || !wanted
                || reading
                || caller == null
                || !connection.isOpen()
                || !connection.outbound().writable()) {
            return;
        }
        wanted = false;
        reading = true;
        store.inbox()
                .after(caller.workspaceId(), caller.id(), number, PAGE)
                .subscribe(
                        page -> connection.onLoop(() -> read(page)),
                        away -> time.schedule(
                                RETRY_MILLIS,
                                () -> connection.onLoop(() -> {
                                    reading = false;
                                    changed();
                                })));
    }

    private void read(List<Entry> page) {
        reading = false;
        for (Entry entry : page) {
            number = entry.number();
            connection.tell(Push.of(EventTypes.INBOX_MESSAGE, entry.message()));
        }
        if (!page.isEmpty()) {
            // There may be more. Not at once, so that a long inbox does not keep the loop from its other connections.
            wanted = true;
            connection.loop().execute(this::look);
        } else {
            look();
        }
    }
}
