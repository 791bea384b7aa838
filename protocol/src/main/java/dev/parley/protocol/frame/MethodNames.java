package dev.parley.protocol.frame;

import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.Operations;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The method names of the catalogue, found by their bytes, so that a frame needs no string of its own for its method. */
final class MethodNames {
    private static final int SLOTS = 256;
    private static final @Nullable Name[] TABLE = new Name[SLOTS];

    static {
        for (Operation<?, ?> operation : Operations.all()) {
            byte[] bytes = operation.name().getBytes(StandardCharsets.UTF_8);
            int slot = slot(bytes, 0, bytes.length);
            TABLE[slot] = new Name(operation.name(), bytes, TABLE[slot]);
        }
    }

    private MethodNames() {}

    /** The text that the scanner met last, as the catalogue's own string where it is one of its names. */
    static String read(byte[] in, JsonScanner scanner) {
        if (!scanner.textEscaped()) {
            for (Name name = TABLE[slot(in, scanner.textStart(), scanner.textEnd())]; name != null; name = name.next) {
                if (scanner.textIs(name.bytes)) {
                    return name.text;
                }
            }
        }
        return scanner.text();
    }

    private static int slot(byte[] in, int from, int to) {
        int hash = to - from;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + in[i];
        }
        return (hash ^ (hash >>> 8)) & (SLOTS - 1);
    }

    private static final class Name {
        private final String text;
        private final byte[] bytes;
        private final @Nullable Name next;

        Name(String text, byte[] bytes, @Nullable Name next) {
            this.text = text;
            this.bytes = bytes;
            this.next = next;
        }
    }
}
