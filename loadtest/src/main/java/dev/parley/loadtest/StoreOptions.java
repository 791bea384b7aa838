package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** What the gateways of a run keep their sessions in, and how many gateways there are; shared by the scenarios that compare. */
final class StoreOptions {
    /** The stores that a run can start gateways on. */
    enum Kind {
        /** Inside the gateway. */
        MEMORY,
        /** A Redis server that the run starts. */
        REDIS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--store",
            description = {
                "One of: ${COMPLETION-CANDIDATES} (default ${DEFAULT-VALUE}). For redis a redis-server is started from the",
                "PATH (or REDIS_SERVER), which writes nothing to disk unless --redis-option says so."
            })
    private Kind store = Kind.MEMORY;

    @Option(names = "--gateways", description = "Gateways on the same Redis (default ${DEFAULT-VALUE}).")
    private int gateways = 1;

    @Option(names = "--redis-option", description = "NAME=VALUE for the Redis server; may be repeated.")
    private Map<String, String> redisOptions = new LinkedHashMap<>();

    /** Whether there is a Redis. */
    boolean redis() {
        return store == Kind.REDIS;
    }

    /** How many gateways. */
    int gateways() {
        return gateways;
    }

    /** The command line of the Redis server. */
    List<String> redisArguments() {
        List<String> arguments = new ArrayList<>(List.of("--appendonly", "no"));
        redisOptions.forEach((name, value) -> arguments.addAll(List.of("--" + name, value)));
        return arguments;
    }

    /** How the store is set up, for the report. */
    String describe() {
        return gateways + (gateways == 1 ? " gateway" : " gateways") + " on " + store
                + (redisOptions.isEmpty() ? "" : " " + redisOptions);
    }

    /**
     * Refuses what cannot be combined.
     *
     * @param given whether a gateway that runs already was named
     * @throws LoadException when these options make no sense together
     */
    void check(boolean given) {
        if (gateways < 1 || gateways > 16) {
            throw new LoadException("--gateways must be 1 to 16");
        }
        if (gateways > 1 && !redis()) {
            throw new LoadException("several gateways share no memory: give --store redis with --gateways");
        }
        if (given && (redis() || gateways > 1)) {
            throw new LoadException("--store and --gateways are for gateways that the run starts: leave out --url");
        }
    }
}
