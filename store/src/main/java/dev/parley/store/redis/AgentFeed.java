package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Looks for what the channel of all gateways lost without an interruption: who holds agents, which the agents' own tag notes by
 * numbers, and who came to take part in sessions, which each partition notes. Costs a call per partition and second where agents
 * are held, and one where none are; nothing per agent. Safe for use from any thread.
 */
final class AgentFeed {
    /** What was found may still be on its way over the channel. */
    private static final long GRACE_MILLIS = 300;

    /** The number to begin with is not known yet. */
    private static final long UNKNOWN = -1;

    private final RedisCalls calls;
    private final Partitions partitions;
    private final Everybody everybody;
    private final TimeSource time;
    private final Runnable tellAgain;
    private final AtomicLongArray assignedSince;
    private final AtomicBoolean repeating = new AtomicBoolean();
    private volatile long holdersSince = UNKNOWN;

    /**
     * @param tellAgain tells all that matters here anew; called where more was lost than is noted
     */
    AgentFeed(RedisCalls calls, Partitions partitions, Everybody everybody, TimeSource time, Runnable tellAgain) {
        this.calls = calls;
        this.partitions = partitions;
        this.everybody = everybody;
        this.time = time;
        this.tellAgain = tellAgain;
        assignedSince = new AtomicLongArray(partitions.count());
        forgetAssignments();
    }

    /** The number from which on holders are asked for; empty at first. */
    String holdersSince() {
        return since(holdersSince);
    }

    /**
     * Tells which holders were not told.
     *
     * @param answer of {@link RedisFunction#AGENT_SYNC}
     */
    void holders(List<Object> answer) {
        holdersSince = Answers.number(answer.get(2));
        repeatUnless(Answers.number(answer.get(3)) == 1);
        List<Object> found = Answers.list(answer.get(4));
        if (!found.isEmpty()) {
            time.schedule(GRACE_MILLIS, () -> {
                for (int i = 0; i < found.size(); i += 2) {
                    AgentRow row = AgentRow.read((byte[]) found.get(i));
                    everybody.tellHolder(row, Answers.number(found.get(i + 1)));
                }
            });
        }
    }

    /** Asks each partition who came to take part in sessions. */
    void lookForAssignments() {
        for (int i = 0; i < partitions.count(); i++) {
            int partition = i;
            calls.send(RedisFunction.ASSIGNED, partitions.key(partition), Args.of(since(assignedSince.get(partition))))
                    .thenAccept(answer -> Telling.safely(() -> assignments(partition, answer)));
        }
    }

    /** Nobody is held who could have been assigned: nothing is asked, and later nothing of that time. */
    void forgetAssignments() {
        for (int i = 0; i < partitions.count(); i++) {
            assignedSince.set(i, UNKNOWN);
        }
    }

    private void assignments(int partition, List<Object> answer) {
        assignedSince.set(partition, Answers.number(answer.get(1)));
        repeatUnless(Answers.number(answer.get(2)) == 1);
        List<Object> found = Answers.list(answer.get(3));
        if (!found.isEmpty()) {
            time.schedule(GRACE_MILLIS, () -> {
                for (int i = 0; i < found.size(); i += 2) {
                    String[] who = Answers.text(found.get(i)).split("\n", 2);
                    long number = (long) Double.parseDouble(Answers.text(found.get(i + 1)));
                    everybody.tellAssigned(who[0], who[1], Long.toString(number));
                }
            });
        }
    }

    /** Once for all partitions, which most likely all have the same to say. */
    private void repeatUnless(boolean isWhole) {
        if (!isWhole && repeating.compareAndSet(false, true)) {
            time.schedule(GRACE_MILLIS, () -> {
                repeating.set(false);
                tellAgain.run();
            });
        }
    }

    private static String since(long number) {
        return number == UNKNOWN ? "" : Long.toString(number);
    }
}
