package dev.parley.store.redis;

import dev.parley.time.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The masters of a cluster, as some of its nodes tell them: those that the address names, and the masters themselves. Up to
 * {@value #ASKED} of them are asked every two seconds, and more often while a slot has no connected master or a server has
 * sent a call elsewhere. Safe for use from any thread.
 */
final class ClusterTopology implements Topology {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterTopology.class);
    private static final int ASKED = 5;
    private static final long CALM_NANOS = 2_000_000_000L;
    private static final long HURRY_NANOS = 100_000_000L;
    /** How long a round waits for an answer: the others are enough then. */
    private static final long ROUND_MILLIS = 300;

    private final Nodes nodes;
    private final TimeSource time;
    private final boolean byName;
    private final Listener listener;
    private final List<Node> informants = new ArrayList<>();
    private final Map<ServerAddress, Node> masters = new HashMap<>();
    private volatile @Nullable Node[] owners = new @Nullable Node[SLOTS];
    private volatile List<Node> present = List.of();
    private volatile @Nullable LinkFailure refused;
    private volatile boolean hurry = true;
    private long askedNanos;
    private boolean asking;
    private boolean closed;

    /**
     * @param byName whether nodes are reached by their announced names, where they have any
     */
    ClusterTopology(List<ServerAddress> hosts, boolean byName, Nodes nodes, TimeSource time, Listener listener) {
        this.nodes = nodes;
        this.time = time;
        this.byName = byName;
        this.listener = listener;
        askedNanos = time.nanoTime() - CALM_NANOS;
        hosts.forEach(host -> informants.add(nodes.informant(host)));
    }

    @Override
    public void start() {
        informants.forEach(Node::start);
    }

    @Override
    public @Nullable Node nodeOf(int slot) {
        return owners[slot];
    }

    @Override
    public LinkFailure problem(int slot) {
        Node owner = owners[slot];
        LinkFailure failure = owner == null ? refused : owner.failure();
        if (failure == null && present.isEmpty()) {
            for (Node informant : informants) {
                failure = failure == null ? informant.failure() : failure;
            }
        }
        return failure == null
                ? new LinkFailure("not yet connected to a master of slot " + slot + " of the cluster", false)
                : failure;
    }

    @Override
    public synchronized void moved(int slot, ServerAddress to) {
        Node owner = owners[slot];
        hurry = true;
        if (!closed && (owner == null || !owner.address().equals(to))) {
            @Nullable Node[] next = owners.clone();
            next[slot] = masters.computeIfAbsent(to, this::connect);
            owners = next;
            present = List.copyOf(masters.values());
        }
    }

    @Override
    public void refresh() {
        hurry = true;
    }

    @Override
    public void tick() {
        informants.forEach(informant -> informant.tick(false));
        boolean complete = isComplete();
        synchronized (this) {
            if (asking || closed || time.nanoTime() - askedNanos < (hurry || !complete ? HURRY_NANOS : CALM_NANOS)) {
                return;
            }
            asking = true;
            hurry = false;
            askedNanos = time.nanoTime();
        }
        ask();
    }

    @Override
    public List<Node> masters() {
        return present;
    }

    @Override
    public boolean isComplete() {
        Node last = null;
        for (Node owner : owners) {
            if (owner != last || owner == null) {
                if (owner == null || owner.connection() == null) {
                    return false;
                }
                last = owner;
            }
        }
        return true;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        informants.forEach(informant -> informant.close("the link was closed"));
        present.forEach(node -> node.close("the link was closed"));
    }

    private Node connect(ServerAddress address) {
        LOG.info("event=redis_master server={}", address);
        Node node = nodes.master(address);
        node.start();
        return node;
    }

    private void ask() {
        List<Node> open = new ArrayList<>();
        informants.stream().filter(node -> node.connection() != null).forEach(open::add);
        present.stream().filter(node -> node.connection() != null).forEach(open::add);
        Collections.shuffle(open);
        List<CompletableFuture<@Nullable String>> answers = new ArrayList<>();
        List<Node> asked = open.subList(0, Math.min(ASKED, open.size()));
        for (Node node : asked) {
            ServerConnection connection = node.connection();
            answers.add(
                    connection == null
                            ? CompletableFuture.completedFuture(null)
                            : connection
                                    .ask(CommandType.CLUSTER, "NODES")
                                    .handle((answer, failure) -> failure == null ? text(answer) : told(node, failure)));
        }
        CompletableFuture<?> round = CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]));
        time.schedule(ROUND_MILLIS, () -> round.complete(null));
        round.whenComplete((all, failure) -> {
            ClusterView view = new ClusterView();
            for (int i = 0; i < answers.size(); i++) {
                String said = answers.get(i).getNow(null);
                if (said != null) {
                    view.add(said, asked.get(i).address(), byName);
                }
            }
            decided(view);
        });
    }

    private void decided(ClusterView view) {
        List<Node> left = new ArrayList<>();
        boolean changed = false;
        synchronized (this) {
            asking = false;
            List<ServerAddress> addresses = view.addresses();
            if (closed || addresses.isEmpty()) {
                return;
            }
            @Nullable Node[] next = new @Nullable Node[SLOTS];
            for (int slot = 0; slot < SLOTS; slot++) {
                ServerAddress owner = view.owner(slot);
                next[slot] = owner == null ? null : masters.computeIfAbsent(owner, this::connect);
                changed |= next[slot] != owners[slot];
            }
            owners = next;
            masters.values().removeIf(node -> !addresses.contains(node.address()) && left.add(node));
            present = List.copyOf(masters.values());
        }
        left.forEach(node -> node.close(node.address() + " is no master of the cluster any more"));
        if (changed) {
            listener.changed();
        }
    }

    private @Nullable String told(Node node, Throwable failure) {
        if (String.valueOf(failure.getMessage()).contains("cluster support disabled")) {
            refused = new LinkFailure(node.address() + " belongs to no cluster: write redis://" + node.address(), true);
        }
        return null;
    }

    private static @Nullable String text(@Nullable Object answer) {
        return answer instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : null;
    }
}
