package dev.parley.gateway.session;

import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import dev.parley.protocol.session.OnIdle;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.TimeoutConfig;
import dev.parley.store.DeadlinePlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a session's time-outs are settled, changed, and turned into the numbers that the store works with. Pure; any thread.
 *
 * <p>Settling is lenient, so that old clients keep working: each field comes from the session, else from its agent, else from
 * the global settings, and a number out of range is clamped. Changing is strict.
 */
public final class TimeoutRules {
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^A-Z0-9]");

    /** The least warning threshold, in minutes. */
    static final double MIN_WARNING_MINUTES = 0.05;

    private static final double MILLIS = 60_000;
    private static final SmallInterner<List<Long>> RUNGS = new SmallInterner<>();
    private static final SmallInterner<TimeoutConfig> CONFIGS = new SmallInterner<>();

    private TimeoutRules() {}

    /**
     * What one tier says; NaN and null where it says nothing.
     *
     * @param timeoutMinutes any finite number, or NaN
     * @param autoRenew null when not said
     * @param maxDurationMinutes any finite number, or NaN
     * @param warningThresholdMinutes any finite number, or NaN
     * @param onIdle null when not said
     */
    record Tier(
            double timeoutMinutes,
            @Nullable Boolean autoRenew,
            double maxDurationMinutes,
            double warningThresholdMinutes,
            @Nullable OnIdle onIdle) {
        static final Tier NONE = new Tier(Double.NaN, null, Double.NaN, Double.NaN, null);
    }

    /** The members of a {@code timeoutConfig} object, as they came. */
    record Given(
            @Nullable RawJson timeoutMinutes,
            @Nullable RawJson autoRenew,
            @Nullable RawJson maxDurationMinutes,
            @Nullable RawJson warningThresholdMinutes,
            @Nullable RawJson onIdle) {}

    /** The members of an agent's {@code sessionDefaults}, under the names of the settings. */
    record AgentGiven(
            @Nullable RawJson SESSION_TIMEOUT_MINUTES,
            @Nullable RawJson SESSION_AUTO_RENEW,
            @Nullable RawJson SESSION_MAX_DURATION_MINUTES,
            @Nullable RawJson SESSION_WARNING_THRESHOLD_MINUTES) {}

    /**
     * What the caller of a creation said.
     *
     * @param timeoutConfig any JSON; what is not an object says nothing
     * @param ttlMinutes short for the time-out, when the object does not tell it
     */
    static Tier ofSession(@Nullable RawJson timeoutConfig, @Nullable RawJson ttlMinutes) {
        Tier tier = ofObject(timeoutConfig);
        double ttl = JsonValues.number(ttlMinutes);
        if (Double.isNaN(tier.timeoutMinutes()) && !Double.isNaN(ttl)) {
            return new Tier(
                    ttl, tier.autoRenew(), tier.maxDurationMinutes(), tier.warningThresholdMinutes(), tier.onIdle());
        }
        return tier;
    }

    /**
     * What an agent said when it registered: members named as in {@code timeoutConfig}, or as the settings are.
     *
     * @param sessionDefaults any JSON; what is not an object says nothing
     */
    static Tier ofAgent(@Nullable RawJson sessionDefaults) {
        if (sessionDefaults == null || !sessionDefaults.isObject()) {
            return Tier.NONE;
        }
        try {
            return ofDefaults(sessionDefaults);
        } catch (ProtocolException malformed) {
            // Members given twice: not the fault of whoever creates a session.
            return Tier.NONE;
        }
    }

    /** What the environment says for an agent. */
    static Tier ofEnvironment(@Nullable AgentDefaults defaults) {
        if (defaults == null) {
            return Tier.NONE;
        }
        return new Tier(
                orNaN(defaults.timeoutMinutes()),
                defaults.autoRenew(),
                orNaN(defaults.maxDurationMinutes()),
                orNaN(defaults.warningThresholdMinutes()),
                null);
    }

    /** The name under which the environment knows an agent: upper case, every other character an underscore. */
    static String environmentName(String agentId) {
        return NOT_IN_NAMES.matcher(agentId.toUpperCase(Locale.ROOT)).replaceAll("_");
    }

    /** The first tier, and where it says nothing the second. */
    static Tier over(Tier first, Tier second) {
        Boolean autoRenew = first.autoRenew();
        OnIdle onIdle = first.onIdle();
        return new Tier(
                first(first.timeoutMinutes(), second.timeoutMinutes()),
                autoRenew == null ? second.autoRenew() : autoRenew,
                first(first.maxDurationMinutes(), second.maxDurationMinutes()),
                first(first.warningThresholdMinutes(), second.warningThresholdMinutes()),
                onIdle == null ? second.onIdle() : onIdle);
    }

    /** Settles the time-outs of a new session. Activity renews and idleness expires, unless somebody says otherwise. */
    static TimeoutConfig settle(SessionConfig global, Tier session, Tier agent) {
        Tier said = over(session, agent);
        double timeout = Double.isNaN(said.timeoutMinutes())
                ? global.defaultTimeoutMinutes()
                : clamp(said.timeoutMinutes(), global.minTimeoutMinutes(), global.maxTimeoutMinutes());
        double maxDuration = Double.isNaN(said.maxDurationMinutes())
                ? global.maxDurationMinutes()
                : Math.min(said.maxDurationMinutes(), 2 * global.maxTimeoutMinutes());
        double warning = Double.isNaN(said.warningThresholdMinutes())
                ? global.warningThresholdMinutes()
                : clamp(said.warningThresholdMinutes(), MIN_WARNING_MINUTES, global.maxTimeoutMinutes());
        Boolean autoRenew = said.autoRenew();
        OnIdle onIdle = said.onIdle();
        return CONFIGS.intern(new TimeoutConfig(
                timeout,
                autoRenew == null || autoRenew,
                Math.max(maxDuration, timeout),
                warning,
                onIdle == null ? OnIdle.EXPIRE : onIdle));
    }

    /**
     * Changes time-outs strictly, merging over the present ones. A present maximum duration that is below the new time-out is
     * raised to it.
     *
     * @throws ProtocolException {@code INVALID_TIMEOUT_CONFIG}, details {@code {field, value, min, max}} or {@code {field,
     *     value, expectedFormat}}
     */
    static TimeoutConfig change(SessionConfig global, TimeoutConfig present, SessionParams.Timeout patch) {
        double timeout = strict(
                "timeoutMinutes",
                patch.timeoutMinutes(),
                present.timeoutMinutes(),
                global.minTimeoutMinutes(),
                global.maxTimeoutMinutes());
        double maxDuration = strict(
                "maxDurationMinutes",
                patch.maxDurationMinutes(),
                Math.max(present.maxDurationMinutes(), timeout),
                timeout,
                2 * global.maxTimeoutMinutes());
        double warning = strict(
                "warningThresholdMinutes",
                patch.warningThresholdMinutes(),
                present.warningThresholdMinutes(),
                MIN_WARNING_MINUTES,
                global.maxTimeoutMinutes());
        boolean autoRenew = present.autoRenew();
        if (patch.autoRenew() != null) {
            Boolean said = JsonValues.bool(patch.autoRenew());
            if (said == null) {
                throw refusal("autoRenew", patch.autoRenew(), "true or false");
            }
            autoRenew = said;
        }
        OnIdle onIdle = present.onIdle();
        if (patch.onIdle() != null) {
            OnIdle said = onIdleOf(patch.onIdle());
            if (said == null) {
                throw refusal("onIdle", patch.onIdle(), "expire or suspend");
            }
            onIdle = said;
        }
        return CONFIGS.intern(new TimeoutConfig(timeout, autoRenew, maxDuration, warning, onIdle));
    }

    /**
     * The numbers that the store compares.
     *
     * @param createdAt epoch milliseconds
     * @param ladderSeconds further warnings after the first; those not below the threshold are left out
     */
    public static DeadlinePlan plan(TimeoutConfig config, long createdAt, List<Double> ladderSeconds) {
        long threshold = millis(config.warningThresholdMinutes());
        List<Long> rungs = new ArrayList<>(ladderSeconds.size() + 1);
        rungs.add(threshold);
        ladderSeconds.stream()
                .map(seconds -> Math.max(1, Math.round(seconds * 1000)))
                .filter(rung -> rung < threshold)
                .distinct()
                .sorted((a, b) -> Long.compare(b, a))
                .forEach(rungs::add);
        return new DeadlinePlan(
                millis(config.timeoutMinutes()),
                createdAt + millis(config.maxDurationMinutes()),
                config.autoRenew(),
                config.onIdle() == OnIdle.SUSPEND,
                RUNGS.intern(List.copyOf(rungs)));
    }

    /** Minutes in whole milliseconds, at least one. */
    static long millis(double minutes) {
        return Math.max(1, Math.round(minutes * MILLIS));
    }

    private static Tier ofDefaults(RawJson sessionDefaults) {
        AgentGiven given = BodyCodec.decode(sessionDefaults, AgentGiven.class);
        Tier bySetting = new Tier(
                JsonValues.number(given.SESSION_TIMEOUT_MINUTES()),
                booleanOf(given.SESSION_AUTO_RENEW()),
                JsonValues.number(given.SESSION_MAX_DURATION_MINUTES()),
                JsonValues.number(given.SESSION_WARNING_THRESHOLD_MINUTES()),
                null);
        Tier byField = ofObject(sessionDefaults);
        return over(
                new Tier(
                        byField.timeoutMinutes(),
                        byField.autoRenew(),
                        byField.maxDurationMinutes(),
                        byField.warningThresholdMinutes(),
                        null),
                bySetting);
    }

    private static Tier ofObject(@Nullable RawJson object) {
        if (object == null || !object.isObject()) {
            return Tier.NONE;
        }
        Given given = BodyCodec.decode(object, Given.class);
        return new Tier(
                JsonValues.number(given.timeoutMinutes()),
                booleanOf(given.autoRenew()),
                JsonValues.number(given.maxDurationMinutes()),
                JsonValues.number(given.warningThresholdMinutes()),
                onIdleOf(given.onIdle()));
    }

    private static double strict(String field, @Nullable RawJson given, double present, double min, double max) {
        if (given == null) {
            return present;
        }
        double value = JsonValues.number(given);
        if (Double.isNaN(value) || value < min || value > max) {
            throw ProtocolException.of(
                            ErrorCode.INVALID_TIMEOUT_CONFIG,
                            field + " must be a number of minutes from " + min + " to " + max + ".")
                    .with("field", field)
                    .with("value", JsonValues.shown(given))
                    .with("min", min)
                    .with("max", max);
        }
        return value;
    }

    private static ProtocolException refusal(String field, @Nullable RawJson given, String expected) {
        return ProtocolException.of(ErrorCode.INVALID_TIMEOUT_CONFIG, field + " must be " + expected + ".")
                .with("field", field)
                .with("value", JsonValues.shown(given))
                .with("expectedFormat", expected);
    }

    private static @Nullable Boolean booleanOf(@Nullable RawJson value) {
        Boolean said = JsonValues.bool(value);
        String text = said == null ? JsonValues.text(value) : null;
        if (text == null) {
            return said;
        }
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true" -> Boolean.TRUE;
            case "false" -> Boolean.FALSE;
            default -> null;
        };
    }

    private static @Nullable OnIdle onIdleOf(@Nullable RawJson value) {
        String text = JsonValues.text(value);
        for (OnIdle one : OnIdle.values()) {
            if (one.wireName().equals(text)) {
                return one;
            }
        }
        return null;
    }

    private static double orNaN(@Nullable Double value) {
        return value == null ? Double.NaN : value;
    }

    private static double first(double one, double other) {
        return Double.isNaN(one) ? other : one;
    }

    private static double clamp(double value, double min, double max) {
        return Math.max(min, Math.min(value, max));
    }
}
