package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Paths and what answers them. Literal segments match whatever their case, and win over parameters, so that a session whose
 * id is the name of a fixed path does not hide it. Filled at assembly, then only read.
 */
final class Routes {
    private final List<Route> routes = new ArrayList<>();

    /**
     * Adds an endpoint; once for each method and path.
     *
     * @param path template; a segment that starts with a colon is a parameter, one that is an asterisk takes all that is left
     *     under the name {@code *}
     */
    Routes add(String method, String path, Endpoint endpoint) {
        String[] pattern = path.equals("/") ? new String[0] : path.substring(1).split("/");
        Route route = routes.stream()
                .filter(known -> known.path.equals(path))
                .findFirst()
                .orElseGet(() -> {
                    Route added = new Route(path, pattern);
                    routes.add(added);
                    routes.sort(Comparator.comparing(Route::order));
                    return added;
                });
        if (route.endpoints.putIfAbsent(method, endpoint) != null) {
            throw new IllegalStateException(method + " " + path + " has two endpoints");
        }
        return this;
    }

    /** The path that matches; null when there is none. */
    @Nullable Match find(List<String> path) {
        for (Route route : routes) {
            Map<String, String> parameters = route.match(path);
            if (parameters != null) {
                return new Match(route, parameters);
            }
        }
        return null;
    }

    /** Every method and path template, as {@code GET /health}. */
    List<String> all() {
        List<String> all = new ArrayList<>();
        for (Route route : routes) {
            route.endpoints.keySet().forEach(method -> all.add(method + " " + route.path));
        }
        return all;
    }

    /** A path that matched, and the parameters in it. */
    record Match(Route route, Map<String, String> parameters) {
        /** What answers a method. */
        Endpoint endpoint(String method) {
            Endpoint endpoint = route.endpoints.get(method.equals("HEAD") ? "GET" : method);
            if (endpoint == null) {
                throw ProtocolException.of(
                                ErrorCode.METHOD_NOT_ALLOWED,
                                "This path does not know the method; use one that allowed names.")
                        .with("method", method)
                        .with("allowed", allowed());
            }
            return endpoint;
        }

        /** The methods that the path knows, in alphabetical order. */
        List<String> allowed() {
            List<String> methods = new ArrayList<>(route.endpoints.keySet());
            if (methods.contains("GET")) {
                methods.add("HEAD");
            }
            methods.add("OPTIONS");
            methods.sort(Comparator.naturalOrder());
            return methods;
        }
    }

    private static final class Route {
        private final String path;
        private final String[] pattern;
        private final Map<String, Endpoint> endpoints = new TreeMap<>();

        Route(String path, String[] pattern) {
            this.path = path;
            this.pattern = pattern;
        }

        /** Literals before parameters, parameters before the rest. */
        String order() {
            StringBuilder order = new StringBuilder();
            for (String segment : pattern) {
                order.append(segment.equals("*") ? '2' : segment.startsWith(":") ? '1' : '0');
            }
            return order.toString();
        }

        @Nullable Map<String, String> match(List<String> path) {
            boolean open = pattern.length > 0 && pattern[pattern.length - 1].equals("*");
            if (open ? path.size() < pattern.length : path.size() != pattern.length) {
                return null;
            }
            Map<String, String> parameters = new HashMap<>(4);
            for (int i = 0; i < pattern.length; i++) {
                String segment = path.get(i);
                if (pattern[i].startsWith(":")) {
                    parameters.put(pattern[i].substring(1), segment);
                } else if (pattern[i].equals("*")) {
                    parameters.put("*", String.join("/", path.subList(i, path.size())));
                } else if (!pattern[i].equalsIgnoreCase(segment)) {
                    return null;
                }
            }
            return parameters;
        }
    }
}
