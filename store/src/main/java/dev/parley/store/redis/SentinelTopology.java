package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The master is the one that Sentinels name ({@link NamedMaster}): all of them are asked, once a second and more often while
 * the master is away. So a master that was replaced while it was cut off is left although it still answers. Safe for use from
 * any thread.
 */
final class SentinelTopology implements Topology {
    private static final Logger LOG = LoggerFactory.getLogger(SentinelTopology.class);
    private static final long CALM_NANOS = 1_000_000_000L;
    private static final long HURRY_NANOS = 100_000_000L;

    private final String name;
    private final Nodes nodes;
    private final TimeSource time;
    private final Listener listener;
    private final List<Node> sentinels = new ArrayList<>();
    private final NamedMaster named = new NamedMaster();
    private volatile @Nullable Node master;
    private volatile @Nullable LinkFailure unknown;
    private volatile boolean hurry = true;
    private long askedNanos;
    private boolean closed;

    /**
     * @param name what the Sentinels call the master
     */
    SentinelTopology(String name, List<ServerAddress> hosts, Nodes nodes, TimeSource time, Listener listener) {
        this.name = name;
        this.nodes = nodes;
        this.time = time;
        this.listener = listener;
        askedNanos = time.nanoTime() - CALM_NANOS;
        hosts.forEach(host -> sentinels.add(nodes.informant(host)));
    }

    @Override
    public void start() {
        sentinels.forEach(Node::start);
    }

    @Override
    public @Nullable Node nodeOf(int slot) {
        return master;
    }

    @Override
    public LinkFailure problem(int slot) {
        Node node = master;
        LinkFailure failure = node == null ? unknown : node.failure();
        if (failure == null && node == null) {
            failure = sentinels.stream()
                    .map(Node::failure)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
        }
        return failure == null ? new LinkFailure("not yet connected to the master called " + name, false) : failure;
    }

    @Override
    public void moved(int slot, ServerAddress to) {
        // Only a cluster says that, and one is refused when the connection is made.
    }

    @Override
    public void refresh() {
        hurry = true;
    }

    @Override
    public void tick() {
        sentinels.forEach(sentinel -> sentinel.tick(false));
        Node node = master;
        boolean away = node == null || node.connection() == null;
        synchronized (this) {
            long pause = hurry || away ? HURRY_NANOS : CALM_NANOS;
            if (closed || time.nanoTime() - askedNanos < pause) {
                return;
            }
            hurry = false;
            askedNanos = time.nanoTime();
        }
        ask();
    }

    @Override
    public List<Node> masters() {
        Node node = master;
        return node == null ? List.of() : List.of(node);
    }

    @Override
    public boolean isComplete() {
        Node node = master;
        return node != null && node.connection() != null;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        sentinels.forEach(sentinel -> sentinel.close("the link was closed"));
        Node node = master;
        if (node != null) {
            node.close("the link was closed");
        }
    }

    private void ask() {
        for (Node sentinel : sentinels) {
            ServerConnection connection = sentinel.connection();
            // One that still owes an answer is not asked again.
            if (connection != null && connection.oldest() == null) {
                connection.ask(CommandType.SENTINEL, "MASTER", name).whenComplete((answer, failure) -> {
                    if (failure == null) {
                        decide(fields(answer));
                    } else {
                        explain(sentinel, failure);
                    }
                });
            }
        }
    }

    private void decide(Map<String, String> said) {
        Node old;
        Node next;
        synchronized (this) {
            if (closed || !named.hears(said)) {
                return;
            }
            old = master;
            next = nodes.master(Objects.requireNonNull(named.address()));
            master = next;
        }
        LOG.info(
                "event=redis_master name={} server={} was={}", name, next.address(), old == null ? "-" : old.address());
        next.start();
        if (old != null) {
            old.close("the Sentinels name " + next.address() + " as the master now");
        }
        listener.changed();
    }

    private void explain(Node sentinel, Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        if (message.contains("No such master")) {
            unknown = new LinkFailure(
                    "the Sentinel " + sentinel.address() + " knows no master called " + name
                            + ": redis-sentinel://host,host/NAME",
                    true);
        } else if (message.contains("NOAUTH")) {
            unknown = new LinkFailure(
                    "the Sentinel " + sentinel.address() + " asks for a password: give ?sentinelPassword=", true);
        } else if (message.contains("unknown command")) {
            unknown =
                    new LinkFailure(sentinel.address() + " is no Sentinel: write redis://" + sentinel.address(), true);
        }
    }

    /** A list of names and values, or a map as RESP3 tells it, which comes as such a list too. */
    private static Map<String, String> fields(@Nullable Object answer) {
        Map<String, String> fields = new HashMap<>();
        if (answer instanceof List<?> words) {
            for (int i = 0; i + 1 < words.size(); i += 2) {
                if (words.get(i) instanceof byte[] field && words.get(i + 1) instanceof byte[] value) {
                    fields.put(new String(field, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
                }
            }
        }
        return fields;
    }
}
