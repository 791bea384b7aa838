import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.client.ParleyClientBuilder;
import dev.parley.client.Push;
import dev.parley.protocol.session.SessionEvents;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * A team of three agents reviews a change: the work is delegated in tasks, one agent fails and another takes over, what
 * they found is brought together, and the session ends with a summary of it. Arguments: the sockets of one or two
 * gateways.
 */
class Review {
    private static final String PERSON = "cleo";

    public static void main(String[] gateways) throws InterruptedException {
        URI one = URI.create(gateways[0]);
        URI two = URI.create(gateways[gateways.length - 1]);
        try (Reviewer security = new Reviewer(two, "security");
                Reviewer speed = new Reviewer(one, "speed");
                Reviewer style = new Reviewer(two, "style");
                Lead cleo = new Lead(one)) {
            security.client.connect().join();
            speed.client.connect().join();
            style.client.connect().join();
            cleo.client.connect().join();
            String sessionId = begin(cleo);
            try {
                run(sessionId, cleo, List.of(security, speed, style));
            } catch (InterruptedException | RuntimeException problem) {
                cleo.ask("session.terminate", Map.of("sessionId", sessionId, "reason", "the example failed"));
                throw problem;
            }
        }
        say("all as it should be");
    }

    private static String begin(Lead cleo) {
        say("1. Cleo opens a session with the team, a workflow, and the change as what all of them share.");
        List<Map<String, String>> team = List.of(
                Map.of("id", "security", "kind", "agent", "role", "looks for holes"),
                Map.of("id", "speed", "kind", "agent", "role", "looks for what is slow"),
                Map.of("id", "style", "kind", "agent", "role", "looks for what is hard to read"));
        List<Map<String, Object>> steps = List.of(
                Map.of("name", "review", "requiredAgents", List.of("security", "speed", "style")),
                Map.of("name", "aggregate", "requiredAgents", List.of(), "dependencies", List.of("review")),
                Map.of("name", "summarize", "requiredAgents", List.of(), "dependencies", List.of("aggregate")));
        String change = "find(name): for (User u : db.query(\"select * from users where name='\" + name + \"'\")) …";
        JsonNode session = cleo.ask(
                "session.create",
                Map.of(
                        "userId", PERSON,
                        "participants", team,
                        "workflow", Map.of("steps", steps),
                        "sharedContext", Map.of("change", change)));
        check("the workflow begins with the review", step(cleo, session.path("sessionId").asString()).equals("review"));
        return session.path("sessionId").asString();
    }

    private static void run(String sessionId, Lead cleo, List<Reviewer> team) throws InterruptedException {
        say("2. She gives each its part. Should speed fail, style takes over.");
        Map<String, String> parts = new TreeMap<>();
        for (String agent : List.of("security", "speed", "style")) {
            List<String> fallback = agent.equals("speed") ? List.of("style") : List.of();
            JsonNode task = cleo.ask(
                    "task.delegate",
                    Map.of(
                            "sessionId", sessionId,
                            "delegatee", agent,
                            "taskType", "review." + agent,
                            "payload", Map.of("aspect", agent),
                            "priority", agent.equals("security") ? "high" : "medium",
                            "timeoutMs", 30_000,
                            "fallbackAgents", fallback));
            parts.put(task.path("taskId").asString(), agent);
        }

        say("3. They work; she sees how far security is, and asks for more.");
        List<Map<String, Object>> results = new ArrayList<>();
        while (results.size() < parts.size()) {
            JsonNode task = cleo.nextUpdate();
            String aspect = parts.get(task.path("taskId").asString());
            String agent = task.path("delegatee").asString();
            String status = task.path("status").asString();
            say("   " + aspect + ": " + status + " by " + agent + ", " + task.path("progress").asInt() + " %");
            if (agent.equals("security") && status.equals("in_progress")) {
                cleo.client.send(sessionId, "Look at the callers too.").join();
            } else if (status.equals("completed")) {
                parts.remove(task.path("taskId").asString(), aspect);
                parts.put("done " + aspect, agent);
                results.add(Map.of(
                        "agentId", agent.equals(aspect) ? agent : agent + ":for:" + aspect,
                        "result", task.path("result").path("verdict"),
                        "confidence", task.path("result").path("confidence")));
            } else if (status.equals("failed") || status.equals("timeout")) {
                throw new IllegalStateException(aspect + " ended as " + status);
            }
        }
        check("speed failed and style took over", parts.get("done speed").equals("style"));
        JsonNode context = cleo.ask("session.context.get", Map.of("sessionId", sessionId)).path("sharedContext");
        check("all that they found is in the context", context.path("findings").size() == 3);
        cleo.ask("session.workflow.advance", Map.of("sessionId", sessionId));

        say("4. Three verdicts become one.");
        JsonNode verdict = cleo.ask(
                "aggregation.create",
                Map.of("sessionId", sessionId, "taskType", "review", "method", "consensus", "results", results));
        say("   " + verdict.path("result") + ", confidence " + verdict.path("confidence"));
        verdict.path("conflicts").forEach(conflict -> say("   " + conflict.path("description").asString()));
        check("most would not take it", verdict.path("result").asString().equals("reject"));
        check("not all agree, so somebody has to look at it", verdict.path("requiresReview").asBoolean());
        cleo.ask("session.workflow.advance", Map.of("sessionId", sessionId));

        say("5. The session ends with what a manager reads, and what a developer does.");
        String reason = context.path("findings").path("security").asString();
        String summary = "The change should not be taken: " + reason + ".";
        cleo.ask("session.workflow.advance", Map.of("sessionId", sessionId));
        JsonNode ended = cleo.ask(
                "session.complete",
                Map.of(
                        "sessionId", sessionId,
                        "summary", summary,
                        "artifacts", List.of(Map.of("name", "findings", "content", context.path("findings")))));
        check("the workflow is done", ended.path("workflow").path("progress").asInt() == 100);
        check("the summary is kept", ended.path("end").path("summary").asString().equals(summary));
        for (Reviewer reviewer : team) {
            String told = reviewer.ends.poll(20, TimeUnit.SECONDS);
            check(reviewer.client.id() + " is told: " + told, summary.equals(told));
        }
    }

