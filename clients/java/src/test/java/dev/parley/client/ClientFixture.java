package dev.parley.client;

import java.net.URI;
import java.util.random.RandomGenerator;

/** A client on virtual time with a scripted gateway. Chance always gives the middle of a range. */
@SuppressWarnings("FutureReturnValueIgnored") // The scripted gateway sees what is sent.
final class ClientFixture {
    static final URI ADDRESS = URI.create("ws://gateway.example/ws");

    final VirtualThreads threads = new VirtualThreads();
    final ScriptedGateway gateway = new ScriptedGateway(threads);
    final Recorder told = new Recorder();
    final ParleyClient client;

    private ClientFixture(ParleyClientBuilder builder) {
        client = builder.listener(told).build(threads, gateway, new Middle());
    }

    /** Gives half of every bound, so that waits in tests are known. */
    private static final class Middle implements RandomGenerator {
        @Override
        public long nextLong() {
            return Long.MAX_VALUE / 2;
        }

        @Override
        public long nextLong(long bound) {
            return bound / 2;
        }
    }

    static ClientFixture user() {
        return new ClientFixture(ParleyClient.user(ADDRESS, "ada"));
    }

    static ClientFixture agent() {
        return new ClientFixture(ParleyClient.agent(ADDRESS, "bot"));
    }

    static ClientFixture of(ParleyClientBuilder builder) {
        return new ClientFixture(builder);
    }

    /** Connects with no sessions. */
    ScriptedGateway.Peer connect() {
        client.connect();
        threads.settle();
        return gateway.accept();
    }

    /** Connects and attaches to a session at a position. */
    ScriptedGateway.Peer attached(String sessionId, String epoch, long seq) {
        ScriptedGateway.Peer peer = connect();
        attach(peer, sessionId, epoch, seq);
        return peer;
    }

    void attach(ScriptedGateway.Peer peer, String sessionId, String epoch, long seq) {
        client.attach(sessionId);
        peer.answer(peer.await("session.attach"), ScriptedGateway.entry(sessionId, epoch, seq));
    }

    /** Waits out the pause after a cut and accepts the next socket. */
    ScriptedGateway.Peer reconnected(String... entries) {
        threads.advance(told.lastState().retryInMillis());
        return gateway.accept(entries);
    }
}
