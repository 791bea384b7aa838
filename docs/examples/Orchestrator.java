import dev.parley.client.ClientListener;
import dev.parley.client.ParleyClient;
import dev.parley.client.Push;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionEvents;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An orchestrator: it opens a session for each job, finds a helper by what it can do, and follows {@code orchestration},
 * {@code alerts} and {@code agents} to know what becomes of sessions and helpers. Whatever happens, nothing is left: a
 * helper that dies is replaced, a session that would end too early is renewed, and a job that fails, is called off or is
 * interrupted takes its task and its session with it. Were the orchestrator killed, both would end by themselves, at their
 * time-outs. Arguments: the sockets of one or two gateways.
 */
class Orchestrator {
    private static final String PERSON = "dora";

    public static void main(String[] gateways) throws InterruptedException, JobFailed {
        URI one = URI.create(gateways[0]);
        URI two = URI.create(gateways[gateways.length - 1]);
        AtomicBoolean oneHasDied = new AtomicBoolean();
        try (Chief chief = new Chief(one);
                Helper left = new Helper(two, "left", oneHasDied);
                Helper right = new Helper(one, "right", oneHasDied);
                ParleyClient dora = ParleyClient.user(two, PERSON).build()) {
            // Ctrl-C ends the process without leaving any block of it: this cleans up then.
            Thread atExit = new Thread(chief::cleanUp);
            Runtime.getRuntime().addShutdownHook(atExit);
            try {
                chief.client.connect().join();
                left.client.connect().join();
                right.client.connect().join();
                dora.connect().join();
                run(chief, List.of(left, right), dora);
            } finally {
                chief.cleanUp();
                Runtime.getRuntime().removeShutdownHook(atExit);
            }
        }
        say("all as it should be");
    }

    private static void run(Chief chief, List<Helper> helpers, ParleyClient dora)
            throws InterruptedException, JobFailed {
        say("1. A job for who can index. The first helper dies over it, and the session is about to end.");
        Job index = chief.open("index the manual");
        String summary = chief.work(index, "index");
        check("another helper took over from the one that died", index.tried.size() == 2);
        check("the session was renewed when it was about to end", index.renewals > 0);
        check("it ends with a summary: " + summary, end(chief, index).path("summary").asString().equals(summary));

        say("2. A job for who can sing. There is nobody.");
        Job song = chief.open("sing the manual");
        try {
            chief.work(song, "sing");
            throw new IllegalStateException("nobody could do it, and it was done");
        } catch (JobFailed failure) {
            say("   failed: " + failure.getMessage());
        }
        check("the session says why it ended", end(chief, song).path("reason").asString().contains("nobody"));

        say("3. While a helper is at work, Dora ends the session; the orchestrator hears of it.");
        Helper helper = helpers.get(index.tried.get(1).equals("left") ? 0 : 1);
        Job unwanted = chief.open("index what nobody wants");
        CompletableFuture<String> working = inBackground(chief, unwanted, null);
        String taskId = helper.takes();
        dora.request("session.terminate", Map.of("sessionId", unwanted.sessionId, "reason", "not wanted any more"))
                .join();
        check("the job stops: " + working.join(), working.join().contains("ended by " + PERSON));
        check("the helper's task is called off", helper.loses().equals(taskId));

        say("4. While a helper is at work, the orchestrator is interrupted.");
        Job interrupted = chief.open("index at night");
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<String> stopping = inBackground(chief, interrupted, thread);
        String atNight = helper.takes();
        thread.join().interrupt();
        check("the job stops: " + stopping.join(), stopping.join().equals("interrupted"));
        check("the helper's task is called off", helper.loses().equals(atNight));
        check("the session is ended", end(chief, interrupted).path("reason").asString().equals("interrupted"));

        say("5. Nothing is left.");
        check("no session", chief.ask("session.list", Map.of("agentId", "chief")).path("sessions").isEmpty());
        for (String status : List.of("pending", "in_progress")) {
            JsonNode tasks = chief.ask("task.list", Map.of("delegator", "chief", "status", status));
            check("no task that is " + status, tasks.path("tasks").isEmpty());
        }
    }

    /** Works on a job in a thread of its own, which it tells; answers why it stopped. */
    private static CompletableFuture<String> inBackground(
            Chief chief, Job job, @Nullable CompletableFuture<Thread> thread) {
        CompletableFuture<String> stopped = new CompletableFuture<>();
        Thread worker = new Thread(() -> {
            try {
                stopped.complete(chief.work(job, "index"));
            } catch (JobFailed failure) {
                stopped.complete(String.valueOf(failure.getMessage()));
            } catch (InterruptedException interruption) {
                stopped.complete("interrupted");
            } catch (RuntimeException problem) {
                stopped.completeExceptionally(problem);
            }
        });
        worker.start();
        if (thread != null) {
            thread.complete(worker);
        }
        return stopped;
    }

