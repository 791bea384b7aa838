package dev.parley.protocol.frame;

import dev.parley.protocol.RawJson;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client sent in one frame (JSON-RPC 2.0). Params and ids are slices of the frame's bytes. */
public sealed interface ClientFrame {
    /**
     * A call that wants an answer (section 4).
     *
     * @param id a JSON string, number or null, to be given back as it is
     * @param method the name; not checked against the catalogue
     * @param params a JSON object; the empty one when left out
     */
    record Request(RawJson id, String method, RawJson params) implements ClientFrame {}

    /**
     * A call that wants none (section 4.1).
     *
     * @param method the name; not checked against the catalogue
     * @param params a JSON object; the empty one when left out
     */
    record Notification(String method, RawJson params) implements ClientFrame {}

    /**
     * Several at once (section 6), 1 to {@link FrameReader#MAX_BATCH}.
     *
     * @param frames requests, notifications and invalid ones, in order
     */
    record Batch(List<ClientFrame> frames) implements ClientFrame {}

    /**
     * What cannot be taken; it is answered with an error even when it has no id.
     *
     * @param id when it could be read; null otherwise, which is written as a JSON null
     * @param rpcCode -32700, -32600 or -32602 (section 5.1)
     * @param message for people; says what to do
     */
    record Invalid(@Nullable RawJson id, int rpcCode, String message) implements ClientFrame {}
}
