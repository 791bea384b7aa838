package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Judges what clients were told of deadlines: each warning and each expiry once for every client and (expiry, rung), by push or
 * by the answer to an attach, never too early, never of an expiry that a renewal had moved away before; and by how much they
 * were late. A rung may be passed over for a lower one, or for the expiry, only where the client was away, or its gateway at
 * fault, when it was due. Used by one thread. It is one file because all its rules weigh the same facts against each other.
 */
final class DeadlineVerdict {
    /** Clock ticks, and the way from one process to another. */
    private static final long EARLY_MILLIS = 5;
    /** From being told by its gateway until a client has noted it. */
    private static final long NOTE_MILLIS = 500;
    /** What an attachment may take longer than a deadline may be late. */
    private static final long ATTACH_MILLIS = 3_000;
    /** What a fault still disturbs when it is over: clients come back at once, a new process is cold. */
    private static final long SETTLE_MILLIS = 3_000;

    /** How far the replicas of a master may be behind it. */
    private static final long REPLICATION_MILLIS = 1_000;

    private static final long MARGIN_MILLIS = 50;
    private static final int MOST_WORDS = 12;

    private final long[] rungs;
    private final List<FaultRun.Done> faults;
    private final long lateMillis;
    private final long graceMillis;
    private final boolean lossIsBorne;
    private final List<String> words = new ArrayList<>();

    /** Warnings and expiries that had to be told to clients. */
    long expected;
    /** Of these, told by push. */
    long pushed;
    /** Of these, told by the answer to an attach. */
    long answered;
    /** Rungs passed over while the client was away or its gateway at fault. */
    long passedOver;
    /** Never told. */
    long missed;
    /** Told again. */
    long doubled;
    /** Told before their instant, of an expiry that was not the session's any more, or after the end. */
    long wrong;
    /** None of the former three, as a failover of Redis had lost a renewal, a warning or an expiry. */
    long undone;

    /** Lateness of pushes while nothing was wrong, ns. */
    final Histogram calm = new Histogram(3);
    /** Lateness of pushes while another gateway was at fault, or Redis or one had just been, ns. */
    final Histogram disturbed = new Histogram(3);
    /** Lateness of pushes of what became due while Redis was at fault, ns. */
    final Histogram withoutRedis = new Histogram(3);
    /** Of these, from the end of the fault until the push, ns. */
    final Histogram afterRedis = new Histogram(3);
    /** Lateness of pushes by a gateway that was at fault itself in between, ns. */
    final Histogram byFaulty = new Histogram(3);
    /** From coming back until the push of what had become due meanwhile, ns. */
    final Histogram afterReturn = new Histogram(3);

    /**
     * @param rungs seconds of the warnings of every session, falling
     * @param faults all that happened
     * @param lateMillis by how much gateways, of which others are at fault, may be late: a rung that is told no later than this
     *     after its instant by a lower one, or by the expiry, is not missed
     * @param lossIsBorne whether faults of Redis may lose what it had answered just before: a lost warning or expiry comes again,
     *     a lost renewal moves nothing
     */
    DeadlineVerdict(long[] rungs, List<FaultRun.Done> faults, long lateMillis, boolean lossIsBorne) {
        this.rungs = rungs.clone();
        this.faults = faults;
        this.lateMillis = lateMillis;
        this.lossIsBorne = lossIsBorne;
        graceMillis = lateMillis + NOTE_MILLIS;
    }

    List<String> words() {
        return List.copyOf(words);
    }

    boolean ok() {
        return missed + doubled + wrong == 0;
    }

