package dev.parley.gateway.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.InboxMessage;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.AgentStore.Registration;
import dev.parley.store.Happening;
import dev.parley.store.Happening.Kind;
import dev.parley.store.InboxStore.Bounds;
import dev.parley.store.InboxStore.Page;
import dev.parley.store.InboxStore.Query;
import dev.parley.store.InboxStore.Send;
import dev.parley.store.SessionBuilder;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What comes into followers' inboxes of what happened. */
@DisplayName("followers")
class FollowerFeedTest {
    private final ManualTime time = new ManualTime();
    private final MemoryStore store = new MemoryStore(time, new StoreSettings(100, 100, 60_000));
    private final AtomicInteger missed = new AtomicInteger();
    private final FollowerFeed feed = new FollowerFeed(store, missed::incrementAndGet);

    @Test
    @DisplayName("are told what their channels are for, in their workspace, but not what they caused themselves")
    void channels() {
        online("both", "default", "orchestration", "alerts");
        online("alerts", "default", "alerts");
        online("none", "default");
        online("foreign", "other", "orchestration", "alerts");
        online("bot", "default", "orchestration");
        create("s1", 600_000);
        tell(
                happening("1", Kind.CREATED, SessionStatus.CREATED, "bot"),
                happening("2", Kind.EXPIRING, SessionStatus.ACTIVE, "system"),
                happening("3", Kind.SUSPENDED, SessionStatus.SUSPENDED, "system"),
                happening("4", Kind.CLOSED, SessionStatus.COMPLETED, "ann"),
                happening("5", Kind.DELETED, SessionStatus.COMPLETED, "ann"));
        assertThat(types("both")).containsExactly("session:created", "session:expiring", "session:ended");
        assertThat(types("alerts")).containsExactly("session:expiring");
        assertThat(types("none")).isEmpty();
        assertThat(types("foreign")).isEmpty();
        assertThat(types("bot")).containsExactly("session:ended");
        InboxMessage first = inbox("both").get(2);
        assertThat(first.type()).isEqualTo(InboxMessage.BROADCAST);
        assertThat(first.channel()).isEqualTo("orchestration");
        assertThat(first.from().id()).isEqualTo("system");
        JsonNode session = payload(first).get("session");
        assertThat(session.get("sessionId").asString()).isEqualTo("s1");
        assertThat(session.get("participants")).hasSize(2);
        JsonNode warning = payload(inbox("both").get(1));
        assertThat(warning.get("minutesRemaining").asInt()).isEqualTo(10);
        assertThat(warning.get("sessionName").asString()).isEqualTo("Tax");
        JsonNode ended = payload(inbox("both").get(0));
        assertThat(ended.get("endedBy").asString()).isEqualTo("ann");
        assertThat(ended.get("endedAt").asString())
                .isEqualTo(Json.MAPPER.valueToTree(first.createdAt()).asString());
    }

    @Test
    @DisplayName("are told once, however often and by whomever it is told; and of a session that is gone what is known")
    void once() {
        online("boss", "default", "orchestration");
        Happening created = happening("1", Kind.CREATED, SessionStatus.CREATED, "ann");
        tell(created);
        tell(created, happening("2", Kind.CLOSED, SessionStatus.TERMINATED, null));
        new FollowerFeed(store, missed::incrementAndGet)
                .tell(0, List.of(created))
                .block();
        assertThat(types("boss")).containsExactly("session:created", "session:ended");
        JsonNode session = payload(inbox("boss").get(1)).get("session");
        assertThat(session.get("sessionId").asString()).isEqualTo("s1");
        assertThat(session.get("createdBy").asString()).isEqualTo("ann");
        assertThat(payload(inbox("boss").get(0)).get("endedBy").asString()).isEqualTo("system");
    }

