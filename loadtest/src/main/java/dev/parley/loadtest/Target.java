package dev.parley.loadtest;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * A server to drive.
 *
 * @param name what reports call it
 * @param address where it listens; a loopback address
 * @param path the WebSocket's path
 * @param pid its process, or 0 when it is not known (then it has no CPU and memory figures)
 * @param relay whether it is the bare relay rather than a gateway
 */
record Target(String name, InetSocketAddress address, String path, long pid, boolean relay) {
    /**
     * A server named by a URL such as {@code http://127.0.0.1:8080}.
     *
     * @throws LoadException when the host is not a loopback address: a load generator must not be pointed at others
     */
    static Target of(String name, String url, long pid, boolean relay) {
        URI uri;
        InetAddress host;
        try {
            uri = URI.create(url);
            host = InetAddress.getByName(uri.getHost());
        } catch (IllegalArgumentException | UnknownHostException e) {
            throw new LoadException("not a URL of a server: " + url, e);
        }
        if (!host.isLoopbackAddress()) {
            throw new LoadException("refusing to load " + host.getHostAddress()
                    + ": only a server on a loopback address of this machine may be loaded");
        }
        if (uri.getPort() < 0) {
            throw new LoadException("the URL needs a port: " + url);
        }
        return new Target(name, new InetSocketAddress(host, uri.getPort()), "/ws", pid, relay);
    }

    /** {@code host:port}. */
    String authority() {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** The URL that HTTP requests start with. */
    String http() {
        return "http://" + authority();
    }
}
