package dev.parley.gateway.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One setting: an environment variable, and a key of the same name in the configuration file.
 *
 * @param <T> type of its value
 * @param name in upper case
 * @param flag the option of the command line that sets it too; null when there is none
 * @param defaultText its default as one would write it
 * @param range what is allowed, for people
 * @param meaning one sentence for people
 * @param parser reads a text; null when it is not allowed
 */
public record Setting<T>(
        String name, @Nullable String flag, String defaultText, String range, String meaning, Parser<T> parser) {

    /** Reads the text of a setting. */
    @FunctionalInterface
    interface Parser<T> {
        /** The value; null when the text is not allowed. */
        @Nullable T parse(String text);
    }

    static Setting<Integer> whole(String name, int preset, int min, int max, String meaning) {
        String range = max == Integer.MAX_VALUE ? "a whole number, " + min + " or more" : min + " to " + max;
        return new Setting<>(name, null, Integer.toString(preset), range, meaning, text -> {
            Double value = number(text);
            return value == null || value != Math.rint(value) || value < min || value > max ? null : value.intValue();
        });
    }

    /** A number of which only the lower bound is fixed: {@code min} or more, or more than it where {@code exclusive}. */
    static Setting<Double> decimal(
            String name, double preset, double min, boolean exclusive, double max, String meaning) {
        String low = exclusive ? "more than " + plain(min) : plain(min) + " or more";
        String range = "a number, " + low + (max == Double.MAX_VALUE ? "" : ", up to " + plain(max));
        return new Setting<>(name, null, plain(preset), range, meaning, text -> {
            Double value = number(text);
            return value == null || value < min || (exclusive && value == min) || value > max ? null : value;
        });
    }

    static Setting<Boolean> flag(String name, boolean preset, String meaning) {
        return new Setting<>(
                name, null, Boolean.toString(preset), "true or false", meaning, text -> switch (text.toLowerCase(
                        Locale.ROOT)) {
                    case "true" -> Boolean.TRUE;
                    case "false" -> Boolean.FALSE;
                    default -> null;
                });
    }

    static Setting<String> choice(String name, String preset, List<String> choices, String meaning) {
        return new Setting<>(
                name,
                null,
                preset,
                String.join(", ", choices),
                meaning,
                text -> choices.contains(text.toLowerCase(Locale.ROOT)) ? text.toLowerCase(Locale.ROOT) : null);
    }

    static <T> Setting<List<T>> list(String name, String preset, String range, String meaning, Parser<T> item) {
        return new Setting<>(name, null, preset, range + ", with commas between; or none", meaning, text -> {
            List<T> items = new ArrayList<>();
            if (text.equalsIgnoreCase("none")) {
                return items;
            }
            for (String part : text.split(",", -1)) {
                T value = item.parse(part.strip());
                if (value == null) {
                    return null;
                }
                items.add(value);
            }
            return List.copyOf(items);
        });
    }

    /** The same, settable by an option of the command line too. */
    Setting<T> withFlag(String option) {
        return new Setting<>(name, option, defaultText, range, meaning, parser);
    }

    /** The number that a text says; null when it says none, or an infinite one. */
    static @Nullable Double number(String text) {
        // Double.parseDouble also takes hexadecimal forms and type suffixes, which nobody means here.
        if (!text.matches("[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?")) {
            return null;
        }
        double value = Double.parseDouble(text);
        return Double.isInfinite(value) ? null : value;
    }

    /** A number as one would write it: whole ones without a fraction. */
    static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