    /**
     * Judges what one client was told of one session.
     *
     * @param told null when the client never heard of the session
     * @param stays where the client was when
     */
    void judge(String who, DeadlineFacts facts, @Nullable DeadlineLedger told, List<Stay> stays) {
        if (!facts.isCreated() || facts.isGone()) {
            return;
        }
        if (told == null || told.attachedAt() == 0) {
            neverAttached(who, facts, stays);
            return;
        }
        List<DeadlineLedger.Told> all = told.told();
        long end = ending(facts, all);
        once(who, facts, all);
        bounds(who, facts, all);
        expected++;
        Stay silent = withoutEnd(facts, told, end, stays);
        if (!told.isOver()) {
            missed++;
            say(who, "was never told the end of " + facts.sessionId());
        } else if (silent != null) {
            missed++;
            say(who, "was there and was not told the end of " + facts.sessionId() + ": " + all + where(silent, facts));
        } else if (all.stream().anyMatch(each -> each.rung() == DeadlineLedger.EXPIRED && each.pushed())) {
            pushed++;
        } else {
            answered++;
        }
        long validFrom = Math.max(told.attachedAt(), facts.createdBy());
        long expiry = facts.firstExpiry();
        for (DeadlineFacts.Renewal renewal : facts.renewals()) {
            if (renewal.isKnown()) {
                if (expiry != renewal.expiresAt()) {
                    rungs(who, facts, all, stays, expiry, validFrom, renewal.sentAt());
                }
                validFrom = renewal.answeredAt();
                expiry = renewal.expiresAt();
            } else {
                // Nobody knows whether it was granted: what was due before it was asked for is all that is certain.
                rungs(who, facts, all, stays, expiry, validFrom, Math.min(renewal.sentAt(), end));
                validFrom = Math.max(validFrom, certainFrom(renewal, expiry, end, all));
                expiry = end;
            }
        }
        rungs(who, facts, all, stays, end, validFrom, Long.MAX_VALUE);
        all.forEach(each -> late(each, stays));
    }

    /**
     * From when on it is certain that an expiry holds, after a renewal that was not answered. That may have been carried out much
     * later than it was asked for, when a gateway that stood still went on.
     */
    private long certainFrom(DeadlineFacts.Renewal renewal, long before, long end, List<DeadlineLedger.Told> all) {
        if (end != before) {
            return all.stream()
                    .filter(each -> each.expiresAt() == end)
                    .mapToLong(DeadlineLedger.Told::at)
                    .min()
                    .orElse(end);
        }
        boolean cameTrue =
                all.stream().anyMatch(each -> each.rung() == DeadlineLedger.EXPIRED && each.expiresAt() == end);
        return cameTrue ? renewal.sentAt() - graceMillis - MARGIN_MILLIS : end;
    }

    /** Where a client was when a session ended of which it heard only later; null when nothing is to be said against that. */
    private @Nullable Stay withoutEnd(DeadlineFacts facts, DeadlineLedger told, long end, List<Stay> stays) {
        boolean inTime = told.told().stream()
                .anyMatch(each -> each.rung() == DeadlineLedger.EXPIRED && each.at() <= end + graceMillis);
        boolean certain = facts.renewals().stream().allMatch(DeadlineFacts.Renewal::isKnown);
        if (inTime || !certain || told.attachedAt() > end || isUndone(end - graceMillis, end + graceMillis)) {
            return null;
        }
        Stay there = Stay.covering(stays, end - MARGIN_MILLIS, end + graceMillis);
        return there != null && FaultRun.at(faults, there.gateway(), end - graceMillis, end + graceMillis) == null
                ? there
                : null;
    }

    /** What is needed to look for the cause. */
    private static String where(Stay stay, DeadlineFacts facts) {
        return ", gateway-" + (stay.gateway() + 1) + ": " + stay + ", " + facts.renewals();
    }

    /** The expiry that came true: as the push of it told, else the last one that is known. */
    private static long ending(DeadlineFacts facts, List<DeadlineLedger.Told> all) {
        for (DeadlineLedger.Told each : all) {
            if (each.rung() == DeadlineLedger.EXPIRED && each.expiresAt() != DeadlineLedger.UNKNOWN) {
                return each.expiresAt();
            }
        }
        long last = facts.firstExpiry();
        for (DeadlineFacts.Renewal renewal : facts.renewals()) {
            last = renewal.isKnown() ? renewal.expiresAt() : last;
        }
        // The answer to the last renewal may have been lost: then warnings told what it had moved the expiry to.
        for (DeadlineLedger.Told each : all) {
            last = Math.max(last, each.expiresAt());
        }
        return last;
    }

