package dev.parley.loadtest;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the server under load is found or started; shared by all scenarios. */
final class ServerOptions {
    @Option(
            names = "--url",
            description = "A gateway that runs already (loopback only). Default: one is started for the run.")
    private @Nullable String url;

    @Option(names = "--pid", description = "Its process, for CPU and memory figures when --url is given.")
    private long pid;

    @Option(names = "--gateway-jar", description = "The gateway's runnable jar.")
    private @Nullable Path jar;

    @Option(
            names = "--gateway-class-path",
            description = "The gateway's classes, where there is no jar of them; wins over --gateway-jar.")
    private @Nullable String classPath;

    @Option(names = "--java", description = "The JVM that runs the servers. Default: the one that runs this.")
    private Path java = Path.of(System.getProperty("java.home"), "bin", "java");

    @Option(names = "--jvm", description = "A flag for the servers' JVM, such as -Xmx2g; may be repeated.")
    private List<String> jvmFlags = new ArrayList<>();

    @Option(names = "--env", description = "A setting for the gateway, NAME=VALUE; may be repeated.")
    private Map<String, String> environment = new LinkedHashMap<>();

    /** The URL of a running gateway, or null. */
    @Nullable String url() {
        return url;
    }

    /** The process that belongs to {@link #url()}, or 0. */
    long pid() {
        return pid;
    }

    /** Settings given by the caller; they win over those of the scenario. */
    Map<String, String> environment() {
        return environment;
    }

    /** The JVM with its flags. */
    List<String> javaCommand() {
        List<String> command = new ArrayList<>();
        command.add(java.toString());
        command.addAll(jvmFlags);
        return command;
    }

    /** The flags alone, for the report. */
    List<String> jvmFlags() {
        return jvmFlags;
    }

    /** The arguments that make a JVM run the gateway: its classes, and what it is to do up to the options. */
    List<String> gatewayCommand() {
        List<String> command = javaCommand();
        Path shipped = classPath == null ? shippedFlags(gatewayJar()) : null;
        if (shipped != null) {
            // Right behind the JVM, so that flags of this run come after them and win.
            command.add(1, "@" + shipped);
        }
        if (classPath != null) {
            command.addAll(List.of("-cp", classPath, "dev.parley.gateway.GatewayMain", "serve"));
        } else {
            command.addAll(List.of("-jar", gatewayJar().toString(), "serve"));
        }
        return command;
    }

    /**
     * The gateway's jar: the one that was named, else the one that the build put beside this program.
     *
     * @throws LoadException when there is none
     */
    private Path gatewayJar() {
        List<Path> candidates = new ArrayList<>();
        if (jar != null) {
            candidates.add(jar);
        } else {
            Path built = Path.of("gateway", "target", "parley-gateway.jar");
            candidates.add(built);
            Path self = Path.of(System.getProperty("java.class.path").split(File.pathSeparator, -1)[0])
                    .toAbsolutePath();
            for (Path up = self.getParent(); up != null; up = up.getParent()) {
                candidates.add(up.resolve(built));
            }
        }
        return candidates.stream()
                .filter(Files::isRegularFile)
                .findFirst()
                .orElseThrow(() ->
                        new LoadException("no gateway jar; build it with 'mvn package' or name it with --gateway-jar: "
                                + candidates.get(0)));
    }

    /** The flags that a built gateway is started with by default, in the file beside its build; null when there is none. */
    private static @Nullable Path shippedFlags(Path jar) {
        Path build = jar.toAbsolutePath().getParent();
        Path module = build == null ? null : build.getParent();
        Path flags = module == null ? null : module.resolve("jvm.options");
        return flags != null && Files.isRegularFile(flags) ? flags : null;
    }
}
