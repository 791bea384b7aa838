package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The target of a request (RFC 9112 section 3.2), taken apart: split first, then decoded, so that an encoded slash belongs to
 * its segment.
 *
 * @param path decoded segments; one trailing slash is dropped
 * @param query each parameter's decoded values, in their order
 */
record Target(List<String> path, Map<String, List<String>> query) {

    /**
     * Takes a request target apart.
     *
     * @throws ProtocolException {@code VALIDATION_ERROR} for percent signs that encode nothing, or no UTF-8
     */
    static Target parse(String target) {
        String rest = target;
        int scheme = rest.indexOf("://");
        if (scheme > 0 && !rest.startsWith("/")) {
            int slash = rest.indexOf('/', scheme + 3);
            rest = slash < 0 ? "/" : rest.substring(slash);
        }
        int fragment = rest.indexOf('#');
        if (fragment >= 0) {
            rest = rest.substring(0, fragment);
        }
        int question = rest.indexOf('?');
        String path = question < 0 ? rest : rest.substring(0, question);
        return new Target(segments(path), question < 0 ? Map.of() : parameters(rest.substring(question + 1)));
    }

    private static List<String> segments(String path) {
        String[] parts = path.split("/", -1);
        int end = parts.length;
        if (end > 1 && parts[end - 1].isEmpty()) {
            end--;
        }
        List<String> segments = new ArrayList<>(end);
        for (int i = 1; i < end; i++) {
            segments.add(decode(parts[i], false));
        }
        return segments;
    }

    private static Map<String, List<String>> parameters(String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
                String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
                parameters.computeIfAbsent(name, key -> new ArrayList<>(1)).add(value);
            }
        }
        return parameters;
    }

    private static String decode(String text, boolean plusIsSpace) {
        if (text.indexOf('%') < 0 && !(plusIsSpace && text.indexOf('+') >= 0) && isAscii(text)) {
            return text;
        }
        byte[] out = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 <= text.length() - 1 ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw malformed(text);
                }
                out[length++] = (byte) (high << 4 | low);
                i += 2;
            } else {
                // The codec reads the request line as ISO-8859-1: a char is a byte as it came.
                out[length++] = (byte) (plusIsSpace && c == '+' ? ' ' : c);
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(out, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed(text);
        }
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static ProtocolException malformed(String text) {
        return ProtocolException.of(
                        ErrorCode.VALIDATION_ERROR,
                        "The address holds a malformed encoding; write each byte of UTF-8 as % and two hexadecimal digits.")
                .with("field", "url")
                .with("providedValue", text)
                .with("expectedFormat", "percent-encoded UTF-8");
    }
}
