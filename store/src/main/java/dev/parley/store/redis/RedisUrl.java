package dev.parley.store.redis;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis store is and how it is reached, as one address:
 *
 * <pre>
 * redis://[user:password@]host[:6379]                          one server
 * rediss://[user:password@]host[:6379]                         one server, by TLS
 * redis-sentinel://[user:password@]host[:26379],host,.../NAME  the master that Sentinels know as NAME
 * redis-cluster://[user:password@]host[:6379],host,...         a cluster; some of its nodes
 * </pre>
 *
 * A password alone is written {@code :password@}. What is not a letter, a digit or one of {@code -._~} in names and passwords
 * is written as {@code %} and two hexadecimal digits. Options follow a {@code ?}, as {@code name=value} with {@code &}
 * between: {@code prefix}, {@code tls}, {@code tlsCa}, {@code tlsVerify}, {@code connectTimeoutMillis}, {@code
 * startTimeoutMillis}, {@code commandTimeoutMillis}, {@code waitMillis}, {@code sentinelUser}, {@code sentinelPassword}.
 * Immutable; its text shows no password.
 *
 * @param kind what listens there
 * @param hosts at least one
 * @param masterName what the Sentinels call the master; empty for other kinds
 * @param login of the servers
 * @param sentinelLogin of the Sentinels
 * @param tls whether connections are encrypted, those to Sentinels too
 * @param tlsCa a PEM file with the certificates to trust; null for those of the JVM
 * @param tlsVerify how the server's certificate is looked at
 * @param prefix what every key begins with
 * @param connectTimeout until an attempt to connect is given up
 * @param startTimeout how long a start goes on trying
 * @param commandTimeout until a call fails
 * @param waitReplicas how many replicas have to have a change before it is answered; 0 for none
 * @param waitLimit how long they are waited for
 */
