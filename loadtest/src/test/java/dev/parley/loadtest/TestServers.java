package dev.parley.loadtest;

import java.util.List;

/** The servers that the tests' load runs start. */
final class TestServers {
    /**
     * Which classes servers run, and on what JVM: one that starts quickly, as a run is too short for the second compiler to earn
     * what it costs.
     */
    static final List<String> OPTIONS = List.of(
            "--gateway-class-path",
            System.getProperty("java.class.path"),
            "--jvm=-XX:TieredStopAtLevel=1",
            "--jvm=-XX:+UseSerialGC");

    private TestServers() {}
}
