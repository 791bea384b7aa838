package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One Redis server that writes down what it is told, so that it can be stopped and started again. */
final class RedisAlone implements RedisSetup {
    private final RedisProcess server;

    RedisAlone(Path logs, List<String> options) {
        List<String> all = new ArrayList<>(List.of("--save", "", "--appendonly", "yes"));
        all.addAll(options);
        server = new RedisProcess("redis", logs, RedisProcess.freePort(), "", all);
    }

    @Override
    public String url() {
        return "redis://127.0.0.1:" + server.port();
    }

    @Override
    public List<RedisProcess> servers() {
        return List.of(server);
    }

    @Override
    public List<RedisProcess> masters() {
        return List.of(server);
    }

    @Override
    public boolean isWhole() {
        return server.isRunning() && RedisSetup.isMaster(server);
    }

    @Override
    public void handOver(RedisProcess master) {
        throw new LoadException("a Redis server alone has no replica that could take over");
    }

    @Override
    public void close() {
        server.close();
    }
}
