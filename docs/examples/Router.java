import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.protocol.Json;
import dev.parley.protocol.session.SessionEvents;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A router in front of two agents. Its classifier, slow and dear, is asked only when nothing is going on with a person;
 * within a session the router knows from {@code session.active} who has the word, also after one agent handed over to
 * another. A gateway that does not answer soon never stops a person: the router classifies then. Arguments: the sockets
 * of one or two gateways.
 */
class Router {
    private static final String SESSIONS = "/api/messaging/sessions";
    private static final String PERSON = "ben";

    /** How long a person may wait for the question whether the classifier can be skipped. */
    private static final Duration SOON = Duration.ofMillis(500);

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<String> begun = ConcurrentHashMap.newKeySet();
    private int classified;

    /** Where a text goes. */
    record Route(String sessionId, String agentId, boolean classified) {}

    public static void main(String[] gateways) throws Exception {
        URI one = URI.create(gateways[0]);
        URI two = URI.create(gateways[gateways.length - 1]);
        Router router = new Router();
        try (Agent billing = new Agent(one, "billing");
                Agent support = new Agent(two, "support");
                Person ben = new Person(one)) {
            billing.client.connect().join();
            support.client.connect().join();
            ben.client.connect().join();
            try {
                router.run(address(two), ben);
            } finally {
                router.cleanUp(ben);
            }
        }
        say("all as it should be");
    }

    private void run(String gateway, Person ben) throws Exception {
        Route first = route(gateway, gateway, "Where is my invoice?");
        check("nothing was going on: classified as billing", first.classified && first.agentId.equals("billing"));
        ben.says(first, "Where is my invoice?", "Which number does it have?");

        Route second = route(gateway, gateway, "4711");
        check("no classifier could know what 4711 is, and none was asked", !second.classified);
        check("the same session", second.sessionId.equals(first.sessionId));
        check("the same agent", second.agentId.equals("billing"));
        ben.says(second, "4711", "Invoice 4711 is there. Support will open it with you.");

        Route third = route(gateway, gateway, "It does not open.");
        check("billing handed over, so support has the word", !third.classified && third.agentId.equals("support"));
        ben.says(third, "It does not open.", "Then here is invoice 4711 as a text.");
        check("and ended the session", third.sessionId.equals(ben.next(ben.ended)));

        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            say("now the gateway that is asked does not answer");
            long before = System.nanoTime();
            Route fourth = route("http://127.0.0.1:" + silent.getLocalPort(), gateway, "My printer smokes.");
            say("   routed after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before) + " ms");
            check("fail open: classified as support", fourth.classified && fourth.agentId.equals("support"));
            ben.says(fourth, "My printer smokes.", "What printer is it?");
        }
        Route fifth = route(gateway, gateway, "A laser.");
        check("it answers again: not classified", !fifth.classified && fifth.agentId.equals("support"));
        ben.says(fifth, "A laser.", "Then pull the plug of it: A laser.");
        check("five turns, two of them classified", classified == 2);
    }

