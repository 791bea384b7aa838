package dev.parley.client.sample;

import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.client.StateChange;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionResults;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * The sample agent: connects to a gateway, takes part in every session that names it, answers in streamed pieces. It remembers
 * nothing between two runs: the gateway tells it what it missed.
 */
public final class SampleAgent implements AutoCloseable {
    private static final String USAGE = """
            Usage: java -jar parley-sample-agent.jar [--url ws://HOST:PORT/ws] [--id ID]

              --url URL   address of the gateway's socket (default ws://127.0.0.1:8080/ws)
              --id ID     identity of the agent (default sample)
              --help      show this""";

    private final ScheduledExecutorService agentThread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sample-agent");
        thread.setDaemon(true);
        return thread;
    });

    /** Touched on the agent's thread only. */
    private final Map<String, Conversation> conversations = new HashMap<>();

    private final CountDownLatch ended = new CountDownLatch(1);
    private final ParleyClient client;

    /**
     * Makes an agent that is not connected yet.
     *
     * @param url of the gateway's socket
     * @param id of the agent
     */
    public SampleAgent(URI url, String id) {
        client = ParleyClient.agent(url, id)
                .name("Sample agent")
                .manualSeen()
                .listener(new Ears(id))
                .build();
    }

    /** Connects, and keeps trying until it is closed or refused for good. */
    @SuppressWarnings("FutureReturnValueIgnored") // How it went is told by onState.
    public void start() {
        client.connect();
    }

    /** Waits until the agent was closed or refused for good. */
    public void await() throws InterruptedException {
        ended.await();
    }

    /** Stops answering and closes the connection; the gateway is told what was answered. */
    @Override
    public void close() {
        client.close();
        agentThread.shutdownNow();
        ended.countDown();
    }

    private final class Ears implements ClientListener {
        private final String id;

        Ears(String id) {
            this.id = id;
        }

        @Override
        public void onAttached(SessionResults.Entry entry) {
            agentThread.execute(() -> conversation(entry.sessionId()).attached(entry.acked()));
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            agentThread.execute(() -> conversation(message.sessionId()).add(message));
        }

        @Override
        public void onEnded(SessionEvents.Ended over) {
            forget(over.sessionId());
        }

        @Override
        public void onExpired(SessionEvents.DeadlineNotice over) {
            forget(over.sessionId());
        }

        @Override
        public void onAttachRefused(String sessionId, SessionResults.EntryError error) {
            forget(sessionId);
        }

        private void forget(String sessionId) {
            agentThread.execute(() -> {
                Conversation conversation = conversations.remove(sessionId);
                if (conversation != null) {
                    conversation.end();
                }
            });
        }

        @Override
        public void onGap(SessionEvents.Gap gap) {
            say("messages " + gap.from() + " to " + gap.to() + " of " + gap.sessionId() + " are gone: " + gap.cause());
        }

        @Override
        public void onState(StateChange change) {
            switch (change.state()) {
                case OPEN -> say("agent " + id + " is online");
                case WAITING ->
                    say("not connected (" + change.reason() + "), next attempt in " + change.retryInMillis() + " ms");
                case CLOSED -> {
                    say("agent " + id + " is offline: " + change.reason());
                    ended.countDown();
                }
                default -> {
                    // The attempts in between are of no interest to anybody.
                }
            }
        }
    }

    private Conversation conversation(String sessionId) {
        return conversations.computeIfAbsent(sessionId, id -> new Conversation(client, agentThread, id));
    }

    /** One line for whoever watches. */
    static void say(String line) {
        System.out.println(line);
    }

    /**
     * Runs the agent until it is stopped. Ends with status 2 when the options are wrong, with 1 when the gateway refuses the
     * agent for good.
     *
     * @param arguments {@code --url}, {@code --id}, {@code --help}
     */
    public static void main(String[] arguments) throws InterruptedException {
        Map<String, String> options = new HashMap<>(Map.of("--url", "ws://127.0.0.1:8080/ws", "--id", "sample"));
        for (int i = 0; i < arguments.length; i += 2) {
            if (arguments[i].equals("--help")) {
                say(USAGE);
                return;
            }
            if (!options.containsKey(arguments[i])) {
                refuse("there is no option " + arguments[i]);
            } else if (i + 1 == arguments.length) {
                refuse(arguments[i] + " needs a value");
            } else {
                options.put(arguments[i], arguments[i + 1]);
            }
        }
        URI url = socketAddress(String.valueOf(options.get("--url")));
        if (url == null) {
            refuse("--url must be like ws://127.0.0.1:8080/ws, not " + options.get("--url"));
            return;
        }
        SampleAgent agent = new SampleAgent(url, String.valueOf(options.get("--id")));
        Thread stop = new Thread(agent::close, "stop");
        Runtime.getRuntime().addShutdownHook(stop);
        agent.start();
        agent.await();
        if (!stop.isAlive()) {
            System.exit(1);
        }
    }

    private static @Nullable URI socketAddress(String text) {
        try {
            URI url = URI.create(text);
            boolean socket = "ws".equals(url.getScheme()) || "wss".equals(url.getScheme());
            return socket && url.getHost() != null ? url : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void refuse(String problem) {
        System.err.println("sample agent: " + problem + " (see --help)");
        System.exit(2);
    }
}
