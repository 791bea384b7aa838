package dev.parley.store.redis;

/**
 * Reads epochs. One is the log's own id, then the generations of the data in which the session was written to, each but the
 * first with the head that the session had when that generation began for it: {@code log.g1.g2-57.g3-80}. A generation begins
 * when a server takes over or comes back, so what is beyond such a head in an earlier generation may be lost. Pure; any thread.
 */
final class Epochs {
    private Epochs() {}

    /**
     * Up to which entry a log is still what it was.
     *
     * @param earlier the epoch that a position was had in
     * @param present the epoch now
     * @param head of the log now
     * @return a seq; 0 when it is another log
     */
    static long survived(String earlier, String present, long head) {
        String[] was = earlier.split("\\.", -1);
        String[] is = present.split("\\.", -1);
        if (!was[0].equals(is[0])) {
            return 0;
        }
        // By its number, not by its place: the eldest generations are dropped, and the head of the next one may be
        // theirs.
        for (int last = was.length - 1; last > 0; last--) {
            int same = indexOf(is, generation(was[last]));
            if (same > 0) {
                return Math.min(head, Math.min(lowestHead(was, last + 1), lowestHead(is, same + 1)));
            }
        }
        // Of generations that were dropped, the eldest that is kept has the lowest head.
        return Math.min(head, lowestHead(is, 1));
    }

    private static int indexOf(String[] epoch, String generation) {
        for (int i = 1; i < epoch.length; i++) {
            if (generation(epoch[i]).equals(generation)) {
                return i;
            }
        }
        return -1;
    }

    private static String generation(String part) {
        int dash = part.indexOf('-');
        return dash < 0 ? part : part.substring(0, dash);
    }

    private static long lowestHead(String[] epoch, int from) {
        long lowest = Long.MAX_VALUE;
        for (int i = from; i < epoch.length; i++) {
            int dash = epoch[i].indexOf('-');
            if (dash >= 0) {
                lowest = Math.min(lowest, Long.parseLong(epoch[i].substring(dash + 1)));
            }
        }
        return lowest;
    }
}
