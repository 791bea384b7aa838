package dev.parley.protocol.session;

/**
 * The settled time-outs of a session; all durations in minutes, fractions allowed.
 *
 * @param timeoutMinutes idle time-out, &gt; 0
 * @param autoRenew whether activity renews
 * @param maxDurationMinutes the longest life from creation, at least the time-out
 * @param warningThresholdMinutes time left at which the first warning is given
 * @param onIdle what the idle deadline does
 */
public record TimeoutConfig(
        double timeoutMinutes,
        boolean autoRenew,
        double maxDurationMinutes,
        double warningThresholdMinutes,
        OnIdle onIdle) {}