    private static String step(Lead cleo, String sessionId) {
        return cleo.ask("session.workflow.get", Map.of("sessionId", sessionId)).path("currentStep").asString();
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

    /** Who delegates, and hears how the tasks go. */
    private static final class Lead implements AutoCloseable {
        final ParleyClient client;
        private final BlockingQueue<JsonNode> updates = new LinkedBlockingQueue<>();

        Lead(URI gateway) {
            client = ParleyClient.user(gateway, PERSON)
                    .on("task.updated", push -> updates.add(push.json().path("task")))
                    .build();
        }

        JsonNode ask(String method, Map<String, ?> params) {
            return client.request(method, params).join();
        }

        JsonNode nextUpdate() throws InterruptedException {
            JsonNode update = updates.poll(20, TimeUnit.SECONDS);
            if (update == null) {
                throw new IllegalStateException("nothing is told of the tasks any more");
            }
            return update;
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** An agent that takes tasks. */
    private static final class Reviewer implements ClientListener, AutoCloseable {
        final ParleyClient client;
        final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
        private volatile String waiting = "";

        Reviewer(URI gateway, String id) {
            ParleyClientBuilder builder = ParleyClient.agent(gateway, id).listener(this);
            client = builder.on("task.assigned", this::work).build();
        }

        /** Callbacks come one at a time: this begins things, and does not wait for them. */
        private void work(Push push) {
            JsonNode task = push.json().path("task");
            String taskId = task.path("taskId").asString();
            String sessionId = task.path("sessionId").asString();
            String aspect = task.path("payload").path("aspect").asString();
            if (client.id().equals("speed")) {
                update(Map.of("taskId", taskId, "status", "failed", "error", "no benchmark can be run today"));
            } else if (client.id().equals("security")) {
                waiting = taskId;
                update(Map.of("taskId", taskId, "status", "in_progress", "progress", 50));
            } else {
                String found = aspect.equals("speed") ? "select * reads more than it needs" : "one letter is no name";
                finish(sessionId, taskId, aspect, found, aspect.equals("speed") ? "reject" : "accept", 0.7);
            }
        }

        @Override
        public void onMessage(SessionEvents.Message message) {
            if (!waiting.isEmpty()) {
                finish(message.sessionId(), waiting, "security", "a name can hold SQL", "reject", 0.95);
                waiting = "";
            }
        }

        private void finish(
                String sessionId, String taskId, String aspect, String found, String verdict, double confidence) {
            client.request(
                            "session.context.patch",
                            Map.of("sessionId", sessionId, "patch", Map.of("findings", Map.of(aspect, found))))
                    .thenAccept(patched -> update(Map.of(
                            "taskId", taskId,
                            "status", "completed",
                            "result", Map.of("verdict", verdict, "confidence", confidence))));
        }

        private void update(Map<String, ?> params) {
            client.request("task.update", params).whenComplete((task, problem) -> {
                if (problem != null) {
                    say(client.id() + " could not update its task: " + problem.getMessage());
                }
            });
        }

        @Override
        public void onEnded(SessionEvents.Ended end) {
            ends.add(String.valueOf(end.end().summary()));
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
