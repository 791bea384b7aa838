package dev.parley.store.redis;

import dev.parley.protocol.RawJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Arguments of a function, in order. For one thread. */
final class Args {
    private static final byte[] NOTHING = {};

    private final List<byte[]> values = new ArrayList<>(16);

    static Args of(String... texts) {
        Args args = new Args();
        for (String text : texts) {
            args.add(text);
        }
        return args;
    }

    /** A text; what is not there is empty. */
    Args add(@Nullable String text) {
        values.add(text == null ? NOTHING : text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    Args add(long number) {
        return add(Long.toString(number));
    }

    Args add(@Nullable Long number) {
        return number == null ? add((String) null) : add(number.longValue());
    }

    Args add(boolean flag) {
        return add(flag ? "1" : "0");
    }

    Args add(byte[] bytes) {
        values.add(bytes);
        return this;
    }

    Args add(RawJson json) {
        values.add(json.length() == json.array().length ? json.array() : json.toByteArray());
        return this;
    }

    Args addAll(Args others) {
        values.addAll(others.values);
        return this;
    }

    List<byte[]> values() {
        return values;
    }
}
