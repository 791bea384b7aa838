package dev.parley.store;

import java.util.List;

/**
 * The numbers by which the store moves and meets a session's deadlines; prepared by the caller, compared and added by the
 * store, which knows no other rule about time.
 *
 * @param timeoutMillis idle time-out, &gt; 0
 * @param maxEndAt epoch milliseconds at which the session ends whatever happens
 * @param autoRenew whether activity moves the idle deadline
 * @param suspendOnIdle whether the idle deadline suspends instead of expiring
 * @param rungMillis time left, in milliseconds, at which warnings are given; strictly descending, the threshold first; equal
 *     plans should share one list
 */
public record DeadlinePlan(
        long timeoutMillis, long maxEndAt, boolean autoRenew, boolean suspendOnIdle, List<Long> rungMillis) {}
