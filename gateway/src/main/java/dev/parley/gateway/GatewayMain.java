package dev.parley.gateway;

import dev.parley.gateway.config.ConfigException;
import dev.parley.gateway.config.ConfigLoader;
import dev.parley.gateway.config.GatewayConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command line of the gateway. What a person did wrong is one line on standard error and exit code 2. */
@Command(
        name = "parley-gateway",
        description = "A WebSocket session gateway for people and AI agents.",
        mixinStandardHelpOptions = true,
        subcommands = {GatewayMain.Serve.class, GatewayMain.CheckConfig.class})
public final class GatewayMain implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayMain.class);
    private static final int USAGE = 2;

    @Spec
    private CommandSpec spec;

    /** Runs a command; exits with 0, or with 2 when the command line, a setting or the address is wrong. */
    public static void main(String[] args) {
        int status = commandLine(System.err).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** The command line, telling errors to a stream. */
    static CommandLine commandLine(PrintStream errors) {
        return new CommandLine(new GatewayMain())
                .setParameterExceptionHandler((problem, args) -> {
                    errors.println("parley-gateway: " + problem.getMessage() + " (see --help)");
                    return USAGE;
                })
                .setExecutionExceptionHandler((failure, line, result) -> {
                    if (failure instanceof ConfigException wrong) {
                        errors.println("parley-gateway: " + wrong.line());
                        return USAGE;
                    }
                    throw failure;
                });
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: serve or check-config");
    }

    /** Flags that stand for settings. */
    static final class Flags {
        @Option(names = "--config", paramLabel = "FILE", description = "Settings, one NAME=value a line.")
        private @Nullable Path config;

        @Option(names = "--host", paramLabel = "H", description = "Address to listen on (PARLEY_HOST, 127.0.0.1).")
        private @Nullable String host;

        @Option(names = "--port", paramLabel = "N", description = "Port; 0 takes any free one (PARLEY_PORT, 8080).")
        private @Nullable String port;

        @Option(names = "--store", paramLabel = "S", description = "Where sessions are held: memory (PARLEY_STORE).")
        private @Nullable String store;

        @Option(names = "--transport", paramLabel = "T", description = "auto, epoll or nio (PARLEY_TRANSPORT).")
        private @Nullable String transport;

        @Option(
                names = "--allow-open",
                description = "Listen on an address that others reach, although nobody has to prove who they are.")
        private boolean allowOpen;

        GatewayConfig load() {
            Map<String, String> given = new HashMap<>();
            put(given, "PARLEY_HOST", host);
            put(given, "PARLEY_PORT", port);
            put(given, "PARLEY_STORE", store);
            put(given, "PARLEY_TRANSPORT", transport);
            if (allowOpen) {
                given.put("PARLEY_ALLOW_OPEN", "true");
            }
            return ConfigLoader.load(config, System.getenv(), given);
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

    @Command(name = "serve", description = "Starts the gateway.", mixinStandardHelpOptions = true)
    static final class Serve implements Runnable {
        private static final Duration START_WAIT = Duration.ofSeconds(30);
        private static final Duration DRAIN_SLACK = Duration.ofSeconds(10);

        @CommandLine.Mixin
        private Flags flags = new Flags();

        @Override
        public void run() {
            GatewayConfig config = flags.load();
            ServerConfig server = config.server();
            if (!isLoopback(server.host())) {
                if (!server.allowOpen()) {
                    throw new ConfigException("PARLEY_HOST is " + server.host()
                            + ", which others reach, and nobody has to prove who they are: "
                            + "listen on 127.0.0.1, or say --allow-open");
                }
            }
            LOG.info("open mode: whoever reaches {} is taken at their word; for development", server.host());
            Gateway gateway = Gateway.embedded(config);
            try {
                gateway.start().block(START_WAIT);
            } catch (RuntimeException failure) {
                gateway.close().onErrorComplete().block(START_WAIT);
                throw asConfigProblem(failure, server);
            }
            CountDownLatch ended = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(gateway, ended), "parley-stop"));
            System.out.println("listening on http://" + forUrl(server.host()) + ":" + gateway.port());
            System.out.flush();
            await(ended);
        }

        private static void stop(Gateway gateway, CountDownLatch ended) {
            Duration limit =
                    Duration.ofMillis(gateway.config().server().drainMillis()).plus(DRAIN_SLACK);
            try {
                gateway.drain().then(gateway.close()).block(limit);
                LOG.info("stopped");
            } catch (RuntimeException failure) {
                LOG.warn("stopped before all was closed cause={}", failure.toString());
            } finally {
                ended.countDown();
            }
        }

        private static void await(CountDownLatch ended) {
            try {
                ended.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private static RuntimeException asConfigProblem(RuntimeException failure, ServerConfig server) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    return new ConfigException("cannot listen on " + server.host() + ":" + server.port() + ": "
                            + cause.getMessage() + "; choose another --port, or 0 for any free one");
                }
                if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                    return new ConfigException(
                            "PARLEY_HOST is " + server.host() + ", which is no address of this machine");
                }
            }
            return failure;
        }

        private static boolean isLoopback(String host) {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException unknown) {
                throw new ConfigException("PARLEY_HOST is " + host + ", which is no address of this machine");
            }
        }

        private static String forUrl(String host) {
            return host.contains(":") ? "[" + host + "]" : host;
        }
    }

    @Command(
            name = "check-config",
            description = "Checks the settings and says whether they are right.",
            mixinStandardHelpOptions = true)
    static final class CheckConfig implements Runnable {
        @CommandLine.Mixin
        private Flags flags = new Flags();

        @Override
        public void run() {
            flags.load();
            System.out.println("the settings are right");
        }
    }
}
