package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.List;

/** The memory of all gateways before an outage of their store and after it. Main thread. */
final class OutageMemory {
    private static final double MOST_GROWTH = 1.2;

    private final Fleet fleet;
    private final List<Memory> before = new ArrayList<>();

    OutageMemory(Fleet fleet) {
        this.fleet = fleet;
    }

    /** Looks for the first time. */
    void before() {
        fleet.targets().forEach(target -> before.add(Memory.of(target)));
    }

    /** Looks again and compares: a gateway must not have grown by more than a fifth. */
    void after(Report results) {
        List<Target> targets = fleet.targets();
        for (int i = 0; i < before.size(); i++) {
            Memory now = Memory.of(targets.get(i));
            String name = targets.get(i).name();
            results.count("memory", name + " before", before.get(i).resident(), "bytes");
            results.count("memory", name + " after", now.resident(), "bytes");
            results.count("memory", name + " heap before", before.get(i).heap(), "bytes");
            results.count("memory", name + " heap after", now.heap(), "bytes");
            if (now.resident() > before.get(i).resident() * MOST_GROWTH) {
                results.tally()
                        .fail(name + " has grown from " + before.get(i).resident() + " to " + now.resident()
                                + " bytes");
            }
        }
    }
}
