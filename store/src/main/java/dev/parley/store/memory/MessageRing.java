package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionEvents;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The last messages of a session, rising in seq, each as bytes in chunks that are filled one after another; grows by doubling
 * up to its limit, then drops the oldest. An entry becomes objects again only when it is read. So what is kept costs the
 * garbage collector nothing, neither when it is written (no reference from an old object to a new one) nor later (nothing in
 * it to walk over or to move). Guarded by the session.
 */
final class MessageRing {
    private static final int FIRST_CHUNK = 512;
    private static final int LARGEST_CHUNK = 16 * 1024;

    /** Up to so many messages an id is looked for one by one; beyond, a table pays. */
    private static final int SCANNED = 8;

    private static final VarHandle LONG = view(long[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle SHORT = view(short[].class);

    // An entry: seq, instant, hash of its id, then author, addressee, id, origin and body, each with its length before
    // it.
    private static final int AT = Long.BYTES;
    private static final int HASH = AT + Long.BYTES;
    private static final int TEXTS = HASH + Integer.BYTES;
    private static final short ABSENT = -1;

    private final int limit;

    /** Chunk and offset of each entry, at its ordinal modulo the length. */
    private long[] places = new long[2];

    /** How many were ever added: the ordinal of the next one. */
    private long added;

    private int size;

    private byte[][] chunks = new byte[1][];
    private int firstChunk;
    private int chunkCount;
    /** Where the next entry goes in the last chunk. */
    private int used;

    /**
     * Hash of an id and ordinal of its message, by the hash, open addressing; 0 is free, and one that was dropped since counts
     * as a hole.
     */
    private long @Nullable [] table;

    private int taken;

    MessageRing(int limit) {
        this.limit = limit;
    }

    int size() {
        return size;
    }

    /** The seq of the entry at a position, 0 being the oldest. */
    long seq(int index) {
        long place = place(index);
        return (long) LONG.get(chunk(place), offset(place));
    }

    /** The entry at a position, 0 being the oldest. */
    LoggedEvent get(int index, String sessionId, String epoch) {
        long place = place(index);
        byte[] chunk = chunk(place);
        int offset = offset(place);
        int author = offset + TEXTS;
        int to = after(chunk, author);
        int id = after(chunk, to);
        int origin = after(chunk, id);
        int body = after(chunk, origin);
        return new LoggedEvent(
                sessionId,
                epoch,
                (long) LONG.get(chunk, offset),
                (long) LONG.get(chunk, offset + AT),
                SessionEvents.MESSAGE,
                text(chunk, author),
                text(chunk, to),
                text(chunk, id),
                text(chunk, origin),
                RawJson.slice(chunk, body + Integer.BYTES, (int) INT.get(chunk, body)));
    }

    /** Whether the entry at a position is somebody's. */
    boolean isBy(int index, String authorId) {
        long place = place(index);
        return authorId.equals(text(chunk(place), offset(place) + TEXTS));
    }

    /** Position of the message with an id; −1 when it is not kept. */
    int find(String messageId) {
        int hash = messageId.hashCode();
        long[] slots = table;
        if (slots == null) {
            for (int i = size - 1; i >= 0; i--) {
                if (hasId(i, hash, messageId)) {
                    return i;
                }
            }
            return -1;
        }
        int mask = slots.length - 1;
        for (int i = spread(hash) & mask; slots[i] != 0; i = (i + 1) & mask) {
            if ((int) (slots[i] >>> 32) == hash) {
                int index = index(slots[i]);
                if (index >= 0 && hasId(index, hash, messageId)) {
                    return index;
                }
            }
        }
        return -1;
    }

    /** Appends a message; drops the oldest when there are as many as may be. */
    void add(LoggedEvent message) {
        if (limit == 0) {
            return;
        }
        if (size == limit) {
            size--;
            dropChunks();
        } else if (size == places.length) {
            long[] larger = new long[size * 2];
            for (long ordinal = added - size; ordinal < added; ordinal++) {
                larger[(int) ordinal & (larger.length - 1)] = places[(int) ordinal & (places.length - 1)];
            }
            places = larger;
        }
        String messageId = Objects.requireNonNull(message.messageId());
        int hash = messageId.hashCode();
        places[(int) added & (places.length - 1)] = write(message, messageId, hash);
        added++;
        size++;
        if (table != null) {
            enter(table, hash, added - 1);
        } else if (size > SCANNED) {
            rebuild();
        }
    }

    /** Position of the oldest message with a greater seq; the size when there is none. */
    int firstAfterSeq(long seq) {
        return firstAfter(seq, this::seq);
    }

    /** Position of the oldest message that is later; the size when there is none. */
    int firstAfterMillis(long at) {
        return firstAfter(at, index -> {
            long place = place(index);
            return (long) LONG.get(chunk(place), offset(place) + AT);
        });
    }

    private int firstAfter(long key, IntToLongFunction keyOf) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (keyOf.applyAsLong(middle) > key) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private long place(int index) {
        return places[(int) (added - size + index) & (places.length - 1)];
    }

    private byte[] chunk(long place) {
        return chunks[((int) (place >>> 32) - firstChunk)];
    }

    private static int offset(long place) {
        return (int) place;
    }

    /** Writes an entry behind the last one and answers its place. */
    private long write(LoggedEvent message, String messageId, int hash) {
        String author = message.authorId();
        String to = message.to();
        String origin = message.origin();
        RawJson body = message.body();
        int length = TEXTS
                + length(author)
                + length(to)
                + length(messageId)
                + length(origin)
                + Integer.BYTES
                + body.length();
        byte[] chunk = room(length);
        int at = used;
        LONG.set(chunk, at, message.seq());
        LONG.set(chunk, at + AT, message.at());
        INT.set(chunk, at + HASH, hash);
        int next = put(chunk, at + TEXTS, author);
        next = put(chunk, next, to);
        next = put(chunk, next, messageId);
        next = put(chunk, next, origin);
        INT.set(chunk, next, body.length());
        System.arraycopy(body.array(), body.offset(), chunk, next + Integer.BYTES, body.length());
        used = at + length;
        return ((long) (firstChunk + chunkCount - 1) << 32) | at;
    }

    /** The last chunk, when it has room, else a new one: twice as long as the one before, up to a point. */
    private byte[] room(int length) {
        byte[] last = chunkCount == 0 ? null : chunks[chunkCount - 1];
        if (last != null && last.length - used >= length) {
            return last;
        }
        if (chunkCount == chunks.length) {
            chunks = Arrays.copyOf(chunks, chunkCount * 2);
        }
        int usual = last == null ? FIRST_CHUNK : Math.min(last.length * 2, LARGEST_CHUNK);
        byte[] chunk = new byte[Math.max(usual, length)];
        chunks[chunkCount++] = chunk;
        used = 0;
        return chunk;
    }

    /** Lets go of the chunks that only hold what was dropped. */
    private void dropChunks() {
        int needed = size == 0 ? firstChunk + chunkCount - 1 : (int) (place(0) >>> 32);
        int gone = needed - firstChunk;
        if (gone > 0) {
            System.arraycopy(chunks, gone, chunks, 0, chunkCount - gone);
            Arrays.fill(chunks, chunkCount - gone, chunkCount, null);
            chunkCount -= gone;
            firstChunk += gone;
        }
    }

    private void rebuild() {
        int capacity = Integer.highestOneBit(Math.max(size, SCANNED * 2) * 2 - 1) * 2;
        long[] slots = new long[capacity];
        table = slots;
        taken = 0;
        for (int i = 0; i < size; i++) {
            long place = place(i);
            enter(slots, (int) INT.get(chunk(place), offset(place) + HASH), added - size + i);
        }
    }

    private void enter(long[] slots, int hash, long ordinal) {
        int mask = slots.length - 1;
        int i = spread(hash) & mask;
        while (slots[i] != 0 && index(slots[i]) >= 0) {
            i = (i + 1) & mask;
        }
        if (slots[i] == 0) {
            taken++;
        }
        slots[i] = ((long) hash << 32) | ((((int) ordinal << 1) | 1) & 0xFFFF_FFFFL);
        if (taken * 4 > slots.length * 3) {
            rebuild();
        }
    }

    /** The position that a slot of the table stands for; −1 when that entry was dropped. */
    private int index(long slot) {
        int age = ((int) added - ((int) slot >> 1)) & Integer.MAX_VALUE;
        return age <= size ? size - age : -1;
    }

    private boolean hasId(int index, int hash, String messageId) {
        long place = place(index);
        byte[] chunk = chunk(place);
        int offset = offset(place);
        if ((int) INT.get(chunk, offset + HASH) != hash) {
            return false;
        }
        int id = after(chunk, after(chunk, offset + TEXTS));
        return messageId.equals(text(chunk, id));
    }

    private static int spread(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ (mixed >>> 16);
    }

    /** Bytes that a text takes, with its length before it. */
    private static int length(@Nullable String text) {
        return Short.BYTES + (text == null ? 0 : isAscii(text) ? text.length() : text.length() * Character.BYTES);
    }

    /**
     * Writes a text and answers where the next one begins: a byte for each unit of ASCII, else two, which brings back any
     * text as it was. The length before it is in bytes; its lowest bit says which.
     */
    private static int put(byte[] chunk, int at, @Nullable String text) {
        if (text == null) {
            SHORT.set(chunk, at, ABSENT);
            return at + Short.BYTES;
        }
        int next = at + Short.BYTES;
        int length = text.length();
        if (isAscii(text)) {
            SHORT.set(chunk, at, (short) ((length << 1) | 1));
            for (int i = 0; i < length; i++) {
                chunk[next++] = (byte) text.charAt(i);
            }
            return next;
        }
        SHORT.set(chunk, at, (short) ((length * Character.BYTES) << 1));
        for (int i = 0; i < length; i++) {
            SHORT.set(chunk, next, (short) text.charAt(i));
            next += Character.BYTES;
        }
        return next;
    }

    private static @Nullable String text(byte[] chunk, int at) {
        short length = (short) SHORT.get(chunk, at);
        int start = at + Short.BYTES;
        if (length == ABSENT) {
            return null;
        }
        if ((length & 1) == 1) {
            return new String(chunk, start, length >> 1, StandardCharsets.ISO_8859_1);
        }
        char[] units = new char[(length >> 1) / Character.BYTES];
        for (int i = 0; i < units.length; i++) {
            units[i] = (char) (short) SHORT.get(chunk, start + i * Character.BYTES);
        }
        return new String(units);
    }

    private static int after(byte[] chunk, int at) {
        short length = (short) SHORT.get(chunk, at);
        return at + Short.BYTES + (length == ABSENT ? 0 : length >> 1);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static VarHandle view(Class<?> arrayOf) {
        return MethodHandles.byteArrayViewVarHandle(arrayOf, ByteOrder.LITTLE_ENDIAN);
    }
}
