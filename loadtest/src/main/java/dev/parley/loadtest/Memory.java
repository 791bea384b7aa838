package dev.parley.loadtest;

/**
 * The memory of a server after a forced collection.
 *
 * @param resident resident set, bytes
 * @param heap used heap, bytes
 * @param sockets kernel memory of all TCP sockets of the machine, both ends, bytes
 */
record Memory(long resident, long heap, long sockets) {
    /** Makes the server collect its garbage, then looks. Blocks for a second or more. */
    static Memory of(Target target) {
        if (target.pid() <= 0) {
            return new Memory(-1, -1, ProcessStats.socketBytes());
        }
        ProcessStats.collectGarbage(target.pid());
        ScenarioCommand.pause(0.5);
        ProcessStats.collectGarbage(target.pid());
        return new Memory(
                ProcessStats.residentBytes(target.pid()),
                ProcessStats.heapBytes(target.pid()),
                ProcessStats.socketBytes());
    }

    /** Puts the growth since an earlier look into a table, divided among so many things. */
    void growth(Report report, String table, Memory before, long among, String unit) {
        report.count(table, "resident before", before.resident, "bytes");
        report.count(table, "resident after", resident, "bytes");
        report.count(table, "heap before", before.heap, "bytes");
        report.count(table, "heap after", heap, "bytes");
        report.figure(table, "resident growth each", (double) (resident - before.resident) / among, unit);
        report.figure(table, "heap growth each", (double) (heap - before.heap) / among, unit);
        report.figure(table, "kernel socket memory each, both ends", (double) (sockets - before.sockets) / among, unit);
    }
}
