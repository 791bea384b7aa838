package dev.parley.loadtest;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * What comes from a socket, up to a byte behind which its reader takes the connection for cut, in the midst of whatever is
 * being read. Used by one thread.
 */
final class CutInput extends InputStream {
    /** The byte was reached: the connection is to be closed. */
    static final class Cut extends IOException {
        private static final long serialVersionUID = 1L;

        Cut() {
            super("cut on purpose");
        }
    }

    private final InputStream in;
    private long left;
    private boolean limited;

    CutInput(InputStream in) {
        this.in = new BufferedInputStream(in);
    }

    /** Nothing behind so many more bytes will be read; an earlier limit that is nearer holds. */
    void cutBehind(long bytes) {
        left = limited ? Math.min(left, bytes) : bytes;
        limited = true;
    }

    /** Whether a limit is set. */
    boolean willBeCut() {
        return limited;
    }

    @Override
    public int read() throws IOException {
        spend();
        return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        // Byte by byte, so that none behind the limit is waited for.
        int first = read();
        if (first < 0) {
            return -1;
        }
        bytes[offset] = (byte) first;
        return 1;
    }

    private void spend() throws Cut {
        if (limited && left-- <= 0) {
            throw new Cut();
        }
    }
}