    private void neverAttached(String who, DeadlineFacts facts, List<Stay> stays) {
        for (Stay stay : stays) {
            long from = Math.max(stay.from(), facts.createdBy());
            long to = Math.min(stay.to(), facts.firstExpiry());
            if (to - from > lateMillis + ATTACH_MILLIS && FaultRun.at(faults, stay.gateway(), from, to) == null) {
                expected++;
                missed++;
                say(who, "was there and never attached to " + facts.sessionId());
                return;
            }
        }
    }

    private void once(String who, DeadlineFacts facts, List<DeadlineLedger.Told> all) {
        DeadlineLedger.Told over = null;
        for (int i = 0; i < all.size(); i++) {
            DeadlineLedger.Told each = all.get(i);
            if (over != null && each.pushed() && isUndone(over.at(), each.at())) {
                undone++;
                over = each.rung() == DeadlineLedger.EXPIRED ? each : null;
                continue;
            }
            if (over != null && each.pushed()) {
                wrong++;
                say(who, "was told after the end: " + each);
            }
            over = over == null && each.rung() == DeadlineLedger.EXPIRED ? each : over;
            if (!each.pushed()) {
                continue;
            }
            for (DeadlineLedger.Told before : all.subList(0, i)) {
                boolean same = before.expiresAt() == each.expiresAt() && before.rung() == each.rung();
                boolean end = each.rung() == DeadlineLedger.EXPIRED && before.rung() == DeadlineLedger.EXPIRED;
                if ((same || end) && isUndone(facts, before, each)) {
                    undone++;
                    break;
                }
                if (same || end) {
                    doubled++;
                    say(who, "was told again: " + each + " after " + before);
                    break;
                }
                boolean lower = before.expiresAt() == each.expiresAt() && before.rung() < each.rung();
                if (lower && isUndone(facts, before, each)) {
                    undone++;
                    break;
                }
                if (lower && over == null) {
                    wrong++;
                    say(who, "was told a rung after a lower one: " + each + " after " + before);
                    break;
                }
            }
        }
    }

    private void bounds(String who, DeadlineFacts facts, List<DeadlineLedger.Told> all) {
        TreeSet<Long> known = new TreeSet<>();
        known.add(facts.firstExpiry());
        boolean certain = true;
        for (DeadlineFacts.Renewal renewal : facts.renewals()) {
            known.add(renewal.expiresAt());
            certain &= renewal.isKnown();
        }
        for (DeadlineLedger.Told each : all) {
            if (each.expiresAt() == DeadlineLedger.UNKNOWN) {
                continue;
            }
            long due = each.expiresAt() - TimeUnit.SECONDS.toMillis(each.rung());
            if (each.at() < due - EARLY_MILLIS) {
                wrong++;
                say(who, "was told " + (due - each.at()) + " ms too early: " + each);
            }
            if (certain && !known.contains(each.expiresAt())) {
                wrong++;
                say(who, "was told of an expiry that never was: " + each + ", known " + known);
            }
            for (DeadlineFacts.Renewal renewal : facts.renewals()) {
                if (renewal.isKnown()
                        && renewal.expiresAt() > each.expiresAt()
                        && due > renewal.answeredAt() + MARGIN_MILLIS) {
                    if (isUndone(renewal.answeredAt(), each.at())) {
                        undone++;
                        continue;
                    }
                    wrong++;
                    say(who, "was told what a renewal had moved away: " + each + " after " + renewal);
                }
            }
        }
    }

