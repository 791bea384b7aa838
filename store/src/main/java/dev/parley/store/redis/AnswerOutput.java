package dev.parley.store.redis;

import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it came: bytes, {@link Long}, null, or a list of these. For one answer; used by the driver on one thread.
 */
final class AnswerOutput extends CommandOutput<byte[], byte[], @Nullable Object> {
    private final Deque<List<@Nullable Object>> open = new ArrayDeque<>();

    AnswerOutput() {
        super(ByteArrayCodec.INSTANCE, null);
    }

    @Override
    public void set(@Nullable ByteBuffer bytes) {
        put(bytes == null ? null : codec.decodeValue(bytes));
    }

    @Override
    public void setSingle(@Nullable ByteBuffer bytes) {
        set(bytes);
    }

    @Override
    public void set(long integer) {
        put(integer);
    }

    @Override
    public void multi(int count) {
        if (count < 0) {
            put(null);
            return;
        }
        List<@Nullable Object> list = new ArrayList<>(count);
        put(list);
        open.push(list);
    }

    @Override
    public void complete(int depth) {
        // The depth is that of what has come to its end: a value is as deep as the lists around it, a list one less.
        if (depth < open.size()) {
            open.pop();
        }
    }

    private void put(@Nullable Object value) {
        List<@Nullable Object> list = open.peek();
        if (list == null) {
            output = value;
        } else {
            list.add(value);
        }
    }
}
