import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyClientBuilder;
import dev.parley.protocol.session.SessionEvents;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * An assistant that one person reaches from two surfaces, a web page and a phone, without ever naming a session:
 * whatever surface asks gets the session that belongs to it, on whatever gateway it is. Arguments: the sockets of one
 * or two gateways.
 */
class Assistant {
    private static final String PERSON = "ada";

    /** Sessions to end whatever happens. */
    private final List<String> open = new ArrayList<>();

    public static void main(String[] gateways) throws InterruptedException {
        URI one = URI.create(gateways[0]);
        URI two = URI.create(gateways[gateways.length - 1]);
        Assistant example = new Assistant();
        try (Place assistant = new Place("assistant", ParleyClient.agent(one, "assistant"));
                Place web = new Place("web", ParleyClient.user(one, PERSON).surfaceId("web"));
                Place phone = new Place("phone", ParleyClient.user(two, PERSON).surfaceId("phone"))) {
            assistant.client.connect().join();
            web.client.connect().join();
            try {
                example.run(assistant, web, phone);
            } finally {
                example.cleanUp(web);
            }
        }
        say("all as it should be");
    }

    private void run(Place assistant, Place web, Place phone) throws InterruptedException {
        say("1. Ada opens the page. It resolves her session; as she has none, it is made, with the page attached.");
        JsonNode begun = web.ask(
                "session.resolve", Map.of("userId", PERSON, "agentId", "assistant", "surfaceId", web.name));
        String dentist = begun.path("sessionId").asString();
        open.add(dentist);
        check("made by this call", begun.path("created").asBoolean());
        web.client.attach(dentist, null, 0).join();
        web.client.send(dentist, "Remind me of the dentist, tomorrow at nine.").join();
        assistant.hears("Remind me of the dentist, tomorrow at nine.");
        assistant.client.send(dentist, "I will.").join();
        web.hears("I will.");

        say("2. She pairs her phone. The assistant asks for a report: whom does it reach now?");
        web.ask("session.surfaces.attach", Map.of("sessionId", dentist, "surfaceId", phone.name));
        JsonNode sent = assistant.ask(
                "message.send", Map.of("sessionId", dentist, "content", "It is noted.", "report", true));
        for (JsonNode outcome : sent.path("outcomes")) {
            say("   " + outcome.path("surfaceId").asString() + ": " + outcome.path("outcome").asString());
        }
        check("the page has it", outcome(sent, "web").equals("delivered"));
        check("the phone is off and finds it in the log", outcome(sent, "phone").equals("skipped"));
        web.hears("It is noted.");

        say("3. The phone is switched on, and asks the other gateway, if there is one; it names no session.");
        phone.client.connect().join();
        JsonNode found = phone.ask("session.resolve", Map.of("userId", PERSON, "surfaceId", phone.name));
        check("it gets the session of the page", found.path("sessionId").asString().equals(dentist));
        phone.client.attach(dentist, null, 0).join();
        phone.hears("Remind me of the dentist, tomorrow at nine.");
        phone.hears("I will.");
        phone.hears("It is noted.");

        say("4. What is said at one surface is heard at the other.");
        phone.client.send(dentist, "And the X-rays.").join();
        web.hears("And the X-rays.");
        assistant.hears("And the X-rays.");

        say("5. Nobody says more. A session that suspends when it is idle is laid aside, not ended.");
        web.ask("session.timeout", Map.of("sessionId", dentist, "timeoutMinutes", 0.03, "onIdle", "suspend"));
        web.hears("suspended " + dentist);
        phone.hears("suspended " + dentist);
        assistant.hears("suspended " + dentist);

        say("6. At the page she begins something else. Each surface resolves to what is its own.");
        JsonNode other = web.ask(
                "session.create", Map.of("userId", PERSON, "agentId", "assistant", "surfaceId", web.name));
        String shopping = other.path("sessionId").asString();
        open.add(shopping);
        web.client.send(shopping, "Milk, bread.").join();
        assistant.hears("Milk, bread.");
        JsonNode atPage = web.ask("session.resolve", Map.of("userId", PERSON, "surfaceId", web.name));
        check("the page gets the new one", atPage.path("sessionId").asString().equals(shopping));
        JsonNode atPhone = phone.ask("session.resolve", Map.of("userId", PERSON, "surfaceId", phone.name));
        check("the phone gets its own, older one", atPhone.path("sessionId").asString().equals(dentist));
        check("which is active again", atPhone.path("status").asString().equals("active"));

        say("7. It goes on where it stopped.");
        assistant.client.send(dentist, "It is nearly nine.").join();
        web.hears("It is nearly nine.");
        phone.hears("It is nearly nine.");
    }

    /** Ends what was begun; also when a step failed, so that nothing is left on the gateway. */
    private void cleanUp(Place web) {
        for (String sessionId : open) {
            try {
                web.ask("session.complete", Map.of("sessionId", sessionId));
                say("ended " + sessionId);
            } catch (RuntimeException problem) {
                say("could not end " + sessionId + ": " + problem.getMessage());
            }
        }
    }

    private static String outcome(JsonNode sent, String surfaceId) {
        for (JsonNode outcome : sent.path("outcomes")) {
            if (outcome.path("surfaceId").asString().equals(surfaceId)) {
                return outcome.path("outcome").asString();
            }
        }
        return "none";
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

    /** Somewhere that is connected, and what it heard in order. */
    private static final class Place implements ClientListener, AutoCloseable {
        final String name;
        final ParleyClient client;
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        Place(String name, ParleyClientBuilder builder) {
            this.name = name;
            this.client = builder.listener(this).build();
        }

        JsonNode ask(String method, Map<String, ?> params) {
            return client.request(method, params).join();
        }

        /** Waits for what comes next, which must be this. */
        void hears(String expected) throws InterruptedException {
            String next = heard.poll(20, TimeUnit.SECONDS);
            String instead = expected.equals(next) ? "" : " (but heard: " + next + ")";
            check(name + " hears: " + expected + instead, expected.equals(next));
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            heard.add(String.valueOf(message.content()));
        }

        @Override
        public void onSuspended(SessionEvents.DeadlineNotice notice) {
            heard.add("suspended " + notice.sessionId());
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
