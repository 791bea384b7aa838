package dev.parley.client;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which messages are being streamed, and whether all pieces so far went out on the present connection. A piece that cannot be
 * sent is dropped, and then all later ones of its message are: readers get pieces without holes, and in the end the whole
 * message anyway. Belongs to the engine thread.
 */
final class Streams {
    /** Messages that may be streamed at once; the one that began first is dropped from. */
    static final int LIMIT = 1000;

    private static final int BROKEN = -1;

    private final Map<String, Integer> connectionByMessage = new LinkedHashMap<>();

    /**
     * Asks whether a piece may go out.
     *
     * @param connection number of the present connection
     * @param writable whether it is open and takes more
     */
    boolean admits(String messageId, long index, int connection, boolean writable) {
        Integer began = connectionByMessage.get(messageId);
        if (began == null) {
            if (connectionByMessage.size() >= LIMIT) {
                connectionByMessage.remove(
                        connectionByMessage.keySet().iterator().next());
            }
            // A first piece that is not number 0 belongs to a message whose beginning was dropped.
            began = index == 0 ? connection : BROKEN;
        }
        boolean whole = writable && began == connection;
        connectionByMessage.put(messageId, whole ? connection : BROKEN);
        return whole;
    }

    /** The message itself was sent: no more pieces come. */
    void ended(String messageId) {
        connectionByMessage.remove(messageId);
    }
}
