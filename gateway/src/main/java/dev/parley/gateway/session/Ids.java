package dev.parley.gateway.session;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Ids: their forms, and new ones. */
final class Ids {
    /** What an id may look like, in words for an error's details. */
    static final String ID_FORMAT = "a UUID, or 1 to 128 of A-Z a-z 0-9 . _ : / ~ -";

    /** The same of a session id that a caller supplies. */
    static final String SESSION_ID_FORMAT = "1 to 128 of A-Z a-z 0-9 . _ : ~ -";

    private static final int LONGEST = 128;
    private static final long VERSION_MASK = 0xffff_ffff_ffff_0fffL;
    private static final long VERSION_4 = 0x4000L;
    private static final long VARIANT_MASK = 0x3fff_ffff_ffff_ffffL;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private Ids() {}

    /** Whether a text may be the id of a user, agent, surface or participant. */
    static boolean acceptable(String id) {
        return form(id, true);
    }

    /** Whether a text may be the id of a new session. */
    static boolean acceptableSession(String id) {
        return form(id, false);
    }

    /** A UUID that nobody can guess (RFC 9562 section 5.4): for channels. */
    static String secret() {
        return UUID.randomUUID().toString();
    }

    /** A UUID that is unique but could be guessed: for messages and single writes, of which there are many. */
    static String cheap() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID((random.nextLong() & VERSION_MASK) | VERSION_4, (random.nextLong() & VARIANT_MASK) | VARIANT)
                .toString();
    }

    private static boolean form(String id, boolean slash) {
        int length = id.length();
        if (length == 0 || length > LONGEST) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = id.charAt(i);
            boolean good = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "._:~-".indexOf(c) >= 0
                    || (c == '/' && slash);
            if (!good) {
                return false;
            }
        }
        return true;
    }
}
