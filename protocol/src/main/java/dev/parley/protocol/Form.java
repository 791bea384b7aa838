package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/** The form that a text param must have. */
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
        /** A whole number of milliseconds, seconds, minutes or hours: {@code 250ms}, {@code 300s}, {@code 5m}, {@code 1h}. */
        DURATION("^[0-9]{1,9}(ms|s|m|h)$", 11, "a duration such as 250ms, 300s, 5m or 1h"),
        /** Up to 200 UTF-16 units, for people. */
        NAME(null, 200, "a text of up to 200 characters");

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

        private static boolean isDuration(String text) {
            int digits = 0;
            while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
                digits++;
            }
            String unit = text.substring(digits);
            return digits >= 1
                    && digits <= 9
                    && (unit.equals("ms") || unit.equals("s") || unit.equals("m") || unit.equals("h"));
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
