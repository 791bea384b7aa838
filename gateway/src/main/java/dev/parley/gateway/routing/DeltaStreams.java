package dev.parley.gateway.routing;

import dev.parley.protocol.Json;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.store.Signal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The messages that are being streamed to one attachment. A reader gets the pieces of a message from the first one on without
 * a hole, or none: where one would be missing, the final message is all it gets. Pieces that must wait are merged, up to a
 * bound. Confined to the attachment's loop; made with the first piece.
 */
final class DeltaStreams {
    private static final int MAX_STREAMS = 64;
    private static final int MAX_WAITING_CHARS = 256 << 10;

    private final Map<String, Stream> streams = new LinkedHashMap<>();
    private int waitingChars;

    /**
     * Takes a piece.
     *
     * @param mayPush whether it can go out now
     * @return whether the caller pushes it as it is
     */
    boolean accept(DeltaPiece piece, boolean mayPush) {
        Stream stream = streams.get(piece.messageId());
        if (stream == null) {
            if (piece.index() != 0) {
                return false;
            }
            if (streams.size() >= MAX_STREAMS) {
                // The one that began first was most likely given up by its author.
                ended(streams.keySet().iterator().next());
            }
            stream = new Stream();
            streams.put(piece.messageId(), stream);
        }
        if (stream.broken || piece.index() != stream.next) {
            breakOff(stream);
            return false;
        }
        stream.next++;
        if (mayPush && stream.waiting == null) {
            return true;
        }
        if (waitingChars + piece.chunk().length() > MAX_WAITING_CHARS) {
            breakOff(stream);
            return false;
        }
        waitingChars += piece.chunk().length();
        if (stream.waiting == null) {
            stream.waiting = new Waiting(piece);
        } else {
            stream.waiting.add(piece);
        }
        return false;
    }

    /** A message's final form has been passed: nothing more of its pieces goes out. */
    void ended(String messageId) {
        Stream stream = streams.remove(messageId);
        if (stream != null) {
            breakOff(stream);
        }
    }

    /** The pieces that waited, one per message, in the order in which the messages began. */
    List<Push> takeWaiting() {
        List<Push> pushes = new ArrayList<>();
        for (Map.Entry<String, Stream> entry : streams.entrySet()) {
            Waiting waiting = entry.getValue().waiting;
            if (waiting != null) {
                pushes.add(waiting.push());
                entry.getValue().waiting = null;
            }
        }
        waitingChars = 0;
        return pushes;
    }

    boolean isEmpty() {
        return streams.isEmpty();
    }

    private void breakOff(Stream stream) {
        stream.broken = true;
        if (stream.waiting != null) {
            waitingChars -= stream.waiting.chunk.length();
            stream.waiting = null;
        }
    }

    private static final class Stream {
        private long next;
        private boolean broken;
        private @Nullable Waiting waiting;
    }

    private static final class Waiting {
        private final Signal signal;
        private final long first;
        private final StringBuilder chunk;
        private long last;

        Waiting(DeltaPiece piece) {
            this.signal = piece.signal();
            this.first = piece.index();
            this.last = piece.index();
            this.chunk = new StringBuilder(piece.chunk());
        }

        void add(DeltaPiece piece) {
            chunk.append(piece.chunk());
            last = piece.index();
        }

        Push push() {
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("sessionId", signal.sessionId());
            JsonNode body = Json.MAPPER.readTree(
                    signal.body().array(), signal.body().offset(), signal.body().length());
            for (Map.Entry<String, JsonNode> member : body.properties()) {
                params.put(member.getKey(), member.getValue());
            }
            params.put("index", first);
            if (last != first) {
                params.put("lastIndex", last);
            }
            params.put("chunk", chunk.toString());
            return Push.of(EventTypes.MESSAGE_DELTA, params);
        }
    }
}