    @Test
    @DisplayName("get no warning that comes late: the session was renewed, or is over")
    void lateWarning() {
        online("boss", "default", "alerts");
        tell(happening("1", Kind.EXPIRING, SessionStatus.ACTIVE, "system"));
        create("s1", 900_000);
        tell(happening("2", Kind.EXPIRING, SessionStatus.ACTIVE, "system"));
        assertThat(types("boss")).isEmpty();
    }

    @Test
    @DisplayName("one whose inbox is full is told that it misses something, once for each gap, and it is counted")
    void full() {
        online("boss", "default", "orchestration");
        for (int i = 0; i < Bounds.DEFAULT.messages(); i++) {
            send("filler", "m" + i);
        }
        for (int i = 0; i < 5; i++) {
            tell(happening("a" + i, Kind.CLOSED, SessionStatus.COMPLETED, "ann"));
        }
        assertThat(missed).hasValue(5);
        assertThat(types("boss")).containsExactly("session:missed");
        assertThat(payload(inbox("boss").get(0)).get("since").asString()).isNotEmpty();
        markRead("m0", "m1", "m2", "evt_a0-missed");
        tell(happening("b", Kind.CLOSED, SessionStatus.COMPLETED, "ann"));
        assertThat(missed).hasValue(5);
        assertThat(types("boss")).containsExactly("session:ended");
        assertThat(inbox("boss").get(0).id()).isEqualTo("evt_b");
    }

    @Test
    @DisplayName("an id that another agent has taken holds nothing up, and is told as missed")
    void takenId() {
        online("boss", "default", "orchestration");
        send("rogue", "evt_1");
        tell(
                happening("1", Kind.CLOSED, SessionStatus.COMPLETED, "ann"),
                happening("2", Kind.CLOSED, SessionStatus.COMPLETED, "ann"));
        assertThat(missed).hasValue(1);
        assertThat(types("boss")).containsExactly("session:missed", "session:ended");
    }

    private void tell(Happening... happenings) {
        feed.tell(0, List.of(happenings)).block();
    }

    private void online(String id, String workspaceId, String... follows) {
        store.agents()
                .connect(
                        new Registration(
                                id,
                                workspaceId,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                List.of(follows),
                                null,
                                null),
                        "c-" + id)
                .block();
    }

    private void create(String id, long timeoutMillis) {
        SessionBuilder session = new SessionBuilder(id, time.nowMillis()).timeoutSeconds(timeoutMillis / 1000);
        store.sessions().create(session.create()).block();
    }

    private Happening happening(String id, Kind kind, SessionStatus status, @Nullable String by) {
        return new Happening(
                id, kind, "s1", "default", status, time.nowMillis(), by, time.nowMillis() + 600_000, "Tax", null);
    }

    private void send(String from, String messageId) {
        store.inbox()
                .send(new Send(
                        "default",
                        "boss",
                        messageId,
                        new InboxMessage.From(from, null, null),
                        "default",
                        InboxMessage.EVENT,
                        RawJson.of("1"),
                        null,
                        60_000,
                        Bounds.DEFAULT))
                .block();
    }

    private void markRead(String... ids) {
        store.inbox().markRead("default", "boss", List.of(ids)).block();
    }

    /** Unread messages of the gateway's own, oldest first. */
    private List<String> types(String agentId) {
        List<InboxMessage> newestFirst = inbox(agentId);
        return IntStream.range(0, newestFirst.size())
                .mapToObj(i -> payload(newestFirst.get(newestFirst.size() - 1 - i))
                        .get("type")
                        .asString())
                .toList();
    }

    /** The same, newest first. */
    private List<InboxMessage> inbox(String agentId) {
        String workspace = agentId.equals("foreign") ? "other" : "default";
        Page page = store.inbox()
                .list(new Query(workspace, agentId, null, true, null, null, 100))
                .block();
        return Objects.requireNonNull(page).messages().stream()
                .filter(message -> message.from().id().equals("system"))
                .toList();
    }

    private static JsonNode payload(InboxMessage message) {
        return Json.MAPPER.readTree(message.payload().toString());
    }
}
