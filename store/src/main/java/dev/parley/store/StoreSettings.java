package dev.parley.store;

/**
 * Bounds that every store keeps.
 *
 * @param historyLimit messages kept per session; also the window in which a repeated message id is known
 * @param lifecycleLimit life-cycle entries kept per session besides
 * @param endedRetentionMillis how long an ended session is kept
 */
public record StoreSettings(int historyLimit, int lifecycleLimit, long endedRetentionMillis) {
    /** The defaults of the contract: 1000 messages, 1000 life-cycle entries, 60 minutes. */
    public static final StoreSettings DEFAULT = new StoreSettings(1000, 1000, 3_600_000);
}