    /** Decides, and begins a session where none goes on. */
    private Route route(String asked, String gateway, String text) throws IOException, InterruptedException {
        JsonNode active = active(asked);
        if (active.path("bypassClassifier").asBoolean()) {
            // The agents keep in the workflow state who is next; without it the session's agent is.
            String agent = active.path("workflowState").path("with").asString(active.path("activeAgent").asString());
            say("\"" + text + "\": " + agent + ", as its session is active");
            return new Route(active.path("sessionId").asString(), agent, false);
        }
        String agent = classify(text);
        say("\"" + text + "\": " + agent + ", says the classifier");
        JsonNode session = send(HttpRequest.newBuilder(URI.create(gateway + SESSIONS))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(Json.write(Map.of("userId", PERSON, "agentId", agent)))));
        String sessionId = session.path("sessionId").asString();
        begun.add(sessionId);
        return new Route(sessionId, agent, true);
    }

    /** What is going on with the person; as good as nothing when the gateway does not tell soon. */
    private JsonNode active(String gateway) throws InterruptedException {
        String query = "/active?userId=" + URLEncoder.encode(PERSON, StandardCharsets.UTF_8);
        try {
            return send(HttpRequest.newBuilder(URI.create(gateway + SESSIONS + query)).timeout(SOON));
        } catch (IOException away) {
            say("   no answer: " + away.getMessage());
            return Json.MAPPER.createObjectNode();
        }
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() >= 300) {
            String body = new String(answer.body(), StandardCharsets.UTF_8);
            throw new IOException("status " + answer.statusCode() + ": " + body);
        }
        return Json.MAPPER.readTree(answer.body());
    }

    /** Stands for a model that takes its time. */
    private String classify(String text) {
        classified++;
        return text.contains("invoice") ? "billing" : "support";
    }

    /** Ends what was begun; what an agent ended already says so. */
    private void cleanUp(Person ben) {
        for (String sessionId : begun) {
            try {
                ben.client.request("session.complete", Map.of("sessionId", sessionId)).join();
                say("ended " + sessionId);
            } catch (RuntimeException problem) {
                say("could not end " + sessionId + ": " + problem.getMessage());
            }
        }
    }

    private static String address(URI socket) {
        return "http://" + socket.getHost() + ":" + socket.getPort();
    }

    private static void say(String text) {
        System.out.println(text);
    }

    private static void check(String what, boolean holds) {
        if (!holds) {
            throw new IllegalStateException("this should be so, and is not: " + what);
        }
        say("   " + what);
    }

    /** Writes to whom the router says, and hears the answers. */
    private static final class Person implements ClientListener, AutoCloseable {
        final ParleyClient client;
        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        final BlockingQueue<String> ended = new LinkedBlockingQueue<>();

        Person(URI gateway) {
            client = ParleyClient.user(gateway, PERSON).listener(this).build();
        }

        void says(Route route, String text, String answer) throws InterruptedException {
            if (route.classified) {
                client.attach(route.sessionId, null, 0).join();
            }
            client.request(
                            "message.send",
                            Map.of("sessionId", route.sessionId, "content", text, "to", route.agentId))
                    .join();
            String next = next(heard);
            check(route.agentId + ": " + next, answer.equals(next));
        }

        String next(BlockingQueue<String> queue) throws InterruptedException {
            return String.valueOf(queue.poll(20, TimeUnit.SECONDS));
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            heard.add(String.valueOf(message.content()));
        }

        @Override
        public void onEnded(SessionEvents.Ended end) {
            ended.add(end.sessionId());
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** An agent that remembers nothing: what it or another needs for the next turn is in the workflow state. */
    private static final class Agent implements ClientListener, AutoCloseable {
        final ParleyClient client;

        Agent(URI gateway, String id) {
            client = ParleyClient.agent(gateway, id).listener(this).build();
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            if (!message.role().equals("user")) {
                return;
            }
            // Callbacks come one at a time: they begin things, and do not wait for them.
            client.request("session.get", Map.of("sessionId", message.sessionId()))
                    .thenAccept(session -> turn(message, session.path("workflowState")))
                    .whenComplete((done, problem) -> {
                        if (problem != null) {
                            say(client.id() + " failed: " + problem.getMessage());
                        }
                    });
        }

        private void turn(SessionEvents.Message message, JsonNode state) {
            String sessionId = message.sessionId();
            String text = String.valueOf(message.content());
            if (client.id().equals("billing") && !state.has("asked")) {
                next(sessionId, Map.of("with", "billing", "asked", "number"), "Which number does it have?");
            } else if (client.id().equals("billing")) {
                client.request(
                                "session.participants.add",
                                Map.of("sessionId", sessionId, "id", "support", "kind", "agent"))
                        .thenAccept(added -> next(
                                sessionId,
                                Map.of("with", "support", "invoice", text),
                                "Invoice " + text + " is there. Support will open it with you."));
            } else if (state.has("invoice")) {
                last(sessionId, "Then here is invoice " + state.path("invoice").asString() + " as a text.");
            } else if (!state.has("asked")) {
                next(sessionId, Map.of("with", "support", "asked", "printer"), "What printer is it?");
            } else {
                last(sessionId, "Then pull the plug of it: " + text);
            }
        }

        /** The state first: whoever reads the answer may be quick. */
        private void next(String sessionId, Map<String, String> state, String answer) {
            client.request("session.workflowState.put", Map.of("sessionId", sessionId, "workflowState", state))
                    .thenCompose(kept -> client.send(sessionId, answer));
        }

        private void last(String sessionId, String answer) {
            client.send(sessionId, answer)
                    .thenCompose(sent -> client.request(
                            "session.complete", Map.of("sessionId", sessionId, "summary", "helped")));
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
