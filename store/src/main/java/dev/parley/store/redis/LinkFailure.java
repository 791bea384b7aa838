package dev.parley.store.redis;

/** Why a server could not be made ready for use, in one line without passwords. Stackless, as it is told and not searched for. */
final class LinkFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean permanent;

    /**
     * @param message says what is wrong and what to do
     * @param permanent whether trying again is of no use until somebody changes a setting
     */
    LinkFailure(String message, boolean permanent) {
        super(message, null, false, false);
        this.permanent = permanent;
    }

    /** Whether trying again is of no use. */
    boolean isPermanent() {
        return permanent;
    }
}
