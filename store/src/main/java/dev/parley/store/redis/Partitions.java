package dev.parley.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Where things lie. A partition is a tag that puts all its keys in one slot; a user's sessions are all in the one of (workspace,
 * user), so that one function can touch them together with the user's index. Whoever has only a session's id looks in the id's
 * home: a generated id is made so that its home is where it lies, any other leaves an alias there. Immutable; any thread.
 */
final class Partitions {
    /** How many there are but in tests. Fixed at the first start: with another number the same sessions are looked for elsewhere. */
    static final int COUNT = 256;

    /** How many tags webhooks are divided over; fixed, as the partitions are. */
    static final int WEBHOOK_LANES = 16;

    private static final int UUID_LENGTH = 36;

    private final String prefix;
    private final byte[][] keys;

    /**
     * @param prefix what all keys begin with
     * @param count a power of two, at most {@link #COUNT}
     */
    Partitions(String prefix, int count) {
        this.prefix = prefix;
        keys = new byte[count][];
        for (int i = 0; i < count; i++) {
            keys[i] = tag(i).getBytes(StandardCharsets.UTF_8);
        }
    }

    int count() {
        return keys.length;
    }

    /** The key that stands for a partition, of which the functions make all others. */
    byte[] key(int partition) {
        return keys[partition];
    }

    /** The same as text. */
    String tag(int partition) {
        return String.format("%s{p%03d}:", prefix, partition);
    }

    /** The partition of a tag. */
    int ofTag(String tag) {
        int at = prefix.length() + 2;
        return Integer.parseInt(tag.substring(at, at + 3));
    }

    /** Where the agents are. */
    byte[] agentsKey() {
        return (prefix + "{agents}:").getBytes(StandardCharsets.UTF_8);
    }

    /** The tag of the stream of what happened: in the slot of the stream's own name, which others read it by. */
    byte[] streamKey() {
        return (prefix + "{" + prefix + "session-events}:").getBytes(StandardCharsets.UTF_8);
    }

    /** Where the webhooks of a workspace lie. */
    int laneOf(String workspaceId) {
        CRC32 crc = new CRC32();
        crc.update(workspaceId.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % WEBHOOK_LANES);
    }

    /** The tag of some workspaces' webhooks. */
    byte[] laneKey(int lane) {
        return String.format("%s{h%02d}:", prefix, lane).getBytes(StandardCharsets.UTF_8);
    }

    /** The sharded channel of a partition's feed. */
    RedisLink.Channel feed(int partition) {
        return new RedisLink.Channel(tag(partition) + "feed", true);
    }

    /** The channel that every gateway hears. */
    RedisLink.Channel everybody() {
        return new RedisLink.Channel(prefix + "all", false);
    }

    /** Where a new session lies: with its user's others, else in the home of its id. */
    int of(String workspaceId, @Nullable String userId, String sessionId) {
        return userId == null ? home(sessionId) : hash(workspaceId + '\n' + userId);
    }

    /** Where the tasks of a workspace lie. */
    int ofWorkspace(String workspaceId) {
        return hash(workspaceId + '\n');
    }

    /** Where the id of a session leads: a UUID names it in its last byte, of any other it is the hash. */
    int home(String sessionId) {
        if (mayBeGenerated(sessionId)) {
            int high = Character.digit(sessionId.charAt(34), 16);
            int low = Character.digit(sessionId.charAt(35), 16);
            if (high >= 0 && low >= 0) {
                return ((high << 4) | low) & (keys.length - 1);
            }
        }
        return hash(sessionId);
    }

    /** Whether an id looks as if it were made by {@link #newId}: then its session most likely lies at home. */
    boolean mayBeGenerated(String sessionId) {
        return sessionId.length() == UUID_LENGTH && sessionId.charAt(14) == '4' && sessionId.charAt(23) == '-';
    }

    /** A new random id for a session of that user, whose home is where the session will lie. */
    String newId(String workspaceId, @Nullable String userId) {
        UUID random = UUID.randomUUID();
        if (userId == null) {
            return random.toString();
        }
        long partition = of(workspaceId, userId, "");
        return new UUID(random.getMostSignificantBits(), (random.getLeastSignificantBits() & ~0xffL) | partition)
                .toString();
    }

    private int hash(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() & (keys.length - 1));
    }
}
