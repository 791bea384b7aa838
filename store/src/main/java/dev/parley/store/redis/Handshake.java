package dev.parley.store.redis;

import dev.parley.store.redis.RedisUrl.Kind;
import dev.parley.time.TimeSource;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is asked and looked at on each new connection before the first call goes over it: who is there, is it a master that can
 * do what is needed, are the functions there. Safe for use from any thread.
 */
final class Handshake {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);

    private final RedisUrl url;
    private final Library library;
    private final TimeSource time;

    Handshake(RedisUrl url, Library library, TimeSource time) {
        this.url = url;
        this.library = library;
        this.time = time;
    }

    /** Makes a connection ready; it is closed when that fails, with {@link LinkFailure}. */
    CompletionStage<ServerConnection> with(ServerConnection connection) {
        CompletableFuture<ServerConnection> ready = connection
                .ask(CommandType.INFO)
                .thenCompose(answer -> {
                    connection.identified(info(answer));
                    check(connection);
                    return library.load(connection);
                })
                .thenCompose(loaded -> library.probe(connection, url.prefix() + ":{p000}:"))
                .thenCompose(probed -> mayWait(connection))
                .thenApply(done -> connection);
        long millis = url.connectTimeout().toMillis();
        TimeSource.Cancellable late = time.schedule(
                millis,
                () -> connection.close(connection.address() + " was not ready for use within " + millis + " ms"));
        ready.whenComplete((done, failure) -> {
            late.cancel();
            if (failure != null) {
                connection.close("the connection could not be made ready");
            }
        });
        return ready;
    }

    /** Whether the server lets replicas be waited for, where that is asked for. */
    private CompletionStage<Boolean> mayWait(ServerConnection connection) {
        if (url.waitReplicas() == 0) {
            return CompletableFuture.completedFuture(true);
        }
        return connection.ask(CommandType.WAIT, "0", "1").handle((answer, failure) -> {
            if (failure != null) {
                String told = String.valueOf(failure.getMessage());
                throw new LinkFailure(
                        connection.address()
                                + " does not let replicas be waited for (STORE_WAIT_REPLICAS), which needs +wait: "
                                + told,
                        told.contains("NOPERM"));
            }
            return true;
        });
    }

    private static ServerInfo info(@Nullable Object answer) {
        return new ServerInfo(new String((byte[]) Objects.requireNonNull(answer), StandardCharsets.UTF_8));
    }

    private void check(ServerConnection connection) {
        ServerInfo info = connection.info();
        ServerAddress address = connection.address();
        if (info.runId().length == 0) {
            throw new LinkFailure(address + " does not tell its run id in INFO, which the store needs", true);
        }
        if (!info.isAtLeast(6, 2)) {
            throw new LinkFailure(
                    address + " is Redis " + info.version()
                            + ", which is too old: 6.2 or later is needed, 7.0 is better",
                    true);
        }
        if (info.isCluster() != (url.kind() == Kind.CLUSTER)) {
            throw new LinkFailure(
                    info.isCluster()
                            ? address + " belongs to a Redis Cluster: write redis-cluster://" + address
                            : address + " belongs to no cluster: write redis://" + address,
                    true);
        }
        if (!info.isMaster()) {
            // With Sentinel and Cluster that passes: the address was that of a former master.
            throw new LinkFailure(
                    address + " is a read-only replica of " + info.get("master_host") + ":" + info.get("master_port")
                            + ": the store needs the master",
                    url.kind() == Kind.STANDALONE);
        }
        if (info.get("loading").equals("1")) {
            throw new LinkFailure(address + " is still loading its data", false);
        }
        if (info.evicts()) {
            String what = address + " throws keys away when its memory is full (maxmemory-policy "
                    + info.get("maxmemory_policy") + "): sessions would be lost; set it to noeviction";
            throw new LinkFailure(what, true);
        }
        LOG.debug("event=redis_ready server={} version={}", address, info.version());
    }
}
