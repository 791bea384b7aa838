package dev.parley.loadtest;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * One direction of a pair: messages numbered 0, 1, 2 … from one client to another in one session.
 *
 * <p>Each content begins with a marker that says which lane it belongs to, its number and when it was to be sent
 * ({@link System#nanoTime}), so a receiver can tell whether it is the right one without asking anybody. The sending side's
 * fields belong to the sender's event loop, the receiving side's to the receiver's; others read them after a
 * {@link Generator#barrier}.
 */
final class Lane {
    static final char REQUEST = 'q';
    static final char REPLY = 'r';

    /** The shortest content that holds a marker. */
    static final int SHORTEST = 40;

    /** Ids of sends: this, plus 10^9 times the pair, plus the number. */
    static final long IDS = 1_000_000_000_000_000L;

    static final long IDS_PER_PAIR = 1_000_000_000L;

    private static final int RING = 256;

    final int pair;
    final char direction;
    final FrameTemplate frame;
    final LoadConnection from;
    final LoadConnection to;
    final LoadWindow sender;
    final LoadWindow receiver;

    // The sending side.
    long sent;
    long acknowledged;
    long lastAcknowledgedSeq;
    long overtakenAnswers;
    final Set<Long> refused = new HashSet<>();
    private final long[] sentAt = new long[RING];
    private final long[] acknowledgedAt = new long[RING];

    // The receiving side.
    final StreamCheck check = new StreamCheck();
    long lastSeq;
    long misorderedSeqs;

    Lane(
            int pair,
            char direction,
            String address,
            int messageBytes,
            LoadConnection from,
            LoadConnection to,
            LoadWindow sender,
            LoadWindow receiver) {
        this.pair = pair;
        this.direction = direction;
        this.from = from;
        this.to = to;
        this.sender = sender;
        this.receiver = receiver;
        frame = new FrameTemplate(
                "{\"jsonrpc\":\"2.0\",\"id\":################,\"method\":\"message.send\",\"params\":{" + address
                        + ",\"content\":\"" + marker(pair, direction) + "x".repeat(messageBytes - SHORTEST) + "\"}}",
                3);
    }

    private static String marker(int pair, char direction) {
        return String.format(Locale.ROOT, "p%06d%c ########## ################### ", pair, direction);
    }

    /** Writes the next message; on the sender's event loop. {@code intended} is when it was to be sent. */
    void send(long intended, long now) {
        long number = sent++;
        sentAt[(int) (number & (RING - 1))] = now;
        long id = IDS + (direction == REPLY ? IDS_PER_PAIR / 2 : 0) + pair * IDS_PER_PAIR + number;
        from.write(frame.with(0, id).with(1, number).with(2, intended));
    }

    /** When a message was written, if it is one of the latest; else 0. */
    long sentAt(long number) {
        return sent - number <= RING ? sentAt[(int) (number & (RING - 1))] : 0;
    }

    /** Notes the acknowledgement of a message; on the sender's event loop. */
    void acknowledge(long number, long now) {
        acknowledged++;
        acknowledgedAt[(int) (number & (RING - 1))] = now;
    }

    /** When a message was acknowledged, if it is one of the latest and was; else 0. */
    long acknowledgedAt(long number) {
        long at = sent - number <= RING ? acknowledgedAt[(int) (number & (RING - 1))] : 0;
        return at - sentAt(number) >= 0 ? at : 0;
    }

    /** What came of this lane's messages, the acknowledgements counted only where there are any. */
    void into(Tally tally, boolean acknowledges) {
        tally.sent += sent;
        tally.refused += refused.size();
        if (acknowledges) {
            tally.acknowledged += acknowledged;
            tally.unanswered += sent - acknowledged - refused.size();
        }
        tally.addStream(check, check.lost(sent, refused));
        tally.misordered += misorderedSeqs + overtakenAnswers;
    }

    /** The number of the pair that a marker names, or −1 when the content has none. */
    static int markedPair(byte[] bytes, int at, int length) {
        return length < SHORTEST || bytes[at] != 'p' ? -1 : (int) Scan.number(bytes, at + 1, at + 7, -1);
    }

    /** Whether a marker names the direction from agent to user. */
    static boolean markedReply(byte[] bytes, int at) {
        return bytes[at + 7] == REPLY;
    }

    /** The message's number in its lane. */
    static long markedNumber(byte[] bytes, int at) {
        return Scan.number(bytes, at + 9, at + 19, -1);
    }

    /** When the message was to be sent. */
    static long markedTime(byte[] bytes, int at) {
        return Scan.number(bytes, at + 20, at + 39, 0);
    }
}
