package dev.parley.store.redis;

import org.jspecify.annotations.Nullable;

/**
 * Where a server listens.
 *
 * @param host a name or an IP address, IPv6 without brackets
 * @param port 1..65535
 */
record ServerAddress(String host, int port) {
    /**
     * Reads {@code host:port} or {@code [v6]:port}.
     *
     * @param defaultPort taken where none is given; 0 demands one
     * @return null when it is neither
     */
    static @Nullable ServerAddress parse(String text, int defaultPort) {
        int colon = text.lastIndexOf(':');
        boolean bracketed = text.startsWith("[");
        boolean hasPort = colon > text.lastIndexOf(']') && (bracketed || colon >= 0);
        String host = hasPort ? text.substring(0, colon) : text;
        if (bracketed && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = hasPort ? port(text.substring(colon + 1)) : defaultPort;
        return host.isEmpty() || port < 1 || port > 65_535 ? null : new ServerAddress(host, port);
    }

    private static int port(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
