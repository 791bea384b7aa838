package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionEnd;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.EventLog.Append;
import dev.parley.store.EventLog.Appended;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.Fired;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.SessionStore.Renewed;
import dev.parley.store.SessionStore.SessionQuery;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the groups of the contract share: a fresh store on manual time, and short forms of its calls. */
abstract class ContractGroup {
    static final RawJson BODY = RawJson.of("{\"content\":\"hello\"}");

    private final StoreContract kit;
    private final List<EventLog.Subscription> subscriptions = new ArrayList<>();
    private @Nullable ManualTime openedTime;
    private @Nullable Store opened;

    ContractGroup(StoreContract kit) {
        this.kit = kit;
    }

    /** What the store of this group keeps. */
    StoreSettings settings() {
        return StoreSettings.DEFAULT;
    }

    @BeforeEach
    void open() {
        openedTime = new ManualTime();
        opened = kit.open(openedTime, settings());
    }

    @AfterEach
    void nothingIsLeftBehind() {
        subscriptions.forEach(EventLog.Subscription::close);
        assertThat(kit.liveSubscriptions(store())).as("live subscriptions").isZero();
        done(store().close());
        assertThat(time().pending()).as("scheduled tasks").isZero();
    }

    ManualTime time() {
        return Objects.requireNonNull(openedTime);
    }

    Store store() {
        return Objects.requireNonNull(opened);
    }

    SessionStore sessions() {
        return store().sessions();
    }

    EventLog log() {
        return store().log();
    }

    long now() {
        return time().nowMillis();
    }

    void advanceSeconds(long seconds) {
        time().advance(Duration.ofSeconds(seconds));
    }

    /** The answer of a call. */
    static <T> T get(Mono<T> call) {
        return Objects.requireNonNull(call.block(Duration.ofSeconds(60)));
    }

    /** Waits for a call that answers nothing. */
    static void done(Mono<Void> call) {
        call.block(Duration.ofSeconds(60));
    }

    /** The refusal of a call, which must be of that kind. */
    static <E extends StoreException> E refusal(Class<E> kind, Mono<?> call) {
        E refusal = catchThrowableOfType(kind, () -> call.block(Duration.ofSeconds(60)));
        assertThat(refusal).as("refusal").isNotNull();
        return refusal;
    }

    SessionBuilder session(String id) {
        return new SessionBuilder(id, now());
    }

    StoredSession create(SessionBuilder builder) {
        return get(sessions().create(builder.create()));
    }

    StoredSession load(String sessionId) {
        return get(sessions().load(sessionId));
    }

    SessionState state(String sessionId) {
        return load(sessionId).state();
    }

    static Append message(String sessionId, String messageId, String authorId) {
        return new Append(sessionId, messageId, authorId, null, null, BODY, -1);
    }

    static Append messageTo(String sessionId, String messageId, String authorId, String to) {
        return new Append(sessionId, messageId, authorId, to, null, BODY, -1);
    }

    Appended append(String sessionId, String messageId) {
        return append(message(sessionId, messageId, "ann"));
    }

    Appended append(Append append) {
        return get(log().append(append));
    }

    Renewed renew(String sessionId) {
        return get(sessions().renew(new Renew(sessionId, operation(), false, 0)));
    }

    Renewed renewByHand(String sessionId) {
        return get(sessions().renew(new Renew(sessionId, operation(), true, 0)));
    }

    /** A change of metadata with an event. */
    static Commit change(StoredSession session, String metadata) {
        Session document = session.document().withMetadata(RawJson.of(metadata));
        return new Commit(
                document.sessionId(),
                operation(),
                session.state().version(),
                document,
                null,
                null,
                false,
                List.of(new NewEvent("session.updated", RawJson.of("{\"changed\":[\"metadata\"]}"), "ann")));
    }

    /** An end at the present instant. */
    Commit end(StoredSession session, SessionStatus status) {
        SessionEnd end = new SessionEnd(status, Instant.ofEpochMilli(now()), "ann", "enough", null, null, null);
        return new Commit(
                session.document().sessionId(),
                operation(),
                session.state().version(),
                session.document().withEnd(end),
                null,
                end,
                false,
                List.of(new NewEvent("session.ended", RawJson.of("{\"end\":{}}"), "ann")));
    }

    StoredSession commit(Commit commit) {
        return get(sessions().commit(commit));
    }

    static Commit replan(StoredSession session, DeadlinePlan plan) {
        return new Commit(
                session.document().sessionId(),
                operation(),
                session.state().version(),
                session.document(),
                plan,
                null,
                false,
                List.of());
    }

    static String operation() {
        return UUID.randomUUID().toString();
    }

    /** How many rounds of a race are run of so many that a store in memory runs. */
    int rounds(int inMemory) {
        return Math.max(1, inMemory / kit.raceShare());
    }

    /** Returns once what happened so far has been told to all listeners. */
    void awaitTold() {
        kit.awaitTold(Objects.requireNonNull(opened));
    }

    /** A feed that waits for what is on its way before it is read. */
    RecordingFeed feed() {
        return new RecordingFeed(this::awaitTold);
    }

    RecordingFeed listen(String sessionId) {
        RecordingFeed feed = feed();
        subscriptions.add(get(log().subscribe(sessionId, feed)));
        return feed;
    }

    List<LoggedEvent> entries(String sessionId) {
        return get(log().read(sessionId, 0, 1000));
    }

    List<String> types(String sessionId) {
        return entries(sessionId).stream().map(LoggedEvent::type).toList();
    }

    /** Fires all that is due in all partitions; the lateness of what was given. */
    List<Long> fire() {
        List<Long> lateness = new ArrayList<>();
        for (Fired fired : get(Flux.range(0, sessions().partitions())
                .flatMap(partition -> sessions()
                        .fire(partition, 100)
                        .expand(fired ->
                                fired.done() < 100 ? Mono.empty() : sessions().fire(partition, 100)))
                .collectList())) {
            for (long late : fired.latenessMillis()) {
                lateness.add(late);
            }
        }
        return lateness;
    }

    /** The earliest next instant of all partitions. */
    long nextAt() {
        return get(Flux.range(0, sessions().partitions())
                .flatMap(partition -> sessions().fire(partition, 100))
                .map(Fired::nextAt)
                .reduce(Long.MAX_VALUE, Math::min));
    }

    /** Nothing becomes due any more, at the latest when what a fault has kept from being done is done again. */
    void assertNothingDue() {
        for (int i = 0; i < kit.repeatsOfWhatFailed() && nextAt() != Long.MAX_VALUE; i++) {
            advanceSeconds(1);
        }
        assertThat(nextAt()).isEqualTo(Long.MAX_VALUE);
    }

    /** A query of the workspace's live sessions. */
    static SessionQuery query(int limit) {
        return new SessionQuery("default", null, null, null, Set.of(), null, null, null, limit);
    }
}