    private static JsonNode end(Chief chief, Job job) {
        return chief.ask("session.get", Map.of("sessionId", job.sessionId)).path("end");
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

    /** A job cannot be done; says why. */
    private static final class JobFailed extends Exception {
        private static final long serialVersionUID = 1;

        JobFailed(String why) {
            super(why);
        }
    }

    /** What matters to a job: a task that changed, a helper that is gone, a session that ended. */
    private record News(String what, String about, String detail) {}

    /** A job under way, or done. */
    private static final class Job {
        final String sessionId;
        final List<String> tried = new CopyOnWriteArrayList<>();
        final BlockingQueue<News> news = new LinkedBlockingQueue<>();
        volatile @Nullable String taskId;
        volatile int renewals;

        Job(String sessionId) {
            this.sessionId = sessionId;
        }
    }

    /** The orchestrator. */
    private static final class Chief implements AutoCloseable {
        final ParleyClient client;
        /** By their sessions, the jobs that are not over. */
        private final Map<String, Job> jobs = new ConcurrentHashMap<>();

        Chief(URI gateway) {
            client = ParleyClient.agent(gateway, "chief")
                    .follows(List.of("orchestration", "alerts", "agents"))
                    .on("inbox.message", this::told)
                    .on("task.updated", this::updated)
                    .on("agent.offline", this::gone)
                    .build();
        }

        JsonNode ask(String method, Map<String, ?> params) {
            return client.request(method, params).join();
        }

        /** Opens a session that ends by itself, soon, should nobody be there to look after it. */
        Job open(String goal) {
            JsonNode session = ask(
                    "session.create",
                    Map.of(
                            "agentId", "chief",
                            "userId", PERSON,
                            "name", goal,
                            "sharedContext", Map.of("goal", goal),
                            "timeoutConfig",
                                    Map.of(
                                            "timeoutMinutes", 0.2,
                                            "warningThresholdMinutes", 0.18,
                                            "autoRenew", false)));
            Job job = new Job(session.path("sessionId").asString());
            jobs.put(job.sessionId, job);
            return job;
        }

        /** Has a job done; answers a summary. However it ends, neither its task nor its session is left. */
        String work(Job job, String capability) throws InterruptedException, JobFailed {
            String why = "the orchestrator failed";
            try {
                while (true) {
                    String helper = find(job, capability);
                    String outcome = delegate(job, helper);
                    say("   " + helper + ": " + outcome);
                    if (outcome.equals("completed")) {
                        String summary = helper + " has done it";
                        jobs.remove(job.sessionId);
                        ask("session.complete", Map.of("sessionId", job.sessionId, "summary", summary));
                        return summary;
                    }
                    callOff(job);
                }
            } catch (JobFailed failure) {
                why = String.valueOf(failure.getMessage());
                throw failure;
            } catch (InterruptedException interruption) {
                why = "interrupted";
                throw interruption;
            } finally {
                giveUp(job, why);
            }
        }

        private String find(Job job, String capability) throws JobFailed {
            for (JsonNode agent : ask("agent.findByCapability", Map.of("name", capability)).path("agents")) {
                String id = agent.path("id").asString();
                if (!job.tried.contains(id)) {
                    job.tried.add(id);
                    return id;
                }
            }
            throw new JobFailed("nobody else can " + capability);
        }

        /** Answers how it went: completed, failed, timeout, or gone. */
        private String delegate(Job job, String helper) throws InterruptedException, JobFailed {
            ask(
                    "session.participants.add",
                    Map.of("sessionId", job.sessionId, "id", helper, "kind", "agent", "role", "helper"));
            String taskId = ask(
                            "task.delegate",
                            Map.of(
                                    "sessionId", job.sessionId,
                                    "delegatee", helper,
                                    "taskType", "job",
                                    "payload", Map.of("sessionId", job.sessionId),
                                    "timeoutMs", 60_000))
                    .path("taskId")
                    .asString();
            job.taskId = taskId;
            // It is cancelled by nobody else than this, but for the session's end, of which there is news of its own.
            Set<String> over = Set.of("completed", "failed", "timeout");
            while (true) {
                News news = job.news.poll(60, TimeUnit.SECONDS);
                if (news == null) {
                    throw new JobFailed("nothing is heard of it any more");
                } else if (news.what.equals("ended")) {
                    throw new JobFailed("the session was ended by " + news.detail);
                } else if (news.what.equals("gone") && news.about.equals(helper)) {
                    return "gone";
                } else if (news.what.equals("task") && news.about.equals(taskId) && over.contains(news.detail)) {
                    return news.detail;
                }
            }
        }

        private void callOff(Job job) {
            String taskId = job.taskId;
            job.taskId = null;
            if (taskId != null) {
                quietly("task.cancel", Map.of("taskId", taskId));
            }
        }

        /** Ends what a job holds, unless it is over. */
        private void giveUp(Job job, String why) {
            if (jobs.remove(job.sessionId) != null) {
                callOff(job);
                quietly("session.terminate", Map.of("sessionId", job.sessionId, "reason", why));
            }
        }

        /** Ends whatever is not over. */
        void cleanUp() {
            jobs.values().forEach(job -> giveUp(job, "the orchestrator went away"));
        }

        /** What is over already needs no end. */
        private void quietly(String method, Map<String, ?> params) {
            try {
                ask(method, params);
            } catch (RuntimeException over) {
                say("   " + method + ": " + over.getMessage());
            }
        }

        /** Callbacks come one at a time: these begin things, and do not wait for them. */
        private void told(Push push) {
            JsonNode message = push.json();
            JsonNode event = message.path("payload");
            Job job = jobs.get(event.path("sessionId").asString());
            String type = event.path("type").asString();
            if (job != null && type.equals("session:expiring")) {
                client.request("session.renew", Map.of("sessionId", job.sessionId)).thenAccept(renewed -> {
                    job.renewals++;
                    client.send(job.sessionId, "You have more time.");
                });
            } else if (job != null && type.equals("session:ended")) {
                job.news.add(new News("ended", job.sessionId, event.path("endedBy").asString()));
            }
            client.request("inbox.markRead", Map.of("messageIds", List.of(message.path("id").asString())));
        }

        private void updated(Push push) {
            JsonNode task = push.json().path("task");
            Job job = jobs.get(task.path("sessionId").asString());
            if (job != null) {
                job.news.add(new News(
                        "task", task.path("taskId").asString(), task.path("status").asString()));
            }
        }

        private void gone(Push push) {
            News news = new News("gone", push.json().path("agentId").asString(), "");
            jobs.values().forEach(job -> job.news.add(news));
        }

        @Override
        public void close() {
            client.close();
        }
    }

    /** An agent that can index. Of all, the one that gets the first task dies over it. */
    private static final class Helper implements ClientListener, AutoCloseable {
        final ParleyClient client;
        private final AtomicBoolean oneHasDied;
        private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> lost = new LinkedBlockingQueue<>();
        private final Map<String, String> atWork = new ConcurrentHashMap<>();
        private boolean firstIsDone;

        Helper(URI gateway, String id, AtomicBoolean oneHasDied) {
            this.oneHasDied = oneHasDied;
            client = ParleyClient.agent(gateway, id)
                    .capabilities(RawJson.of("[{\"name\":\"index\"}]"))
                    .listener(this)
                    .on("task.assigned", this::work)
                    .on("task.cancelled", push -> lost.add(push.json().path("task").path("taskId").asString()))
                    .build();
        }

        /** Waits until it has a task. */
        String takes() throws InterruptedException {
            return next(taken, "no task came");
        }

        /** Waits until a task is taken from it. */
        String loses() throws InterruptedException {
            return next(lost, "no task was called off");
        }

        private static String next(BlockingQueue<String> queue, String otherwise) throws InterruptedException {
            String next = queue.poll(30, TimeUnit.SECONDS);
            if (next == null) {
                throw new IllegalStateException(otherwise);
            }
            return next;
        }

        private void work(Push push) {
            if (oneHasDied.compareAndSet(false, true)) {
                CompletableFuture.runAsync(client::close);
                return;
            }
            JsonNode task = push.json().path("task");
            String taskId = task.path("taskId").asString();
            update(Map.of("taskId", taskId, "status", "in_progress"));
            if (firstIsDone) {
                taken.add(taskId);
            } else {
                atWork.put(task.path("sessionId").asString(), taskId);
            }
        }

        /** It finishes the first job once it has more time, and no other. */
        @Override
        public void onMessage(SessionEvents.Message message) {
            String taskId = atWork.remove(message.sessionId());
            if (taskId != null) {
                firstIsDone = true;
                update(Map.of("taskId", taskId, "status", "completed", "result", Map.of("pages", 7)));
            }
        }

        private void update(Map<String, ?> params) {
            client.request("task.update", params).whenComplete((task, problem) -> {
                if (problem != null) {
                    say("   " + client.id() + " could not update its task: " + problem.getMessage());
                }
            });
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
