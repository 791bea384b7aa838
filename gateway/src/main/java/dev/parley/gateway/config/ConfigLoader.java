package dev.parley.gateway.config;

import dev.parley.gateway.config.GatewayConfig.AgentDefaults;
import dev.parley.gateway.config.GatewayConfig.ConnectionConfig;
import dev.parley.gateway.config.GatewayConfig.EventsConfig;
import dev.parley.gateway.config.GatewayConfig.LimitsConfig;
import dev.parley.gateway.config.GatewayConfig.RoutingConfig;
import dev.parley.gateway.config.GatewayConfig.ServerConfig;
import dev.parley.gateway.config.GatewayConfig.SessionConfig;
import dev.parley.gateway.config.GatewayConfig.StoreConfig;
import dev.parley.gateway.config.GatewayConfig.WebhookConfig;
import dev.parley.protocol.Form;
import dev.parley.protocol.envelope.Envelope.Strategy;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fills the settings: defaults, then the file, then the environment, then flags; the later wins. The file is a
 * {@link Properties} file with the names of the environment variables. An unknown name in it is an error; in the
 * environment, which is not ours alone, it is ignored. A value that is blank counts as not given.
 */
public final class ConfigLoader {
    private static final String COMMAND_LINE = "the command line";
    private static final Pattern AGENT_SETTING = Pattern.compile(
            "AGENT_(.+)_SESSION_(TIMEOUT_MINUTES|AUTO_RENEW|MAX_DURATION_MINUTES|WARNING_THRESHOLD_MINUTES)");

    private static final Pattern WEBHOOK_SETTING =
            Pattern.compile("WEBHOOK_([A-Z0-9_]{1,60})_(URL|SECRET|EVENTS|WORKSPACE)");

    private final Map<String, Value> values = new TreeMap<>();

    private ConfigLoader() {}

    /**
     * Loads and checks.
     *
     * @param file configuration file; null for none
     * @param environment as of {@link System#getenv()}
     * @param flags values given on the command line, by name of the setting
     * @throws ConfigException naming the setting, its value and what is allowed
     */
    public static GatewayConfig load(@Nullable Path file, Map<String, String> environment, Map<String, String> flags) {
        ConfigLoader loader = new ConfigLoader();
        if (file != null) {
            loader.addFile(file);
        }
        environment.forEach((name, text) -> {
            if (isKnown(name)) {
                loader.add(name, text, "the environment");
            }
        });
        flags.forEach((name, text) -> loader.add(name, text, COMMAND_LINE));
        return loader.build();
    }

