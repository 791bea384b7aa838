package dev.parley.store.redis;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts real Redis servers for tests. They listen on free ports of the loopback interface, save nothing unless told to, and
 * end with this JVM at the latest, however that ends. A machine without {@code redis-server} fails the test with a message
 * that says how to install it. Safe for use from any thread.
 */
public final class RedisServers {
    private static @Nullable RedisServer shared;

    private RedisServers() {}

    /**
     * One standalone server for all tests of this JVM that need nothing special. Who uses it takes a key prefix of its own or
     * empties it first, and neither stops nor configures it.
     */
    public static synchronized RedisServer shared() {
        if (shared == null) {
            shared = standalone(new Options());
        }
        return shared;
    }

    /** A standalone server of the caller's own, which closes it. */
    public static RedisServer standalone(Options options) {
        return new RedisServer(options);
    }

    /** The path of {@code redis-server}: {@code REDIS_SERVER} where that is set, else the first one on the PATH. */
    static String executable() {
        String named = System.getenv("REDIS_SERVER");
        if (named != null && !named.isEmpty()) {
            return named;
        }
        String path = System.getenv("PATH");
        for (String directory : (path == null ? "" : path + ":/usr/local/bin:/usr/bin").split(":", -1)) {
            Path file = Path.of(directory, "redis-server");
            if (Files.isExecutable(file)) {
                return file.toString();
            }
        }
        throw new IllegalStateException("redis-server is not installed, and these tests need it: install it"
                + " (Debian and Ubuntu: apt-get install redis-server; macOS: brew install redis)"
                + " or set REDIS_SERVER to its path");
    }

    /**
     * Waits until something holds, looking every 20 ms; after the time it fails saying what was waited for. A connection that
     * breaks meanwhile is not yet a failure: Sentinels close all of a server when they give it another part.
     */
    static void await(String what, Duration atMost, BooleanSupplier condition) {
        long end = System.nanoTime() + atMost.toNanos();
        UncheckedIOException broken = null;
        while (true) {
            try {
                if (condition.getAsBoolean()) {
                    return;
                }
            } catch (UncheckedIOException e) {
                broken = e;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException("not within " + atMost + ": " + what, broken);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** What a server is started with. Not safe for use by several threads. */
    public static final class Options {
        private final List<String> arguments = new ArrayList<>(List.of("--save", ""));
        private @Nullable TestCertificates certificates;
        private @Nullable String sentinelFile;
        private @Nullable String password;
        private int port;

        /** A server that saves nothing and asks for no password. */
        public Options() {}

        /** Settings as they are given on the command line, for instance {@code "--maxmemory-policy", "allkeys-lru"}. */
        public Options with(String... words) {
            arguments.addAll(List.of(words));
            return this;
        }

        /** Writes every command to the append-only file before it is answered, so that a kill loses nothing answered. */
        public Options appendOnly() {
            return with("--appendonly", "yes", "--appendfsync", "always");
        }

        /** The password of the default user. */
        public Options password(String secret) {
            password = secret;
            return with("--requirepass", secret);
        }

        /**
         * One more user.
         *
         * @param name of the user
         * @param rules as in {@code ACL SETUSER}, for instance {@code ">secret", "~*", "&*", "+@all"}
         */
        public Options user(String name, String... rules) {
            with("--user", name, "on");
            return with(rules);
        }

        /** Speaks TLS only. */
        public Options tls(TestCertificates with) {
            certificates = with;
            return this;
        }

        /** Listens there, which must be free, instead of on a port of its own choice. */
        public Options port(int wanted) {
            port = wanted;
            return this;
        }

        /** A Sentinel instead of a server, with these lines in its configuration. */
        Options sentinel(String lines) {
            arguments.clear();
            sentinelFile = lines;
            return this;
        }

        List<String> arguments() {
            return List.copyOf(arguments);
        }

        @Nullable TestCertificates certificates() {
            return certificates;
        }

        @Nullable String sentinelFile() {
            return sentinelFile;
        }

        @Nullable String password() {
            return password;
        }

        int port() {
            return port;
        }
    }
}
