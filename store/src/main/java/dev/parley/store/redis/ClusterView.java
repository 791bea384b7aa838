package dev.parley.store.redis;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which master serves which slot, as several nodes of a cluster tell it: where they differ, the claim with the highest
 * configuration epoch counts, as among themselves. Not safe for use by several threads.
 */
final class ClusterView {
    private final @Nullable ServerAddress[] owners = new @Nullable ServerAddress[Topology.SLOTS];
    private final long[] epochs = new long[Topology.SLOTS];

    /**
     * Adds what one node said.
     *
     * @param nodes its answer to {@code CLUSTER NODES}
     * @param asked its address, which it may not know itself
     * @param byName whether names are to be preferred to addresses, as certificates are made out to names
     */
    void add(String nodes, ServerAddress asked, boolean byName) {
        nodes.lines().forEach(line -> {
            String[] fields = line.split(" ", -1);
            if (fields.length > 8 && fields[2].contains("master")) {
                ServerAddress address = address(fields[1], asked, byName);
                // Nothing is earlier than what nobody has claimed.
                long epoch = Long.parseLong(fields[6]) + 1;
                for (int i = 8; i < fields.length; i++) {
                    claim(fields[i], epoch, address);
                }
            }
        });
    }

    /** The owner of a slot; null when nobody claims it. */
    @Nullable ServerAddress owner(int slot) {
        return owners[slot];
    }

    /** All owners, each once. */
    List<ServerAddress> addresses() {
        List<ServerAddress> all = new ArrayList<>();
        for (ServerAddress owner : owners) {
            if (owner != null && !all.contains(owner)) {
                all.add(owner);
            }
        }
        return all;
    }

    private void claim(String range, long epoch, ServerAddress address) {
        if (range.isEmpty() || range.startsWith("[")) {
            return; // a slot on its way, which still belongs to whom it is listed for
        }
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        for (int slot = first; slot <= last; slot++) {
            if (epoch > epochs[slot]) {
                epochs[slot] = epoch;
                owners[slot] = address;
            }
        }
    }

    /** Reads {@code ip:port@busport,name,...}. */
    private static ServerAddress address(String text, ServerAddress asked, boolean byName) {
        String[] parts = text.split(",", -1);
        String place = parts[0].replaceFirst("@.*", "");
        int colon = place.lastIndexOf(':');
        String host = place.substring(0, Math.max(0, colon));
        if (parts.length > 1 && !parts[1].isEmpty() && !parts[1].contains("=") && (byName || host.isEmpty())) {
            host = parts[1];
        }
        return new ServerAddress(host.isEmpty() ? asked.host() : host, Integer.parseInt(place.substring(colon + 1)));
    }
}