    private void addFile(Path file) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("cannot read the configuration file " + file + ": " + e.getMessage());
        }
        for (String name : properties.stringPropertyNames()) {
            if (!isKnown(name)) {
                throw new ConfigException(
                        "there is no setting " + name + " (in " + file + "); did you mean " + nearest(name) + "?");
            }
            add(name, properties.getProperty(name), file.toString());
        }
    }

    private void add(String name, String text, String source) {
        if (!text.isBlank()) {
            values.put(name, new Value(text.strip(), source));
        }
    }

    private GatewayConfig build() {
        return new GatewayConfig(server(), session(), connection(), limits(), store(), events(), routing());
    }

    private EventsConfig events() {
        boolean allowPrivate = get(Settings.WEBHOOK_PRIVATE);
        return new EventsConfig(get(Settings.STREAM_LENGTH), allowPrivate, webhooks(allowPrivate));
    }

    private RoutingConfig routing() {
        return new RoutingConfig(Strategy.valueOf(get(Settings.ROUTING_STRATEGY).toUpperCase(Locale.ROOT)));
    }

    private StoreConfig store() {
        String place = get(Settings.STORE);
        int replicas = get(Settings.STORE_WAIT_REPLICAS);
        require(
                replicas == 0 || !place.equals(StoreConfig.DEFAULT.place()),
                Settings.STORE_WAIT_REPLICAS,
                "0 where sessions are kept in memory (PARLEY_STORE), which has no replicas");
        return new StoreConfig(place, millis(Settings.STORE_TIMEOUT), millis(Settings.STORE_LOST), replicas);
    }

    private ServerConfig server() {
        return new ServerConfig(
                get(Settings.HOST),
                get(Settings.PORT),
                get(Settings.ALLOW_OPEN),
                get(Settings.TRANSPORT),
                get(Settings.EVENT_LOOPS),
                get(Settings.CORS_ORIGINS),
                millis(Settings.DRAIN_SECONDS),
                get(Settings.NODE_NAME));
    }

    private SessionConfig session() {
        double min = get(Settings.MIN_TIMEOUT);
        double max = get(Settings.MAX_TIMEOUT);
        double preset = get(Settings.DEFAULT_TIMEOUT);
        double longest = get(Settings.MAX_DURATION);
        require(max >= min, Settings.MAX_TIMEOUT, Setting.plain(min) + " (SESSION_MIN_TIMEOUT_MINUTES) or more");
        require(
                preset >= min && preset <= max,
                Settings.DEFAULT_TIMEOUT,
                Setting.plain(min) + " to " + Setting.plain(max)
                        + " (SESSION_MIN_TIMEOUT_MINUTES to SESSION_MAX_TIMEOUT_MINUTES)");
        require(longest >= min, Settings.MAX_DURATION, Setting.plain(min) + " (SESSION_MIN_TIMEOUT_MINUTES) or more");
        return new SessionConfig(
                preset,
                min,
                max,
                longest,
                get(Settings.WARNING_THRESHOLD),
                get(Settings.WARNING_LADDER),
                get(Settings.ENDED_RETENTION),
                get(Settings.MAX_TURNS),
                get(Settings.HISTORY_LIMIT),
                get(Settings.MAX_PARTICIPANTS),
                get(Settings.MAX_CONTENT),
                get(Settings.OPEN_AGENTS),
                get(Settings.SESSION_BYPASS),
                millis(Settings.AGENT_REPLY_TIMEOUT),
                agentDefaults());
    }

    private ConnectionConfig connection() {
        return new ConnectionConfig(
                millis(Settings.CONNECT_TIMEOUT),
                millis(Settings.HEARTBEAT),
                millis(Settings.SILENCE_GRACE),
                get(Settings.MAX_FRAME),
                get(Settings.OUTBOUND_QUEUE),
                millis(Settings.SLOW_CONSUMER),
                get(Settings.BAD_FRAMES),
                get(Settings.IN_FLIGHT),
                get(Settings.SUBSCRIPTIONS),
                millis(Settings.CLOSE_GRACE));
    }

    private LimitsConfig limits() {
        return new LimitsConfig(
                get(Settings.READS),
                get(Settings.MESSAGES),
                get(Settings.WRITES),
                get(Settings.HEAVY),
                get(Settings.MAX_BODY),
                get(Settings.MAX_METADATA),
                get(Settings.MAX_CONTEXT));
    }

    private Map<String, AgentDefaults> agentDefaults() {
        Map<String, AgentDefaults> agents = new HashMap<>();
        values.forEach((name, value) -> {
            Matcher matcher = AGENT_SETTING.matcher(name);
            if (matcher.matches()) {
                agents.merge(
                        matcher.group(1), agentSetting(name, matcher.group(2), value.text()), ConfigLoader::merged);
            }
        });
        return Map.copyOf(agents);
    }

    private static boolean isKnown(String name) {
        return Settings.byName(name) != null
                || AGENT_SETTING.matcher(name).matches()
                || WEBHOOK_SETTING.matcher(name).matches();
    }

    private List<WebhookConfig> webhooks(boolean allowPrivate) {
        Set<String> names = new TreeSet<>();
        for (String setting : values.keySet()) {
            Matcher matcher = WEBHOOK_SETTING.matcher(setting);
            if (matcher.matches()) {
                names.add(matcher.group(1));
            }
        }
        List<WebhookConfig> webhooks = new ArrayList<>();
        for (String name : names) {
            webhooks.add(webhook("WEBHOOK_" + name + "_", name, allowPrivate));
        }
        return List.copyOf(webhooks);
    }

    private WebhookConfig webhook(String prefix, String name, boolean allowPrivate) {
        String url = needed(prefix + "URL", "an http or https URL");
        String wrongUrl = WebhookRules.wrongUrl(url, allowPrivate);
        if (wrongUrl != null) {
            throw problem(prefix + "URL", wrongUrl);
        }
        List<String> secrets = parts(needed(prefix + "SECRET", "whsec_ and 24 to 64 bytes as base64"));
        for (String secret : secrets) {
            String wrong = WebhookRules.wrongSecret(secret);
            if (wrong != null) {
                // The value is not shown: it may be a secret but for a slip.
                throw new ConfigException(prefix + "SECRET cannot be used; allowed: " + wrong
                        + "; or two of these with a comma between, the newer first");
            }
        }
        Value given = values.get(prefix + "EVENTS");
        List<String> events = given == null ? WebhookRules.events() : parts(given.text());
        String wrongEvents = WebhookRules.wrongEvents(events);
        if (wrongEvents != null) {
            throw problem(prefix + "EVENTS", wrongEvents + ", with commas between");
        }
        Value workspace = values.get(prefix + "WORKSPACE");
        if (workspace != null && !Form.Kind.ID.accepts(workspace.text())) {
            throw problem(prefix + "WORKSPACE", Form.Kind.ID.expected());
        }
        return new WebhookConfig(
                "config-" + name.toLowerCase(Locale.ROOT),
                workspace == null ? "default" : workspace.text(),
                url,
                events,
                secrets);
    }

    private String needed(String name, String allowed) {
        Value given = values.get(name);
        if (given == null) {
            throw new ConfigException(name + " is not given, and a webhook needs it; allowed: " + allowed);
        }
        return given.text();
    }

    private static List<String> parts(String text) {
        return Stream.of(text.split(",", -1)).map(String::strip).distinct().toList();
    }

    private AgentDefaults agentSetting(String name, String what, String text) {
        if (what.equals("AUTO_RENEW")) {
            return new AgentDefaults(null, text.equalsIgnoreCase("true"), null, null);
        }
        Double minutes = Setting.number(text);
        if (minutes == null || minutes <= 0) {
            throw problem(name, "a number, more than 0");
        }
        return switch (what) {
            case "TIMEOUT_MINUTES" -> new AgentDefaults(minutes, null, null, null);
            case "MAX_DURATION_MINUTES" -> new AgentDefaults(null, null, minutes, null);
            default -> new AgentDefaults(null, null, null, minutes);
        };
    }

    private static AgentDefaults merged(AgentDefaults a, AgentDefaults b) {
        return new AgentDefaults(
                a.timeoutMinutes() != null ? a.timeoutMinutes() : b.timeoutMinutes(),
                a.autoRenew() != null ? a.autoRenew() : b.autoRenew(),
                a.maxDurationMinutes() != null ? a.maxDurationMinutes() : b.maxDurationMinutes(),
                a.warningThresholdMinutes() != null ? a.warningThresholdMinutes() : b.warningThresholdMinutes());
    }

    private <T> T get(Setting<T> setting) {
        Value given = values.get(setting.name());
        T value = setting.parser().parse(given == null ? setting.defaultText() : given.text());
        if (value == null) {
            throw problem(setting.name(), setting.range());
        }
        return value;
    }

    private long millis(Setting<Double> seconds) {
        return Math.round(get(seconds) * 1000);
    }

    private void require(boolean holds, Setting<?> setting, String allowed) {
        if (!holds) {
            throw problem(setting.name(), allowed);
        }
    }

    private ConfigException problem(String name, String allowed) {
        Value given = values.get(name);
        Setting<?> setting = Settings.byName(name);
        String what = given != null
                ? given.text() + " (from " + given.source() + ")"
                : (setting == null ? "" : setting.defaultText()) + " (the default)";
        String flag = setting == null ? null : setting.flag();
        String called = flag != null && given != null && given.source().equals(COMMAND_LINE) ? flag : name;
        // What stands before an @ may be a password.
        return new ConfigException(called + " is " + what.replaceAll("//.*@", "//***@") + "; allowed: " + allowed);
    }

    private static String nearest(String name) {
        String best = "";
        int bestDistance = Integer.MAX_VALUE;
        List<String> names = Settings.all().stream().map(Setting::name).toList();
        for (String candidate : names) {
            int distance = distance(name, candidate);
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best;
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private record Value(String text, String source) {}
}