record RedisUrl(
        Kind kind,
        List<ServerAddress> hosts,
        String masterName,
        Login login,
        Login sentinelLogin,
        boolean tls,
        @Nullable Path tlsCa,
        TlsVerify tlsVerify,
        String prefix,
        Duration connectTimeout,
        Duration startTimeout,
        Duration commandTimeout,
        int waitReplicas,
        Duration waitLimit) {
    private static final Set<String> OPTIONS = new TreeSet<>(List.of(
            "prefix",
            "tls",
            "tlsCa",
            "tlsVerify",
            "connectTimeoutMillis",
            "startTimeoutMillis",
            "commandTimeoutMillis",
            "waitMillis",
            "sentinelUser",
            "sentinelPassword"));

    /** What listens at an address. */
    enum Kind {
        STANDALONE("redis", 6379),
        SENTINEL("redis-sentinel", 26_379),
        CLUSTER("redis-cluster", 6379);

        private final String scheme;
        private final int defaultPort;

        Kind(String scheme, int defaultPort) {
            this.scheme = scheme;
            this.defaultPort = defaultPort;
        }
    }

    /** How the certificate of a server is looked at: its chain and its name, its chain alone, not at all. */
    enum TlsVerify {
        FULL,
        CA,
        NONE
    }

    /**
     * Who logs in.
     *
     * @param user null for the default user
     * @param password null for none
     */
    record Login(@Nullable String user, @Nullable String password) {
        static final Login NONE = new Login(null, null);

        @Override
        public String toString() {
            return password == null ? "" : (user == null ? "" : user) + ":***@";
        }
    }

    /** Whether an address is one of a Redis store. */
    static boolean isRedis(String text) {
        return text.startsWith("redis://")
                || text.startsWith("rediss://")
                || text.startsWith("redis-sentinel://")
                || text.startsWith("redis-cluster://");
    }

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException when it is none; the message says what is wrong, and shows no password
     */
    static RedisUrl parse(String text) {
        int schemeEnd = text.indexOf("://");
        String scheme = schemeEnd < 0 ? "" : text.substring(0, schemeEnd);
        boolean secure = scheme.equals("rediss");
        Kind kind = kind(secure ? "redis" : scheme);
        String rest = text.substring(schemeEnd + 3);
        int query = rest.indexOf('?');
        Options options = new Options(query < 0 ? "" : rest.substring(query + 1));
        String place = query < 0 ? rest : rest.substring(0, query);
        int at = place.lastIndexOf('@');
        Login login = at < 0 ? Login.NONE : login(place.substring(0, at));
        String where = place.substring(at + 1);
        int slash = where.indexOf('/');
        String path = slash < 0 ? "" : decode(where.substring(slash + 1));
        return new RedisUrl(
                kind,
                hosts(slash < 0 ? where : where.substring(0, slash), kind),
                masterName(kind, path),
                login,
                options.sentinelLogin(),
                secure || options.flag("tls"),
                options.file("tlsCa"),
                options.verify(),
                options.prefix(),
                options.millis("connectTimeoutMillis", 5000),
                options.millis("startTimeoutMillis", 25_000),
                options.millis("commandTimeoutMillis", 2000),
                0,
                options.millis("waitMillis", 500));
    }

    /**
     * The same, but with replicas to wait for.
     *
     * @throws IllegalArgumentException when they would be waited for longer than a command may take
     */
    RedisUrl waitingFor(int replicas) {
        if (replicas > 0 && waitLimit.compareTo(commandTimeout) >= 0) {
            throw new IllegalArgumentException("waitMillis must be less than commandTimeoutMillis where replicas are"
                    + " waited for (STORE_WAIT_REPLICAS), or each wait for one that is away breaks its connection");
        }
        return new RedisUrl(
                kind,
                hosts,
                masterName,
                login,
                sentinelLogin,
                tls,
                tlsCa,
                tlsVerify,
                prefix,
                connectTimeout,
                startTimeout,
                commandTimeout,
                replicas,
                waitLimit);
    }

    /** The address without any password. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(kind == Kind.STANDALONE && tls ? "rediss" : kind.scheme).append("://");
        text.append(login);
        for (int i = 0; i < hosts.size(); i++) {
            text.append(i == 0 ? "" : ",").append(hosts.get(i));
        }
        return text.append(masterName.isEmpty() ? "" : "/" + masterName).toString();
    }

    private static Kind kind(String scheme) {
        for (Kind kind : Kind.values()) {
            if (kind.scheme.equals(scheme)) {
                return kind;
            }
        }
        throw new IllegalArgumentException(
                "a Redis store begins with redis://, rediss://, redis-sentinel:// or" + " redis-cluster://");
    }

    private static Login login(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("before the @ stands user:password, or :password");
        }
        String user = decode(text.substring(0, colon));
        return new Login(user.isEmpty() ? null : user, decode(text.substring(colon + 1)));
    }

    private static List<ServerAddress> hosts(String text, Kind kind) {
        List<ServerAddress> hosts = new ArrayList<>();
        for (String host : text.split(",", -1)) {
            ServerAddress address = ServerAddress.parse(host, kind.defaultPort);
            if (address == null) {
                throw new IllegalArgumentException("\"" + host + "\" is no host or host:port");
            }
            hosts.add(address);
        }
        if (kind == Kind.STANDALONE && hosts.size() > 1) {
            throw new IllegalArgumentException(
                    "several hosts are a cluster (redis-cluster://) or Sentinels (redis-sentinel://), not redis://");
        }
        return List.copyOf(hosts);
    }

    private static String masterName(Kind kind, String path) {
        if (kind == Kind.SENTINEL && path.isEmpty()) {
            throw new IllegalArgumentException(
                    "the name that the Sentinels know the master by is missing: redis-sentinel://host,host/NAME");
        }
        if (kind != Kind.SENTINEL && !path.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is nothing after the host but options: gateways that share a server without sharing sessions"
                            + " take different ?prefix=");
        }
        return path;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** The part after the question mark. */
    private static final class Options {
        private final List<String[]> pairs = new ArrayList<>();

        Options(String query) {
            for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                if (equals < 0 || !OPTIONS.contains(name)) {
                    throw new IllegalArgumentException(
                            "\"" + name + "\" is no option of a Redis store: " + String.join(", ", OPTIONS));
                }
                pairs.add(new String[] {name, decode(pair.substring(equals + 1))});
            }
        }

        @Nullable String get(String name) {
            String value = null;
            for (String[] pair : pairs) {
                value = pair[0].equals(name) ? pair[1] : value;
            }
            return value;
        }

        boolean flag(String name) {
            String value = get(name);
            if (value != null && !value.equals("true") && !value.equals("false")) {
                throw new IllegalArgumentException(name + " is true or false, not \"" + value + "\"");
            }
            return "true".equals(value);
        }

        @Nullable Path file(String name) {
            String value = get(name);
            return value == null ? null : Path.of(value);
        }

        TlsVerify verify() {
            String value = get("tlsVerify");
            for (TlsVerify verify : TlsVerify.values()) {
                if (value == null || verify.name().equalsIgnoreCase(value)) {
                    return verify;
                }
            }
            throw new IllegalArgumentException("tlsVerify is full, ca or none, not \"" + value + "\"");
        }

        String prefix() {
            String value = get("prefix");
            if (value == null) {
                return "parley";
            }
            if (!value.matches("[A-Za-z0-9._-]{1,32}")) {
                throw new IllegalArgumentException("prefix is 1 to 32 letters, digits, dots, dashes or underscores");
            }
            return value;
        }

        Duration millis(String name, int otherwise) {
            String value = get(name);
            try {
                int millis = value == null ? otherwise : Integer.parseInt(value);
                if (millis >= 10 && millis <= 60_000) {
                    return Duration.ofMillis(millis);
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw new IllegalArgumentException(name + " is a number from 10 to 60000, not \"" + value + "\"");
        }

        Login sentinelLogin() {
            String password = get("sentinelPassword");
            return password == null ? Login.NONE : new Login(get("sentinelUser"), password);
        }
    }
}
