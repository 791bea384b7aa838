package dev.parley.gateway.routing;

import dev.parley.store.SessionState;

/** Which of two states of one session the store was in later. Pure. */
final class StateOrder {
    private StateOrder() {}

    /**
     * Whether a state is newer than another. All that moves a state makes one of its numbers rise, but for a warning, which
     * makes the rung fall from one to the next; states of different epochs cannot be told apart, and count as not newer.
     */
    static boolean isNewer(SessionState state, SessionState than) {
        if (!state.epoch().equals(than.epoch())) {
            return false;
        }
        if (state.version() != than.version()) {
            return state.version() > than.version();
        }
        if (state.head() != than.head()) {
            return state.head() > than.head();
        }
        if (state.renewalCount() != than.renewalCount()) {
            return state.renewalCount() > than.renewalCount();
        }
        if (state.lastActivity() != than.lastActivity()) {
            return state.lastActivity() > than.lastActivity();
        }
        return state.rung() != than.rung() && state.rung() > 0 && (than.rung() == 0 || state.rung() < than.rung());
    }
}
