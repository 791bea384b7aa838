package dev.parley.protocol.frame;

import dev.parley.protocol.Form;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.Within;
import dev.parley.protocol.frame.Decoding.Place;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one value of one type. Stateless; any thread. */
interface ValueReader {
    /** Below it, 2 to the 53, every double that is whole is exact. */
    double EXACT = 9_007_199_254_740_992.0;

    /** The first instant that the wire can show. */
    Instant YEAR_0 = Instant.parse("0000-01-01T00:00:00Z");

    /** The first that it cannot show any more. */
    Instant YEAR_10000 = Instant.parse("+10000-01-01T00:00:00Z");

    /**
     * Consumes the value that is next, which is not a null.
     *
     * @return null when it is wrong, which is noted then
     */
    @Nullable Object read(Decoding decoding, Place place);

    /**
     * The reader of a component's type.
     *
     * @param form of a text, or of each text of a list
     * @param within the range of a whole number, or of the number of a list's elements
     */
    static ValueReader of(Type type, Form.@Nullable Kind form, @Nullable Within within) {
        if (type == String.class) {
            return (decoding, place) -> text(decoding, place, form);
        }
        if (type == RawJson.class) {
            return (decoding, place) -> decoding.raw();
        }
        if (type == Long.class || type == long.class) {
            long least = within == null ? Long.MIN_VALUE : within.least();
            long most = within == null ? Long.MAX_VALUE : within.most();
            return (decoding, place) -> whole(decoding, place, least, most);
        }
        if (type == Integer.class || type == int.class) {
            return (decoding, place) -> {
                Long value = whole(decoding, place, Integer.MIN_VALUE, Integer.MAX_VALUE);
                return value == null ? null : value.intValue();
            };
        }
        if (type == Double.class || type == double.class) {
            return ValueReader::real;
        }
        if (type == Number.class) {
            return ValueReader::number;
        }
        if (type == Boolean.class || type == boolean.class) {
            return ValueReader::truth;
        }
        if (type == Instant.class) {
            return ValueReader::instant;
        }
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                ValueReader element = of(arguments[0], form, null);
                long most = within == null ? Long.MAX_VALUE : within.most();
                return (decoding, place) -> list(decoding, place, element, most);
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                ValueReader value = of(arguments[1], null, null);
                return (decoding, place) -> map(decoding, place, value);
            }
        }
        if (type instanceof Class<?> named && named.isEnum()) {
            Map<String, Object> constants = WireTypes.constants(named);
            return (decoding, place) -> constant(decoding, place, constants);
        }
        if (type instanceof Class<?> named && named.isRecord()) {
            return (decoding, place) -> record(decoding, place, named);
        }
        throw new IllegalArgumentException("JSON cannot be bound to " + type);
    }

    private static @Nullable Object text(Decoding decoding, Place place, Form.@Nullable Kind form) {
        JsonScanner scanner = decoding.scanner();
        String expected = form == null ? "a string" : form.expected();
        if (scanner.peek() != '"') {
            decoding.wrong(place, expected);
            return null;
        }
        RawJson provided = decoding.raw();
        String text = scanner.text();
        if (form != null && !form.accepts(text)) {
            decoding.wrong(place, expected, provided);
            return null;
        }
        return text;
    }

    private static @Nullable Long whole(Decoding decoding, Place place, long least, long most) {
        String digits = digits(decoding, place, "a whole number");
        if (digits == null) {
            return null;
        }
        try {
            long value = digits.length() < 19 && digits.chars().allMatch(c -> c >= '0' && c <= '9')
                    ? Long.parseLong(digits)
                    : new BigDecimal(digits).longValueExact();
            if (value >= least && value <= most) {
                return value;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Fractional, or beyond a long, or with an exponent beyond an int: told below like one out of range.
        }
        decoding.wrong(place, "a whole number from " + least + " to " + most, RawJson.of(digits));
        return null;
    }

    private static @Nullable Object real(Decoding decoding, Place place) {
        String digits = digits(decoding, place, "a number");
        if (digits == null) {
            return null;
        }
        double value = Double.parseDouble(digits);
        if (Double.isInfinite(value)) {
            decoding.wrong(place, "a number within the range of doubles", RawJson.of(digits));
            return null;
        }
        return value;
    }

    private static @Nullable Object number(Decoding decoding, Place place) {
        Object value = real(decoding, place);
        return value instanceof Double real && real == Math.rint(real) && Math.abs(real) < EXACT
                ? (Object) real.longValue()
                : value;
    }

    private static @Nullable Object truth(Decoding decoding, Place place) {
        JsonScanner scanner = decoding.scanner();
        int kind = scanner.peek();
        if (kind == 't' || kind == 'f') {
            scanner.skipValue();
            return kind == 't';
        }
        RawJson provided = decoding.raw();
        if (kind == '"' && decoding.lenientScalars()) {
            String text = scanner.text();
            if (text.equals("true") || text.equals("false")) {
                return text.equals("true");
            }
        }
        decoding.wrong(place, "true or false", provided);
        return null;
    }

    private static @Nullable Object instant(Decoding decoding, Place place) {
        RawJson provided = decoding.raw();
        if (provided.array()[provided.offset()] == '"') {
            try {
                Instant instant = Instant.parse(decoding.scanner().text());
                // Others cannot be written again as the wire shows instants.
                if (!instant.isBefore(YEAR_0) && instant.isBefore(YEAR_10000)) {
                    return instant;
                }
            } catch (DateTimeException e) {
                // Told below, like what is no text.
            }
        }
        decoding.wrong(place, "an ISO-8601 instant such as 2026-01-31T23:59:59.007Z, of the years 0 to 9999", provided);
        return null;
    }

    private static @Nullable Object constant(Decoding decoding, Place place, Map<String, Object> constants) {
        RawJson provided = decoding.raw();
        if (provided.array()[provided.offset()] == '"') {
            Object constant = constants.get(decoding.scanner().text());
            if (constant != null) {
                return constant;
            }
        }
        decoding.wrong(place, "one of " + String.join(", ", constants.keySet()), provided);
        return null;
    }

    private static @Nullable Object list(Decoding decoding, Place place, ValueReader element, long most) {
        JsonScanner scanner = decoding.scanner();
        if (scanner.peek() != '[') {
            decoding.wrong(place, "an array");
            return null;
        }
        List<Object> elements = new ArrayList<>();
        int index = 0;
        scanner.open();
        while (scanner.nextElement()) {
            Object value = element.read(decoding, new Place(place, null, index++));
            if (value != null) {
                elements.add(value);
            }
        }
        if (index > most) {
            decoding.wrong(place, "a list of at most " + most, RawJson.of(Integer.toString(index)));
            return null;
        }
        return elements.size() == index ? Collections.unmodifiableList(elements) : null;
    }

    private static @Nullable Object map(Decoding decoding, Place place, ValueReader reader) {
        JsonScanner scanner = decoding.scanner();
        if (scanner.peek() != '{') {
            decoding.wrong(place, "an object");
            return null;
        }
        Map<String, Object> members = new LinkedHashMap<>();
        boolean right = true;
        scanner.open();
        while (scanner.nextName()) {
            String name = scanner.text();
            if (scanner.peek() == 'n') {
                scanner.skipValue();
                continue;
            }
            Object value = reader.read(decoding, new Place(place, name, -1));
            if (value == null) {
                right = false;
            } else {
                members.put(name, value);
            }
        }
        return right ? Collections.unmodifiableMap(members) : null;
    }

    private static @Nullable Object record(Decoding decoding, Place place, Class<?> type) {
        if (decoding.scanner().peek() != '{') {
            decoding.wrong(place, "an object");
            return null;
        }
        return RecordPlan.of(type).read(decoding, place);
    }

    /** The text of the number that is next, or of the string that holds one; null when it is neither. */
    private static @Nullable String digits(Decoding decoding, Place place, String expected) {
        JsonScanner scanner = decoding.scanner();
        int kind = scanner.peek();
        RawJson provided = decoding.raw();
        if (kind == '-' || (kind >= '0' && kind <= '9')) {
            return provided.toString();
        }
        if (kind == '"' && decoding.lenientScalars()) {
            String text = scanner.text();
            if (JsonScanner.isNumber(text)) {
                return text;
            }
        }
        decoding.wrong(place, expected, provided);
        return null;
    }
}
