package dev.parley.store.redis;

/** What a function on the server answered instead of a result: nothing was changed. Stackless, as it is an answer. */
final class RedisRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * @param message the server's error reply
     */
    RedisRefusal(String message) {
        super(message, null, false, false);
    }
}
