package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** What goes wrong when, in a run of failover: made of the seed alone, so that a run can be had again. Pure. */
final class FaultPlan {
    /** Seconds that a gateway needs at most, as a rule, to be started and warm again. */
    private static final double RECOVERY_SECONDS = 8;

    private static final double SHORTEST_FREEZE = 5;
    private static final double LONGEST_FREEZE = 20;
    private static final double OUTAGE_SECONDS = 20;

    private FaultPlan() {}

    /** The plans. */
    enum Plan {
        /** Gateways are killed, frozen, and stopped; started again. */
        GATEWAYS,
        /** Masters of Redis are killed, frozen, and replaced by their replicas. */
        REDIS,
        /** The gateways are stopped and started one after the other. */
        ROLLING,
        /** Redis is stopped for 20 s and started again with what it had. */
        OUTAGE,
        /** Nothing. */
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The kinds of faults. */
    enum Kind {
        /** SIGKILL, then a start. */
        KILL,
        /** SIGSTOP, then SIGCONT. */
        FREEZE,
        /** SIGTERM, then a start. */
        TERMINATE,
        /** A replica takes over from its master, which stays. */
        HAND_OVER,
        /** The whole store is stopped, then started. */
        OUTAGE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * One fault.
     *
     * @param at seconds from the start of the load
     * @param kind what happens
     * @param pick which of the gateways, or of the masters that there are then, counted round
     * @param seconds how long it lasts: until SIGCONT, or until what ended is started
     */
    record Fault(double at, Kind kind, int pick, double seconds) {
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f s %s %d %.1f s", at, kind, pick, seconds);
        }
    }

    /**
     * Makes a plan.
     *
     * @param seconds how long the load lasts; its first fifth and its last quarter, or 15 s, are quiet
     * @param gateways how many there are
     */
    static List<Fault> of(Plan plan, long seed, double seconds, int gateways) {
        SplittableRandom random = new SplittableRandom(seed);
        double from = Math.max(5, seconds / 5);
        double to = Math.max(from, seconds - Math.min(15, seconds / 4));
        return switch (plan) {
            case GATEWAYS -> gateways(random, from, to, gateways);
            case REDIS -> redis(random, from, to);
            case ROLLING -> rolling(from, to, gateways);
            case OUTAGE -> List.of(new Fault(from, Kind.OUTAGE, 0, OUTAGE_SECONDS));
            case NONE -> List.of();
        };
    }

    private static List<Fault> gateways(SplittableRandom random, double from, double to, int gateways) {
        List<Fault> faults = new ArrayList<>();
        double[] busyUntil = new double[gateways];
        for (double at = from; at < to; at += 2 + 12 * random.nextDouble()) {
            Kind kind = switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> Kind.KILL;
                case 4, 5, 6 -> Kind.FREEZE;
                default -> Kind.TERMINATE;
            };
            int pick = random.nextInt(gateways);
            double lasts = kind == Kind.FREEZE
                    ? SHORTEST_FREEZE + (LONGEST_FREEZE - SHORTEST_FREEZE) * random.nextDouble()
                    : 3 * random.nextDouble();
            int busy = 0;
            for (double until : busyUntil) {
                busy += until > at ? 1 : 0;
            }
            if (busyUntil[pick] <= at && busy < gateways - 1) {
                faults.add(new Fault(at, kind, pick, lasts));
                busyUntil[pick] = at + lasts + RECOVERY_SECONDS;
            }
        }
        return faults;
    }

    private static List<Fault> redis(SplittableRandom random, double from, double to) {
        List<Fault> faults = new ArrayList<>();
        for (double at = from; at < to; at += 15 + 10 * random.nextDouble()) {
            Kind kind = switch (random.nextInt(5)) {
                case 0, 1 -> Kind.KILL;
                case 2, 3 -> Kind.FREEZE;
                default -> Kind.HAND_OVER;
            };
            double lasts = switch (kind) {
                case FREEZE -> SHORTEST_FREEZE + (LONGEST_FREEZE - SHORTEST_FREEZE) / 2 * random.nextDouble();
                case KILL -> 8 * random.nextDouble();
                default -> 0;
            };
            faults.add(new Fault(at, kind, random.nextInt(64), lasts));
            at += lasts;
        }
        return faults;
    }

    private static List<Fault> rolling(double from, double to, int gateways) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < gateways; i++) {
            faults.add(new Fault(from + (to - from) * i / gateways, Kind.TERMINATE, i, 0));
        }
        return faults;
    }
}
