package dev.parley.gateway;

import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import java.util.List;

/** Rules of sessions that tests need. */
final class Sessions {
    private static final SessionConfig D = SessionConfig.DEFAULT;

    private Sessions() {}

    /** Sessions that keep so many messages. */
    static SessionConfig keeping(int messages) {
        return changed(
                D.defaultTimeoutMinutes(),
                D.warningThresholdMinutes(),
                D.warningLadderSeconds(),
                D.endedRetentionMinutes(),
                messages);
    }

    /**
     * Sessions that end soon.
     *
     * @param seconds until the idle deadline
     * @param threshold seconds left at the first warning
     * @param ladder seconds left at the next ones
     */
    static SessionConfig ending(double seconds, double threshold, Double... ladder) {
        return changed(seconds / 60, threshold / 60, List.of(ladder), D.endedRetentionMinutes(), D.historyLimit());
    }

    /** Sessions, and tasks, that are kept for so long once they have ended. */
    static SessionConfig retaining(double minutes) {
        return changed(
                D.defaultTimeoutMinutes(),
                D.warningThresholdMinutes(),
                D.warningLadderSeconds(),
                minutes,
                D.historyLimit());
    }

    private static SessionConfig changed(
            double timeoutMinutes, double thresholdMinutes, List<Double> ladder, double retentionMinutes, int kept) {
        return new SessionConfig(
                timeoutMinutes,
                Math.min(timeoutMinutes, D.minTimeoutMinutes()),
                D.maxTimeoutMinutes(),
                D.maxDurationMinutes(),
                thresholdMinutes,
                ladder,
                retentionMinutes,
                D.maxTurns(),
                kept,
                D.maxParticipants(),
                D.maxContentLength(),
                D.openAgents(),
                D.sessionBypass(),
                D.agentReplyMillis(),
                D.agentDefaults());
    }
}
