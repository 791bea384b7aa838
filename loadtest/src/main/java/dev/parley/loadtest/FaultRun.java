package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a plan of faults and notes when each really began and when everything was well again. A fault that would leave
 * no gateway, or that meets servers of Redis that are not whole yet, waits until it may; after half a minute it is left out,
 * which is said. Runs on threads of its own.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Whatever goes wrong in a fault is noted by the fault itself.
final class FaultRun implements AutoCloseable {
    private static final double PATIENCE_SECONDS = 30;

    /**
     * What was done.
     *
     * @param fault as planned
     * @param gateway the gateway concerned; −1 when it was Redis
     * @param what in words
     * @param from epoch milliseconds
     * @param to when all was well again; {@link Long#MAX_VALUE} while it is not
     */
    record Done(FaultPlan.Fault fault, int gateway, String what, long from, long to) {}

    private final FaultPlan.Plan plan;
    private final Fleet fleet;
    private final RedisSetup redis;
    private final Watch notes;
    private final List<Done> done = new ArrayList<>();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4, task -> {
        Thread daemon = new Thread(task, "faults");
        daemon.setDaemon(true);
        return daemon;
    });
    private int underWay;
    private int leftOut;

    FaultRun(FaultPlan.Plan plan, Fleet fleet, RedisSetup redis, Watch notes) {
        this.plan = plan;
        this.fleet = fleet;
        this.redis = redis;
        this.notes = notes;
    }

    /** Begins: the plan's times count from now. */
    void start(List<FaultPlan.Fault> faults) {
        synchronized (this) {
            underWay += faults.size();
        }
        faults.forEach(fault -> threads.schedule(() -> run(fault), (long) (fault.at() * 1000), TimeUnit.MILLISECONDS));
    }

    /** Whether every fault of the plan is over. */
    synchronized boolean isOver() {
        return underWay == 0;
    }

    /** All that was done, in the order in which it began. */
    synchronized List<Done> done() {
        return List.copyOf(done);
    }

    /** How many faults found no moment in which they were allowed. */
    synchronized int leftOut() {
        return leftOut;
    }

    private void run(FaultPlan.Fault fault) {
        try {
            switch (plan) {
                case OUTAGE -> outage(fault);
                case REDIS -> onMaster(fault);
                default -> onGateway(fault);
            }
        } catch (RuntimeException e) {
            notes.problem("a fault could not be carried out: " + fault + ": " + e.getMessage());
        } finally {
            synchronized (this) {
                underWay--;
            }
        }
    }

    private void onGateway(FaultPlan.Fault fault) {
        int gateway = fault.pick() % fleet.size();
        boolean oneByOne = plan == FaultPlan.Plan.ROLLING;
        if (!Waiting.atMost(
                PATIENCE_SECONDS, () -> (!oneByOne || fleet.isWhole()) && fleet.take(gateway, fault.kind()))) {
            leaveOut(fault);
            return;
        }
        int number = begin(fault, gateway, fault.kind() + " gateway-" + (gateway + 1));
        switch (fault.kind()) {
            case KILL -> fleet.kill(gateway);
            case TERMINATE -> fleet.terminate(gateway);
            default -> fleet.freeze(gateway);
        }
        ScenarioCommand.pause(fault.seconds());
        if (fault.kind() == FaultPlan.Kind.FREEZE) {
            fleet.thaw(gateway);
        } else {
            fleet.restart(gateway);
        }
        end(number);
    }

    private void onMaster(FaultPlan.Fault fault) {
        if (!Waiting.atMost(PATIENCE_SECONDS, this::whole)) {
            leaveOut(fault);
            return;
        }
        List<RedisProcess> masters = redis.masters();
        RedisProcess master = masters.get(fault.pick() % masters.size());
        int number = begin(fault, -1, fault.kind() + " " + master.name() + ", a master");
        switch (fault.kind()) {
            case KILL -> {
                master.kill();
                ScenarioCommand.pause(fault.seconds());
                master.start();
            }
            case FREEZE -> {
                master.freeze();
                ScenarioCommand.pause(fault.seconds());
                master.thaw();
            }
            default -> redis.handOver(master);
        }
        Waiting.until(PATIENCE_SECONDS, this::whole, () -> "the servers of Redis are not whole again");
        end(number);
    }

    private boolean whole() {
        try {
            return redis.isWhole();
        } catch (LoadException away) {
            return false;
        }
    }

    private void outage(FaultPlan.Fault fault) {
        int number = begin(fault, -1, "Redis is stopped");
        redis.servers().forEach(RedisProcess::stop);
        ScenarioCommand.pause(fault.seconds());
        redis.servers().forEach(RedisProcess::start);
        end(number);
    }

    private synchronized void leaveOut(FaultPlan.Fault fault) {
        leftOut++;
        System.out.println("left out: " + fault);
    }

    private synchronized int begin(FaultPlan.Fault fault, int gateway, String what) {
        done.add(new Done(fault, gateway, what, WallClock.millis(), Long.MAX_VALUE));
        System.out.println(String.format(
                Locale.ROOT, "fault: %s%s", what, fault.seconds() > 0 ? " " + fault.seconds() + " s" : ""));
        return done.size() - 1;
    }

    private synchronized void end(int number) {
        Done begun = done.get(number);
        done.set(number, new Done(begun.fault, begun.gateway, begun.what, begun.from, WallClock.millis()));
        System.out.println("over: " + begun.what);
    }

    /** The fault on a gateway at an instant, or on Redis; null when there was none. */
    static @Nullable Done at(List<Done> done, int gateway, long from, long to) {
        for (Done each : done) {
            if ((each.gateway == gateway || each.gateway < 0) && each.from <= to && each.to >= from) {
                return each;
            }
        }
        return null;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
