package dev.parley.gateway;

import dev.parley.gateway.config.ConfigException;
import dev.parley.gateway.config.ConfigLoader;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.Setting;
import dev.parley.gateway.config.Settings;
import dev.parley.store.redis.RedisStores;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command line. What cannot be started with is one line on standard error and exit status 2; the only line on standard
 * output is the address, once connections are accepted.
 */
@Command(
        name = "parley-gateway",
        description = "Keeps the sessions of people and AI agents.",
        mixinStandardHelpOptions = true)
public final class GatewayMain implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayMain.class);
    private static final String NAME = "parley-gateway: ";
    private static final int WRONG_INPUT = 2;
    /** Beyond the time that a drain may take by itself, for closing. */
    private static final Duration CLOSING = Duration.ofSeconds(10);

    private GatewayMain() {}

    /** Runs a command and ends the process with its status. */
    public static void main(String[] arguments) {
        // Sampling where buffers came from takes a twentieth of the CPU of a busy gateway; the tests look at every
        // buffer.
        System.getProperties().putIfAbsent("io.netty.leakDetection.level", "disabled");
        System.exit(run(arguments, System.out, System.err, System.getenv()));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err, Map<String, String> environment) {
        CommandLine serve = new CommandLine(new Serve(out, environment));
        serve.getCommandSpec().usageMessage().footer(settingsHelp());
        CommandLine main = new CommandLine(new GatewayMain())
                .addSubcommand("serve", serve)
                .addSubcommand("check-config", new CheckConfig(out, environment));
        main.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        main.setParameterExceptionHandler((problem, given) -> {
            err.println(NAME + firstLine(problem.getMessage()) + " (try --help)");
            return WRONG_INPUT;
        });
        main.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof ConfigException problem) {
                err.println(NAME + problem.line());
                return WRONG_INPUT;
            }
            throw failure;
        });
        return main.execute(arguments);
    }

    /** Without a command. */
    @Override
    public Integer call() {
        throw new ConfigException("say what to do: serve or check-config (try --help)");
    }

    private static String firstLine(@Nullable String message) {
        return message == null
                ? "the command line cannot be read"
                : message.lines().findFirst().orElse("");
    }

    private static String[] settingsHelp() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Settings, from the environment or the file (NAME=value); flags win over the environment,");
        lines.add("the environment over the file:");
        for (Setting<?> setting : Settings.all()) {
            lines.add("");
            lines.add("  " + setting.name() + " (" + setting.defaultText() + "; " + setting.range() + ")");
            lines.add("      " + setting.meaning());
        }
        lines.add("");
        lines.add(
                "  AGENT_<ID>_SESSION_TIMEOUT_MINUTES, _AUTO_RENEW, _MAX_DURATION_MINUTES, _WARNING_THRESHOLD_MINUTES");
        lines.add("      One agent's own; its id in upper case, every other character an underscore.");
        // The usage is formatted as by String.format.
        return lines.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new);
    }

    /** Flags that settings have. */
    static final class Flags {
        @Option(names = "--port", paramLabel = "N", description = "Port; 0 takes any free one.")
        private @Nullable String port;

        @Option(names = "--host", paramLabel = "H", description = "Address to listen on.")
        private @Nullable String host;

        @Option(
                names = "--store",
                paramLabel = "STORE",
                description = "Where sessions are kept: memory, or redis://...")
        private @Nullable String store;

        @Option(names = "--transport", paramLabel = "T", description = "auto, epoll or nio.")
        private @Nullable String transport;

        @Option(names = "--allow-open", description = "Listen beyond loopback although everybody is let in.")
        private boolean allowOpen;

        @Option(
                names = "--config",
                paramLabel = "FILE",
                description = "Properties file with settings (or PARLEY_CONFIG).")
        private @Nullable Path file;

        GatewayConfig load(Map<String, String> environment) {
            Map<String, String> given = new LinkedHashMap<>();
            put(given, "PARLEY_PORT", port);
            put(given, "PARLEY_HOST", host);
            put(given, "PARLEY_STORE", store);
            put(given, "PARLEY_TRANSPORT", transport);
            put(given, "PARLEY_ALLOW_OPEN", allowOpen ? "true" : null);
            String named = environment.getOrDefault("PARLEY_CONFIG", "");
            Path path = file != null ? file : named.isBlank() ? null : Path.of(named);
            GatewayConfig config = ConfigLoader.load(path, environment, given);
            String place = config.store().place();
            if (RedisStores.isRedis(place)) {
                checkAddress(place);
            }
            return config;
        }

        private static void checkAddress(String place) {
            try {
                RedisStores.shown(place);
            } catch (IllegalArgumentException problem) {
                throw new ConfigException("PARLEY_STORE (--store) cannot be read: " + problem.getMessage());
            }
        }

        private static void put(Map<String, String> given, String name, @Nullable String value) {
            if (value != null) {
                if (value.isBlank()) {
                    throw new ConfigException(name + " is empty; leave the flag out, or give it a value");
                }
                given.put(name, value);
            }
        }
    }

    @Command(
            name = "serve",
            description = "Start a gateway; it ends by itself, gracefully, on SIGTERM.",
            mixinStandardHelpOptions = true)
    static final class Serve implements Callable<Integer> {
        private final PrintStream out;
        private final Map<String, String> environment;

        @Mixin
        private final Flags flags = new Flags();

        Serve(PrintStream out, Map<String, String> environment) {
            this.out = out;
            this.environment = environment;
        }

        @Override
        public Integer call() throws InterruptedException {
            GatewayConfig config = flags.load(environment);
            ServerConfig server = config.server();
            checkReach(server);
            Gateway gateway = open(config);
            try {
                gateway.start().block();
            } catch (RuntimeException failure) {
                gateway.close().block(CLOSING);
                throw cannotListen(server, failure);
            }
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(gateway), "parley-stop"));
            LOG.warn(
                    "open=true there are no credentials: everybody who reaches {} is let in, and is believed",
                    address(server, gateway.port()));
            out.println("listening on " + address(server, gateway.port()));
            out.flush();
            new CountDownLatch(1).await();
            return 0;
        }

        private static Gateway open(GatewayConfig config) {
            try {
                return Objects.requireNonNull(Gateway.open(config).block());
            } catch (IllegalStateException | IllegalArgumentException problem) {
                throw new ConfigException("the store cannot be used: " + problem.getMessage());
            }
        }

        private static void stop(Gateway gateway) {
            Duration patience =
                    Duration.ofMillis(gateway.config().server().drainMillis()).plus(CLOSING);
            try {
                gateway.drain().then(gateway.close()).block(patience);
                LOG.info("stopped");
            } catch (RuntimeException failure) {
                LOG.warn("stopped before everything was closed", failure);
            }
            // A stop that was asked for and done is no failure; without this the JVM reports the signal.
            Runtime.getRuntime().halt(0);
        }

        private static void checkReach(ServerConfig server) {
            boolean loopback;
            try {
                loopback = InetAddress.getByName(server.host()).isLoopbackAddress();
            } catch (UnknownHostException e) {
                throw new ConfigException("PARLEY_HOST is " + server.host() + ", which is no address of this machine");
            }
            if (!loopback && !server.allowOpen()) {
                throw new ConfigException("there are no credentials, so " + server.host()
                        + " is not listened on: use a loopback address, or say --allow-open");
            }
        }

        private static RuntimeException cannotListen(ServerConfig server, RuntimeException failure) {
            Throwable cause = failure;
            for (Throwable at = failure; at != null; at = at.getCause()) {
                if (at instanceof IOException) {
                    cause = at;
                }
            }
            if (cause instanceof IOException) {
                return new ConfigException("cannot listen on " + server.host() + ":" + server.port() + ": "
                        + cause.getMessage() + "; choose another --port, or 0 for any free one");
            }
            return failure;
        }

        private static String address(ServerConfig server, int port) {
            String host = server.host();
            return "http://" + (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    @Command(name = "check-config", description = "Check the settings and end.", mixinStandardHelpOptions = true)
    static final class CheckConfig implements Callable<Integer> {
        private final PrintStream out;
        private final Map<String, String> environment;

        @Mixin
        private final Flags flags = new Flags();

        CheckConfig(PrintStream out, Map<String, String> environment) {
            this.out = out;
            this.environment = environment;
        }

        @Override
        public Integer call() {
            flags.load(environment);
            out.println("the settings are fine");
            return 0;
        }
    }
}
