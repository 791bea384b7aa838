package dev.parley.gateway.session;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionParams;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A message as the log keeps it: the params of its push, without what the log itself adds. Read back by the members; written
 * by hand, as every message that passes is, with the sender's values spliced in as they came.
 *
 * @param messageId unique among the session's last messages
 * @param authorId participant who spoke
 * @param role {@code user} or {@code agent}, what the author is
 * @param content the text, if there is one
 * @param payload any JSON, if there is one
 */
record MessageBody(
        String messageId,
        String authorId,
        String role,
        @Nullable String content,
        @Nullable RawJson payload,
        @Nullable String intentSummary,
        @Nullable String inReplyTo,
        @Nullable RawJson metadata) {

    /** The body of a message that is sent, written anew, so that it keeps no frame alive. */
    static RawJson write(String messageId, String authorId, String role, SessionParams.Send params) {
        Writer out = new Writer(96
                + messageId.length()
                + authorId.length()
                + length(params.content())
                + length(params.payload())
                + length(params.metadata())
                + length(params.attachments()));
        out.text("{\"messageId\":", messageId);
        out.text(",\"authorId\":", authorId);
        out.text(",\"role\":", role);
        out.raw(",\"content\":", params.content());
        out.raw(",\"payload\":", params.payload());
        out.text(",\"intentSummary\":", params.intentSummary());
        out.text(",\"inReplyTo\":", params.inReplyTo());
        out.raw(",\"metadata\":", params.metadata());
        out.raw(",\"attachments\":", params.attachments());
        out.text(",\"to\":", params.to());
        return out.close();
    }

    private static int length(@Nullable RawJson value) {
        return value == null ? 0 : value.length() + 16;
    }

    private static final class Writer {
        private byte[] bytes;
        private int size;

        Writer(int capacity) {
            bytes = new byte[capacity];
        }

        void raw(String name, @Nullable RawJson value) {
            if (value == null) {
                return;
            }
            ascii(name);
            append(value.array(), value.offset(), value.length());
        }

        void text(String name, @Nullable String value) {
            if (value == null) {
                return;
            }
            ascii(name);
            if (isPlain(value)) {
                ensure(value.length() + 2);
                bytes[size++] = '"';
                ascii(value);
                bytes[size++] = '"';
            } else {
                byte[] literal = Json.write(value);
                append(literal, 0, literal.length);
            }
        }

        RawJson close() {
            ensure(1);
            bytes[size++] = '}';
            // A slice will do: a store copies what it keeps.
            return RawJson.slice(bytes, 0, size);
        }

        private void ascii(String text) {
            int length = text.length();
            ensure(length + 1);
            byte[] target = bytes;
            int at = size;
            for (int i = 0; i < length; i++) {
                target[at + i] = (byte) text.charAt(i);
            }
            size = at + length;
        }

        private void append(byte[] from, int offset, int length) {
            ensure(length);
            System.arraycopy(from, offset, bytes, size, length);
            size += length;
        }

        private void ensure(int more) {
            if (bytes.length - size < more) {
                bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length + (bytes.length >> 1)));
            }
        }

        private static boolean isPlain(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                    return false;
                }
            }
            return true;
        }
    }
}