    private void rungs(
            String who,
            DeadlineFacts facts,
            List<DeadlineLedger.Told> all,
            List<Stay> stays,
            long expiry,
            long validFrom,
            long validTo) {
        for (long rung : rungs) {
            long due = expiry - TimeUnit.SECONDS.toMillis(rung);
            if (due < validFrom + MARGIN_MILLIS || due + graceMillis > validTo) {
                continue;
            }
            expected++;
            DeadlineLedger.Told first = null;
            for (DeadlineLedger.Told each : all) {
                if (first == null && each.expiresAt() == expiry && each.rung() == rung) {
                    first = each;
                }
            }
            if (first != null) {
                pushed += first.pushed() ? 1 : 0;
                answered += first.pushed() ? 0 : 1;
                continue;
            }
            if (isUndone(validFrom, due)) {
                // The renewal that made it due was lost.
                undone++;
                continue;
            }
            Stay there = Stay.covering(stays, due - MARGIN_MILLIS, due + graceMillis);
            boolean inTime = all.stream()
                    .anyMatch(
                            each -> each.expiresAt() == expiry && each.rung() < rung && each.at() - due <= lateMillis);
            if (there == null
                    || inTime
                    || FaultRun.at(faults, there.gateway(), due - graceMillis, due + graceMillis) != null) {
                passedOver++;
            } else {
                missed++;
                say(
                        who,
                        "was there and was not told rung " + rung + " of " + expiry + " of " + facts.sessionId() + ": "
                                + all + where(there, facts));
            }
        }
    }

    private void late(DeadlineLedger.Told each, List<Stay> stays) {
        if (!each.pushed() || each.expiresAt() == DeadlineLedger.UNKNOWN) {
            return;
        }
        long due = each.expiresAt() - TimeUnit.SECONDS.toMillis(each.rung());
        Stay stay = Stay.covering(stays, due - MARGIN_MILLIS, each.at());
        FaultRun.Done redis = redisFault(due);
        long late = TimeUnit.MILLISECONDS.toNanos(Math.max(0, each.at() - due));
        if (stay == null) {
            stays.stream()
                    .filter(one -> one.connection() == each.connection())
                    .findFirst()
                    .ifPresent(one -> afterReturn.recordValue(
                            TimeUnit.MILLISECONDS.toNanos(Math.max(0, each.at() - Math.max(due, one.from())))));
        } else if (isOwnFault(stay.gateway(), due, each.at())) {
            byFaulty.recordValue(late);
        } else if (redis != null) {
            withoutRedis.recordValue(late);
            afterRedis.recordValue(TimeUnit.MILLISECONDS.toNanos(Math.max(0, each.at() - Math.max(due, redis.to()))));
        } else if (isDisturbed(due, each.at())) {
            disturbed.recordValue(late);
        } else {
            calm.recordValue(late);
        }
    }

    /** Whether a fault of Redis may have lost what it answered at an instant before another. */
    private boolean isUndone(long answered, long seen) {
        return lossIsBorne
                && faults.stream()
                        .anyMatch(fault -> fault.gateway() < 0
                                && fault.from() <= seen
                                && fault.from() - REPLICATION_MILLIS <= answered
                                && (fault.to() == Long.MAX_VALUE || fault.to() + SETTLE_MILLIS >= answered));
    }

    /** Whether what was told before may have been lost before it came again, or a renewal between the two. */
    private boolean isUndone(DeadlineFacts facts, DeadlineLedger.Told before, DeadlineLedger.Told again) {
        return isUndone(before.at(), again.at())
                || facts.renewals().stream()
                        .anyMatch(renewal -> renewal.isKnown()
                                && renewal.answeredAt() >= before.at()
                                && isUndone(renewal.answeredAt(), again.at()));
    }

    private boolean isOwnFault(int gateway, long from, long to) {
        return faults.stream()
                .anyMatch(fault -> fault.gateway() == gateway
                        && fault.from() <= to
                        && (fault.to() == Long.MAX_VALUE || fault.to() + SETTLE_MILLIS >= from));
    }

    private FaultRun.@Nullable Done redisFault(long due) {
        return faults.stream()
                .filter(fault -> fault.gateway() < 0 && fault.from() <= due && due <= fault.to())
                .findFirst()
                .orElse(null);
    }

    private boolean isDisturbed(long from, long to) {
        return faults.stream()
                .anyMatch(fault ->
                        fault.from() <= to && (fault.to() == Long.MAX_VALUE || fault.to() + SETTLE_MILLIS >= from));
    }

    private void say(String who, String what) {
        if (words.size() < MOST_WORDS) {
            words.add(who + " " + what);
        }
    }
}
