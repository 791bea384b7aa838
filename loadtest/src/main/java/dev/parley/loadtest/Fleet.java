package dev.parley.loadtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Several gateways on one store, each a process of its own on a port that it keeps, and the faults they are given. The
 * ports lie below those that the system gives to clients, one of which could take a port while its gateway is down. Methods
 * block until what they do is done. Any thread; of one gateway, one thread at a time.
 */
final class Fleet implements AutoCloseable {
    private static final long END_SECONDS = 60;

    /** How one of the gateways is. */
    private enum State {
        UP,
        /** It was told to stop and still works. */
        DRAINING,
        FROZEN,
        DOWN
    }

    /** One gateway through all its lives. */
    private static final class Member {
        final String name;
        ServerProcess process;
        State state = State.UP;
        int life = 1;
        /** When a client was first told that it drains; 0: none was, in this life. */
        long drainToldAt;

        Member(String name, ServerProcess process) {
            this.name = name;
            this.process = process;
        }
    }

    private final ServerOptions options;
    private final String store;
    private final Path logs;
    private final Map<String, String> settings;
    private final List<Member> members = new ArrayList<>();
    private final List<String> killedLate = new CopyOnWriteArrayList<>();
    private final List<Path> logFiles = new CopyOnWriteArrayList<>();

    /** Starts that many gateways at once. */
    Fleet(ServerOptions options, int gateways, String store, Path logs, Map<String, String> settings) {
        this.options = options;
        this.store = store;
        this.logs = logs;
        this.settings = settings;
        ExecutorService starter = Executors.newFixedThreadPool(gateways);
        try {
            List<CompletableFuture<Member>> starting = new ArrayList<>();
            for (int i = 0; i < gateways; i++) {
                String name = "gateway-" + (i + 1);
                int port = RedisProcess.freePort();
                starting.add(CompletableFuture.supplyAsync(() -> new Member(name, launch(name, 1, port)), starter));
            }
            CompletableFuture.allOf(starting.toArray(new CompletableFuture<?>[0]))
                    .handle((started, failure) -> failure)
                    .join();
            starting.stream().filter(one -> !one.isCompletedExceptionally()).forEach(one -> members.add(one.join()));
            starting.forEach(CompletableFuture::join);
        } catch (CompletionException e) {
            close();
            throw e.getCause() instanceof LoadException why ? why : e;
        } finally {
            starter.shutdown();
        }
    }

    private ServerProcess launch(String name, int life, int port) {
        ServerProcess process =
                ServerProcess.gateway(options, life == 1 ? name : name + "." + life, port, store, logs, settings);
        logFiles.add(process.log());
        return process;
    }

    /** Where they listen; the same throughout. */
    List<Target> targets() {
        return members.stream().map(member -> member.process.target()).toList();
    }

    /** How many there are. */
    int size() {
        return members.size();
    }

    /** The logs of all their lives. */
    List<Path> logFiles() {
        return List.copyOf(logFiles);
    }

    /** Gateways that did not end by themselves after SIGTERM. */
    List<String> killedLate() {
        return List.copyOf(killedLate);
    }

    /** Whether a gateway could be taken away without leaving none that works. */
    synchronized boolean isSpare(int gateway) {
        for (int i = 0; i < members.size(); i++) {
            if (i != gateway && members.get(i).state == State.UP) {
                return members.get(gateway).state == State.UP;
            }
        }
        return false;
    }

    /** Whether every gateway is well. */
    synchronized boolean isWhole() {
        return members.stream().allMatch(member -> member.state == State.UP);
    }

    /** A client was told that a gateway drains. */
    synchronized void toldDraining(int gateway) {
        Member member = members.get(gateway);
        if (member.drainToldAt == 0) {
            member.drainToldAt = WallClock.millis();
        }
    }

    /** Whether a gateway had told that it drains before an attempt to connect to it began. */
    synchronized boolean wasDraining(int gateway, long attemptAt) {
        Member member = members.get(gateway);
        return member.state == State.DRAINING && member.drainToldAt > 0 && attemptAt > member.drainToldAt;
    }

    private synchronized Member become(int gateway, State state) {
        Member member = members.get(gateway);
        member.state = state;
        return member;
    }

    /** Takes a gateway away for a fault, unless that leaves none that works; answers whether it did. */
    synchronized boolean take(int gateway, FaultPlan.Kind kind) {
        if (!isSpare(gateway)) {
            return false;
        }
        become(
                gateway,
                switch (kind) {
                    case FREEZE -> State.FROZEN;
                    case TERMINATE -> State.DRAINING;
                    default -> State.DOWN;
                });
        return true;
    }

    /** SIGKILL. */
    void kill(int gateway) {
        Signals.kill(become(gateway, State.DOWN).process.process());
    }

    /** SIGTERM, and waits until it has ended. */
    void terminate(int gateway) {
        Member member = become(gateway, State.DRAINING);
        member.process.process().destroy();
        if (Signals.awaitEnd(member.process.process(), END_SECONDS)) {
            killedLate.add(member.name);
        }
        become(gateway, State.DOWN);
    }

    /** SIGSTOP. */
    void freeze(int gateway) {
        Signals.freeze(become(gateway, State.FROZEN).process.process());
    }

    /** SIGCONT. */
    void thaw(int gateway) {
        Member member = members.get(gateway);
        Signals.thaw(member.process.process());
        become(gateway, State.UP);
    }

    /** Starts a gateway that has ended, where it was before. */
    void restart(int gateway) {
        Member member = members.get(gateway);
        int port = member.process.target().address().getPort();
        member.process.close();
        member.life++;
        synchronized (this) {
            member.drainToldAt = 0;
        }
        member.process = launch(member.name, member.life, port);
        become(gateway, State.UP);
    }

    /** How often a gateway was started. */
    int lives() {
        return members.stream().mapToInt(member -> member.life).sum();
    }

    @Override
    public void close() {
        for (Member member : members) {
            if (member.state == State.FROZEN) {
                Signals.thaw(member.process.process());
            }
            // Their clients are gone already: nothing is left to drain.
            Signals.kill(member.process.process());
            member.process.close();
        }
    }
}
