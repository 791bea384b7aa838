package dev.parley.gateway.session;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.JsonText;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads single JSON values that arrived unparsed, as far as the rules need to know them. */
public final class JsonValues {
    /** What {@code Number(text)} of ECMAScript takes for a decimal number; Java's parser would take suffixes and hex, too. */
    private static final Pattern NUMERIC = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

    private static final int LONGEST_NUMBER = 400;
    private static final int SHOWN = 200;

    private JsonValues() {}

    /** Whether nothing was given: left out, or null. */
    public static boolean absent(@Nullable RawJson value) {
        return value == null || isNull(value);
    }

    /** Whether the value is the JSON null. */
    static boolean isNull(RawJson value) {
        return value.length() == 4 && value.array()[value.offset()] == 'n';
    }

    /** Whether the value is a JSON string. */
    public static boolean isText(RawJson value) {
        return value.length() > 1 && value.array()[value.offset()] == '"';
    }

    /** Whether the value is a JSON array. */
    public static boolean isArray(RawJson value) {
        return value.length() > 1 && value.array()[value.offset()] == '[';
    }

    /** The text of a JSON string; null for anything else. */
    public static @Nullable String text(@Nullable RawJson value) {
        if (value == null || !isText(value)) {
            return null;
        }
        return Json.MAPPER.readValue(value.array(), value.offset(), value.length(), String.class);
    }

    /** True or false of a JSON boolean; null for anything else. */
    static @Nullable Boolean bool(@Nullable RawJson value) {
        if (value == null) {
            return null;
        }
        String json = value.length() > 5 ? "" : value.toString();
        return switch (json) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> null;
        };
    }

    /** The finite number that the value is, or says as a numeric string; NaN for anything else. */
    public static double number(@Nullable RawJson value) {
        if (value == null || value.length() > LONGEST_NUMBER) {
            return Double.NaN;
        }
        String digits = isText(value) ? text(value) : value.toString();
        if (digits == null) {
            return Double.NaN;
        }
        String trimmed = digits.strip();
        if (!NUMERIC.matcher(trimmed).matches()) {
            return Double.NaN;
        }
        double number = Double.parseDouble(trimmed);
        return Double.isInfinite(number) ? Double.NaN : number;
    }

    /** UTF-16 units of the text that a JSON string literal stands for, counted without building the text. */
    static int textLength(RawJson literal) {
        byte[] bytes = literal.array();
        int end = literal.offset() + literal.length() - 1;
        int units = 0;
        int i = literal.offset() + 1;
        while (i < end) {
            int b = bytes[i];
            if (b == '\\') {
                i += bytes[i + 1] == 'u' ? 6 : 2;
                units++;
            } else if (b >= 0) {
                i++;
                units++;
            } else if ((b & 0xf8) == 0xf0) {
                // Four bytes of UTF-8 are a pair of surrogates.
                i += 4;
                units += 2;
            } else {
                i += (b & 0xe0) == 0xc0 ? 2 : 3;
                units++;
            }
        }
        return units;
    }

    /** How many arrays and objects lie within each other in a well-formed value: 0 for a scalar, 1 for {@code []}. */
    public static int depth(RawJson value) {
        return JsonText.depth(value);
    }

    /** The value as an error's details show it: as it came, unless it is long. */
    public static @Nullable Object shown(@Nullable RawJson value) {
        if (value == null || value.length() <= SHOWN) {
            return value;
        }
        return value.toString().substring(0, SHOWN / 2) + "…";
    }
}
