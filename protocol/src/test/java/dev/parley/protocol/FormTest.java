package dev.parley.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class FormTest {
    @ParameterizedTest
    @CsvSource({
        "ID, a, true",
        "ID, 7d0f2c1e-3b1a-4c55-9a51-0a3f5a0c9f11, true",
        "ID, agent://a.b_c:~9, true",
        "ID, '', false",
        "ID, 'a b', false",
        "ID, a\u00e9, false",
        "ID, a?b, false",
        "ID, '../x%00', false",
        "NEW_SESSION_ID, a.b_c:~-9, true",
        "NEW_SESSION_ID, a/b, false",
        "NEW_SESSION_ID, '', false",
        "MESSAGE_ID, 'any thing \u00e9 \uD83D\uDE00', true",
        "MESSAGE_ID, 'a\u0007b', false",
        "MESSAGE_ID, 'a\u0085b', false",
        "MESSAGE_ID, '', false",
        "DURATION, 250ms, true",
        "DURATION, 300s, true",
        "DURATION, 5m, true",
        "DURATION, 1h, true",
        "DURATION, 24h, true",
        "DURATION, 0025h, false",
        "DURATION, 0024h, true",
        "DURATION, 1440m, true",
        "DURATION, 1441m, false",
        "DURATION, 86400s, true",
        "DURATION, 86401s, false",
        "DURATION, 86400000ms, true",
        "DURATION, 86400001ms, false",
        "DURATION, 0ms, false",
        "DURATION, 00000000001s, false",
        "DURATION, 300, false",
        "DURATION, 1.5h, false",
        "DURATION, ms, false",
        "DURATION, '5 m', false",
        "DURATION, -5m, false",
        "DURATION, 5d, false",
        "NAME, '', true",
        "NAME, 'Ada & Bot \uD83D\uDE00', true"
    })
    void acceptsWhatHasTheForm(Form.Kind form, String text, boolean accepted) {
        assertThat(form.accepts(text)).isEqualTo(accepted);
    }

    @ParameterizedTest
    @EnumSource(value = Form.Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "DURATION")
    void countsUtf16Units(Form.Kind form) {
        assertThat(form.accepts("a".repeat(form.maxLength()))).isTrue();
        assertThat(form.accepts("a".repeat(form.maxLength() + 1))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(Form.Kind.class)
    void agreesWithThePatternThatSchemasShow(Form.Kind form) {
        Pattern pattern = Pattern.compile(form.pattern() == null ? "(?s)^.*$" : form.pattern());
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(4);
            for (int c = 0; c < length; c++) {
                text.append((char) random.nextInt(0xd7ff));
                text.append((char) random.nextInt(0x80));
            }
            if (form == Form.Kind.DURATION && random.nextBoolean()) {
                text.setLength(0);
                text.append(random.nextLong(100_000_000)).append(random.nextBoolean() ? "ms" : "");
                text.delete(0, random.nextInt(text.length())).append(random.nextInt(4) == 0 ? "" : "s");
            }
            // The whole text: a dollar sign in Java's patterns would let a last line feed pass.
            assertThat(form.accepts(text.toString()))
                    .as(text.toString())
                    .isEqualTo(pattern.matcher(text).matches());
        }
    }
}
