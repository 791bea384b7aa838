package dev.parley.store.redis;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which master a group of Sentinels names, of what each of them says of it ({@code SENTINEL MASTER}). The highest configuration
 * epoch counts. The Sentinel that leads a failover is not heard until it is done with it: it takes the new epoch when the
 * replica has become a master, but goes on naming the old master until all other replicas follow the new one, while the other
 * Sentinels name the new one already. Whoever believed both would go to and fro between them, and write to one that is none
 * any more. Not safe for use by several threads.
 */
final class NamedMaster {
    private long epoch = -1;
    private @Nullable ServerAddress address;

    /** The master that is named at present; null as long as nobody has named one. */
    @Nullable ServerAddress address() {
        return address;
    }

    /**
     * Takes what a Sentinel says.
     *
     * @param said the fields of its answer and their values
     * @return whether another master is named now
     */
    boolean hears(Map<String, String> said) {
        ServerAddress named = ServerAddress.parse(said.getOrDefault("ip", "") + ":" + said.get("port"), 0);
        boolean leadsFailover = said.getOrDefault("flags", "").contains("failover_in_progress");
        long saidEpoch = Long.parseLong(said.getOrDefault("config-epoch", "-1"));
        if (named == null || leadsFailover || saidEpoch < epoch) {
            return false;
        }
        epoch = saidEpoch;
        boolean isNews = !named.equals(address);
        address = named;
        return isNews;
    }
}
