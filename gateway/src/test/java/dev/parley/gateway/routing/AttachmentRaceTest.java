package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.store.EventLog;
import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionState;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.StoreException;
import dev.parley.store.StoreSettings;
import dev.parley.store.StoredSession;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** What happens between two steps of an attachment: while its entry waits for the answer, its loop for its turn. */
class AttachmentRaceTest {
    private static final String ID = "s";

    private final ManualTime time = new ManualTime();
    private final MemoryStore store = new MemoryStore(time, new StoreSettings(50, 1000, 3_600_000));
    private SessionRouter router = new SessionRouter(store, time);
    private final RecordingSink sink = new RecordingSink("c1");
    private int renewals;

    @BeforeEach
    void create() {
        store.sessions()
                .create(TestSessions.create(ID, time.nowMillis(), 60_000, List.of(30_000L, 10_000L)))
                .block();
    }

    /** What came of an attach: the attachment, not started, or why there is none. */
    private static final class Attached {
        private @Nullable Attachment attachment;
        private @Nullable Throwable failure;

        Attachment get() {
            if (attachment == null) {
                throw new AssertionError("not attached", failure);
            }
            return attachment;
        }
    }

    private Attached attach(RecordingSink to, @Nullable Long seq, SessionRouter.Admission admission) {
        Attached attached = new Attached();
        router.attach(ID, to, new SessionRouter.AttachRequest("u", null, seq, false, admission))
                .subscribe(made -> attached.attachment = made, failure -> attached.failure = failure);
        return attached;
    }

    private Attachment held() {
        Attached attached = attach(sink, null, session -> null);
        sink.run();
        return attached.get();
    }

    private void send(String author, String messageId, @Nullable String origin) {
        store.log()
                .append(new EventLog.Append(
                        ID, messageId, author, null, origin, RawJson.of("{\"messageId\":\"" + messageId + "\"}"), -1))
                .block();
    }

    private void fireAfter(int seconds) {
        time.advance(Duration.ofSeconds(seconds));
        store.sessions().fire(0, 100).block();
    }

    private void renew() {
        store.sessions()
                .renew(new SessionStore.Renew(ID, "renew-" + renewals++, true, 0))
                .block();
    }

    private void delete() {
        store.sessions()
                .delete(ID, "op", new NewEvent("session.ended", RawJson.of("{\"end\":{}}"), "u"))
                .block();
    }

    private void end() {
        StoredSession session = Objects.requireNonNull(store.sessions().load(ID).block());
        dev.parley.protocol.session.SessionEnd end = new dev.parley.protocol.session.SessionEnd(
                dev.parley.protocol.session.SessionStatus.COMPLETED,
                java.time.Instant.ofEpochMilli(time.nowMillis()),
                "u",
                null,
                null,
                null,
                null);
        store.sessions()
                .commit(new SessionStore.Commit(
                        ID,
                        "end",
                        session.state().version(),
                        session.document().withEnd(end),
                        null,
                        end,
                        false,
                        List.of(new NewEvent("session.ended", RawJson.of("{\"end\":{}}"), "u"))))
                .block();
    }

    @Nested
    @DisplayName("warnings and renewals")
    class Warned {
        @Test
        void aWarningThatARenewalOvertookIsNotPushed() {
            held().start();
            fireAfter(30);
            renew();
            assertThat(sink.take()).containsExactly("session.renewed");
        }

        @Test
        void aWarningGivenBeforeTheEntryWasAnsweredIsPushedAfterIt() {
            Attachment attachment = held();
            fireAfter(30);
            sink.run();
            assertThat(attachment.entry().warned()).isNull();
            attachment.start();
            assertThat(sink.take()).containsExactly("expiring 30");
        }

        @Test
        void aRenewalThatAFullQueueHeldBackIsToldLater() {
            held().start();
            fireAfter(30);
            assertThat(sink.take()).containsExactly("expiring 30");
            sink.writable(false);
            renew();
            assertThat(sink.take()).isEmpty();
            sink.writable(true);
            assertThat(sink.take()).containsExactly("session.renewed");
        }

        @Test
        void aRenewalIsNotToldAfterTheEnd() {
            held().start();
            time.advance(Duration.ofSeconds(6));
            renew();
            time.advance(Duration.ofSeconds(1));
            renew();
            assertThat(sink.take()).containsExactly("session.renewed");
            end();
            time.advance(Duration.ofSeconds(10));
            assertThat(sink.take()).containsExactly("session.ended");
        }
    }

    @Nested
    @DisplayName("sessions that go away")
    class Gone {
        @Test
        void beforeTheEntryWasAnsweredSayGoodbyeAfterIt() {
            Attachment attachment = held();
            delete();
            sink.run();
            attachment.start();
            assertThat(sink.take()).containsExactly("session.ended");
            assertThat(router.localSessions()).isZero();
        }

        @Test
        void whileTheLogIsReadAreNotFound() {
            send("a", "m1", null);
            EventLog deletesBehindTheReader = new ForwardingLog(store.log()) {
                @Override
                public Mono<List<LoggedEvent>> read(String sessionId, long afterSeq, int limit) {
                    return super.read(sessionId, afterSeq, limit).doOnNext(page -> delete());
                }
            };
            router = new SessionRouter(new LogStore(store, deletesBehindTheReader), time);
            Attached attached = attach(sink, 0L, session -> null);
            sink.run();
            assertThat(attached.failure).isInstanceOf(StoreException.NotFound.class);
            assertThat(router.localSessions()).isZero();
            assertThat(store.liveSubscriptions()).isZero();
        }

        @Test
        void andComeAgainUnderTheirIdAreHeardOf() {
            SessionRouter.Watch watch =
                    Objects.requireNonNull(router.watch(ID, new Deaf()).block());
            delete();
            create();
            held().start();
            send("a", "m1", null);
            assertThat(sink.take()).containsExactly("2:m1");
            watch.close();
        }

        @Test
        void whoseTimeIsOverAreRefusedAlthoughNothingHasNoticedIt() {
            held().start();
            time.advance(Duration.ofSeconds(61));
            RecordingSink late = new RecordingSink("c2");
            Attached attached = attach(
                    late,
                    null,
                    session -> session.state().status().isTerminal()
                            ? ProtocolException.of(ErrorCode.SESSION_EXPIRED, "over")
                            : null);
            late.run();
            assertThat(attached.failure).isInstanceOf(ProtocolException.class);
        }
    }

    @Test
    void aReplayFromANamedPositionHoldsWhatTheSameConnectionSent() {
        send("u", "m1", "c1");
        send("a", "m2", null);
        Attached attached = attach(sink, 1L, session -> null);
        sink.run();
        attached.get().start();
        send("u", "m3", "c1");
        assertThat(sink.take()).containsExactly("2:m1", "3:m2");
    }

    @Test
    void streamsThatWereGivenUpMakeRoomForNewOnes() {
        held().start();
        for (int i = 0; i <= 100; i++) {
            RawJson body = RawJson.of(Json.write(Map.of("messageId", "m" + i, "index", 0, "chunk", "a")));
            store.log().signal(new Signal(ID, "message.delta", "a", "c2", body)).block();
        }
        assertThat(sink.take()).hasSize(101).endsWith("delta m100 0 a");
    }

    /** Hears nothing of what it is told. */
    private static final class Deaf implements FeedListener {
        @Override
        public void onEvent(LoggedEvent event, SessionState state) {}

        @Override
        public void onState(SessionState state) {}

        @Override
        public void onSignal(Signal signal) {}

        @Override
        public void onDeleted(@Nullable LoggedEvent last) {}

        @Override
        public void onReset(SessionState state) {}
    }
}
