package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** The form that a text param must have, or each text of a list. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Form {
    /** Which form. */
    Kind value();

    /** The forms that texts may be held to. */
    enum Kind {
        /** 1 to 128 of {@code [A-Za-z0-9._:/~-]}: users, agents, surfaces, participants. */
        ID("^[A-Za-z0-9._:/~-]{1,128}$", 128, "1 to 128 of A-Z a-z 0-9 . _ : / ~ -"),
        /** 1 to 128 of {@code [A-Za-z0-9._:~-]}: a session id that the caller supplies. */
        NEW_SESSION_ID("^[A-Za-z0-9._:~-]{1,128}$", 128, "1 to 128 of A-Z a-z 0-9 . _ : ~ -"),
        /** 1 to 128 UTF-16 units, none of them a control character: a message id. */
        MESSAGE_ID(
                "^[^\\u0000-\\u001f\\u007f-\\u009f]+$", 128, "1 to 128 characters, none of them a control character"),
        /** A whole number of milliseconds, seconds, minutes or hours, 1 ms to 24 h: {@code 250ms}, {@code 300s}, {@code 5m}. */
        DURATION(
                "^0*(([1-9][0-9]{0,6}|[1-7][0-9]{7}|8[0-5][0-9]{6}|86[0-3][0-9]{5}|86400000)ms"
                        + "|([1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)s"
                        + "|([1-9][0-9]{0,2}|1[0-3][0-9]{2}|14[0-3][0-9]|1440)m|([1-9]|1[0-9]|2[0-4])h)$",
                11, "a duration from 1ms to 24h, such as 250ms, 300s, 5m or 1h"),
        /** Up to 200 UTF-16 units, for people. */
        NAME(null, 200, "a text of up to 200 characters");

        private static final long LONGEST_MILLIS = 86_400_000;

        private final @Nullable String pattern;
        private final int maxLength;
        private final String expected;

        Kind(@Nullable String pattern, int maxLength, String expected) {
            this.pattern = pattern;
            this.maxLength = maxLength;
            this.expected = expected;
        }

        /** The regular expression (ECMA-262) that the whole text matches; null when only the length counts. */
        public @Nullable String pattern() {
            return pattern;
        }

        /** The most UTF-16 units that the text may have. */
        public int maxLength() {
            return maxLength;
        }

        /** The form in words, for {@code expectedFormat} in the details of an error. */
        public String expected() {
            return expected;
        }

        /** Whether a text has this form. */
        public boolean accepts(String text) {
            int length = text.length();
            if (length > maxLength) {
                return false;
            }
            if (this == NAME) {
                return true;
            }
            if (this == DURATION) {
                return isDuration(text);
            }
            for (int i = 0; i < length; i++) {
                char c = text.charAt(i);
                boolean right = this == MESSAGE_ID ? !Character.isISOControl(c) : isIdCharacter(c);
                if (!right) {
                    return false;
                }
            }
            return length > 0;
        }

        /** Milliseconds of a text of the form {@link #DURATION}. */
        public static long millis(String text) {
            int digits = 0;
            while (text.charAt(digits) <= '9') {
                digits++;
            }
            return Long.parseLong(text.substring(0, digits)) * unit(text.substring(digits));
        }

        private static long unit(String name) {
            return switch (name) {
                case "ms" -> 1;
                case "s" -> 1_000;
                case "m" -> 60_000;
                case "h" -> 3_600_000;
                default -> 0;
            };
        }

        private static boolean isDuration(String text) {
            int digits = 0;
            while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
                digits++;
            }
            if (digits == 0) {
                return false;
            }
            long millis = Long.parseLong(text.substring(0, digits)) * unit(text.substring(digits));
            return millis >= 1 && millis <= LONGEST_MILLIS;
        }

        private boolean isIdCharacter(char c) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '.'
                    || c == '_'
                    || c == ':'
                    || c == '~'
                    || (c == '/' && this == ID);
        }
    }
}
