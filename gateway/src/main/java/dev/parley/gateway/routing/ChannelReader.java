package dev.parley.gateway.routing;

import dev.parley.protocol.agent.ChannelParams;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.ChannelStore.Entry;
import dev.parley.store.ChannelStore.Kept;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection's place in one channel: a cursor, as an {@link Attachment} is in a session. Beginning, resuming after a cut and
 * catching up after a lag are the same thing: reading what is kept from the cursor on until it has reached what was told, then
 * passing on what is told. A message at or before the cursor was dealt with, the one right behind it is next, anything further on
 * means there is something to read first; what is kept no more is said to be missing with the next message. Nothing is queued
 * for a reader that does not keep up. Confined to the loop of its sink.
 */
public final class ChannelReader {
    private enum Mode {
        /** Subscribed, but not answered yet. */
        HELD,
        /** Passes on what is told. */
        LIVE,
        /** Waits for room in the sink. */
        LAGGING,
        /** Waits for what is kept. */
        READING,
        CLOSED
    }

    private final ChannelRouter router;
    private final LocalChannel channel;
    private final ChannelSink sink;

    private Mode mode = Mode.HELD;
    private boolean joined;
    private long cursor;
    /** The furthest message that was told of. */
    private long known;
    /** Messages up to here are pushed although they came from this connection: it asked for all after its position. */
    private long replayUpTo;
    /** What is missing is still to be said, as the message behind it was one of its own. */
    private boolean gapWaits;

    private boolean missing;
    private List<Entry> firstPage = List.of();
    private long began;
    private boolean behind;
    private boolean lagged;
    private long behindSince;

    ChannelReader(ChannelRouter router, LocalChannel channel, ChannelSink sink) {
        this.router = router;
        this.channel = channel;
        this.sink = sink;
    }

    /** The channel's name. */
    public String channel() {
        return channel.name();
    }

    /** Whether it has ended. */
    public boolean isClosed() {
        return mode == Mode.CLOSED;
    }

    /** Nanoseconds of the time source since which it is behind; only of interest while its sink has it as behind. */
    public long behindSince() {
        return behindSince;
    }

    /** Whether it fell behind because its sink has no room, rather than waiting for the store. */
    public boolean hasLagged() {
        return lagged;
    }

    /** How it stands: the position, and before anything was pushed whether some of what was asked for is missing. */
    public ChannelParams.Subscribed standing() {
        return new ChannelParams.Subscribed(channel.name(), cursor, missing ? Boolean.TRUE : null);
    }

    /** Begins to push; called on the loop right after it was answered. */
    public void start() {
        if (mode != Mode.HELD) {
            return;
        }
        List<Entry> page = firstPage;
        firstPage = List.of();
        missing = false;
        mode = Mode.READING;
        if (pass(page, began)) {
            known = Math.max(known, channel.head());
            if (known > cursor) {
                read();
            } else {
                live();
            }
        }
    }

    /** There is room again. */
    public void onWritable() {
        if (mode == Mode.LAGGING && sink.writable()) {
            read();
        }
    }

    /** Ends it; nothing is pushed any more. Idempotent. */
    public void close() {
        if (mode != Mode.CLOSED) {
            mode = Mode.CLOSED;
            firstPage = List.of();
            upToDate();
            if (joined) {
                channel.remove(this, sink.loop());
            }
            router.release(channel);
        }
    }

    /** Hears from now on what is told. */
    void join() {
        joined = true;
        channel.add(this, sink.loop());
    }

    /** Sets the position, by what is kept after it. Called once, after {@link #join}. */
    void place(Kept kept, @Nullable Long seq, int last) {
        List<Entry> entries = kept.entries();
        began = kept.began();
        replayUpTo = kept.head();
        if (seq == null) {
            firstPage = entries.subList(Math.max(0, entries.size() - last), entries.size());
        } else {
            firstPage = entries;
            missing = seq > kept.head()
                    || (!entries.isEmpty() && isGap(seq, entries.get(0).number(), began));
        }
        cursor = firstPage.isEmpty() ? kept.head() : firstPage.get(0).number() - 1;
    }

    /** A message was read for all readers here. */
    void onMessage(ChannelPeers.Delivery delivery, @Nullable ByteBuf shared) {
        long number = delivery.entry().number();
        if (mode == Mode.LIVE && number > cursor) {
            if (delivery.before() > cursor) {
                known = Math.max(known, number);
                read();
            } else if (!pass(delivery.entry(), delivery.began(), delivery.push(), shared)) {
                known = Math.max(known, number);
                lag();
            }
        } else {
            known = Math.max(known, number);
        }
    }

    private void read() {
        beginBehind();
        mode = Mode.READING;
        long knownThen = known;
        EventExecutor loop = sink.loop();
        router.read(
                channel,
                cursor,
                kept -> loop.execute(() -> onKept(kept, knownThen)),
                failure -> loop.execute(() -> {
                    // It is the store that is waited for, and not the sink: that time does not count as being slow.
                    lagged = false;
                    behindSince = router.nanoTime();
                    router.later(() -> loop.execute(this::readAgain));
                }));
    }

    private void readAgain() {
        if (mode == Mode.READING) {
            read();
        }
    }

    private void onKept(Kept kept, long knownThen) {
        if (mode != Mode.READING || !pass(kept.entries(), kept.began())) {
            return;
        }
        // What was told before the read and was not found by it is lost, and not waited for.
        if (known > knownThen && known > cursor) {
            read();
        } else {
            live();
        }
    }

    /** Pushes messages while there is room; lags, and answers false, when there is none. */
    private boolean pass(List<Entry> entries, long first) {
        for (Entry entry : entries) {
            if (entry.number() > cursor && !pass(entry, first, null, null)) {
                lag();
                return false;
            }
        }
        return true;
    }

    /** Pushes the next message, unless it is its own; false when there is no room. */
    private boolean pass(Entry entry, long first, @Nullable Push ready, @Nullable ByteBuf shared) {
        boolean gap = gapWaits || isGap(cursor, entry.number(), first);
        if (sink.connectionId().equals(entry.origin()) && entry.number() > replayUpTo) {
            gapWaits = gap;
        } else if (!sink.writable()) {
            return false;
        } else if (gap) {
            gapWaits = false;
            sink.push(Push.of(EventTypes.CHANNEL_MESSAGE, entry.message().afterGap()), null);
        } else {
            sink.push(ready == null ? Push.of(EventTypes.CHANNEL_MESSAGE, entry.message()) : ready, shared);
        }
        cursor = entry.number();
        return true;
    }

    /** Whether there was, or may have been, something between a position and a message; 0 is before a channel's first. */
    private static boolean isGap(long position, long number, long first) {
        return number != position + 1 && !(position == 0 && number == first);
    }

    private void lag() {
        beginBehind();
        lagged = true;
        mode = Mode.LAGGING;
    }

    private void live() {
        mode = Mode.LIVE;
        upToDate();
    }

    private void beginBehind() {
        if (!behind) {
            behind = true;
            behindSince = router.nanoTime();
            sink.behind(this);
        }
    }

    private void upToDate() {
        if (behind) {
            behind = false;
            lagged = false;
            sink.caughtUp(this);
        }
    }
}
