package dev.parley.store.redis;

import java.util.List;

/** One server serves everything. Safe for use from any thread. */
final class SingleTopology implements Topology {
    private final Node node;

    SingleTopology(ServerAddress address, Nodes nodes) {
        node = nodes.master(address);
    }

    @Override
    public void start() {
        node.start();
    }

    @Override
    public Node nodeOf(int slot) {
        return node;
    }

    @Override
    public LinkFailure problem(int slot) {
        LinkFailure failure = node.failure();
        return failure == null ? new LinkFailure("not yet connected to " + node.address(), false) : failure;
    }

    @Override
    public void moved(int slot, ServerAddress to) {
        // Only a cluster says that, and one is refused when the connection is made.
    }

    @Override
    public void refresh() {
        // There is nobody to ask: the node connects again by itself.
    }

    @Override
    public void tick() {
        // As above.
    }

    @Override
    public List<Node> masters() {
        return List.of(node);
    }

    @Override
    public boolean isComplete() {
        return node.connection() != null;
    }

    @Override
    public void close() {
        node.close("the link was closed");
    }
}
