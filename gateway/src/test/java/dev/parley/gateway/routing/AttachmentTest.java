package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.SessionResults;
import dev.parley.store.EventLog;
import dev.parley.store.SessionStore;
import dev.parley.store.Signal;
import dev.parley.store.StoreSettings;
import dev.parley.store.memory.MemoryStore;
import dev.parley.time.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AttachmentTest {
    private static final String ID = "s";
    private static final int HISTORY = 50;

    private final ManualTime time = new ManualTime();
    private final MemoryStore store = new MemoryStore(time, new StoreSettings(HISTORY, 1000, 3_600_000));
    private final SessionRouter router = new SessionRouter(store, time);
    private final RecordingSink sink = new RecordingSink("c1");

    @BeforeEach
    void create() {
        store.sessions()
                .create(TestSessions.create(ID, time.nowMillis(), 60_000, List.of(30_000L, 10_000L)))
                .block();
    }

    @AfterEach
    void nothingIsLeft() {
        store.sessions().delete(ID, "end", null).onErrorComplete().block();
        sink.run();
        assertThat(router.localSessions()).isZero();
    }

    private Attachment attach(RecordingSink to, String viewer, @Nullable Long seq, boolean fromSeen) {
        Attachment[] attached = new Attachment[1];
        router.attach(ID, to, new SessionRouter.AttachRequest(viewer, null, seq, fromSeen, TestSessions.ADMIT_ALL))
                .subscribe(attachment -> attached[0] = attachment);
        to.run();
        assertThat(attached[0]).as("attached").isNotNull();
        attached[0].start();
        to.run();
        return attached[0];
    }

    private void send(String author, String messageId) {
        send(author, messageId, null, null);
    }

    private void send(String author, String messageId, @Nullable String to, @Nullable String origin) {
        store.log()
                .append(new EventLog.Append(
                        ID, messageId, author, to, origin, RawJson.of("{\"messageId\":\"" + messageId + "\"}"), -1))
                .block();
    }

    private void delta(String messageId, int index, String chunk) {
        RawJson body = RawJson.of(Json.write(Map.of("messageId", messageId, "index", index, "chunk", chunk)));
        store.log()
                .signal(new Signal(ID, "message.delta", "a", "c-agent", body))
                .block();
    }

    @Nested
    @DisplayName("positions")
    class Positions {
        @Test
        void withoutPositionGoesLiveFromTheHead() {
            send("a", "m1");
            SessionResults.Entry entry = attach(sink, "u", null, false).entry();
            assertThat(entry.seq()).isEqualTo(2);
            assertThat(entry.recovered()).isTrue();
            assertThat(sink.take()).isEmpty();
            send("a", "m2");
            assertThat(sink.take()).containsExactly("3:m2");
        }

        @Test
        void fromAPositionGetsAllAfterItAndItsOwnToo() {
            send("u", "m1");
            send("a", "m2");
            attach(sink, "u", 1L, false);
            send("a", "m3");
            assertThat(sink.take()).containsExactly("2:m1", "3:m2", "4:m3");
        }

        @Test
        void anAgentGoesOnFromWhatItHasSeenWithoutItsOwn() {
            send("u", "m1");
            send("u", "m2");
            send("a", "m3");
            store.log().seen(ID, "a", 2).block();
            attach(sink, "a", null, true);
            assertThat(sink.take()).containsExactly("3:m2");
            send("a", "m4", null, "another connection");
            assertThat(sink.take()).containsExactly("5:m4");
        }

        @Test
        void beyondTheHeadIsToldAsLost() {
            SessionResults.Entry entry = attach(sink, "u", 7L, false).entry();
            assertThat(entry.recovered()).isFalse();
            assertThat(entry.seq()).isEqualTo(1);
            assertThat(entry.gap()).isEqualTo(new SessionResults.Gap(2, 7, "lost"));
        }

        @Test
        void beforeTheBeginningIsToldAsTrimmed() {
            for (int i = 0; i < HISTORY + 10; i++) {
                send("a", "m" + i);
            }
            SessionResults.Entry entry = attach(sink, "u", 1L, false).entry();
            assertThat(entry.recovered()).isFalse();
            assertThat(entry.gap()).isEqualTo(new SessionResults.Gap(2, 11, "trimmed"));
            assertThat(entry.seq()).isEqualTo(11);
            assertThat(sink.take()).hasSize(HISTORY).startsWith("12:m10").endsWith("61:m59");
        }

        @Test
        void whoWasNotMeantDoesNotSeeAMessageToAnother() {
            attach(sink, "u", null, false);
            send("a", "m1", "reader", null);
            send("a", "m2", "u", null);
            send("a", "m3");
            assertThat(sink.take()).containsExactly("3:m2", "4:m3");
        }

        @Test
        void theSendingConnectionGetsItsAnswerNotItsMessage() {
            RecordingSink other = new RecordingSink("c2");
            attach(sink, "u", null, false);
            Attachment second = attach(other, "u", null, false);
            send("u", "m1", null, "c1");
            send("a", "m2");
            assertThat(sink.take()).containsExactly("3:m2");
            assertThat(other.take()).containsExactly("2:m1", "3:m2");
            second.close();
        }
    }

    @Nested
    @DisplayName("lag")
    class Lag {
        @Test
        void aFullQueueWaitsInTheLogAndGoesOnWhereItWas() {
            attach(sink, "u", null, false);
            sink.run();
            sink.writable(false);
            send("a", "m1");
            send("a", "m2");
            assertThat(sink.take()).isEmpty();
            assertThat(sink.isBehind()).isTrue();
            sink.writable(true);
            send("a", "m3");
            assertThat(sink.take()).containsExactly("2:m1", "3:m2", "4:m3");
            assertThat(sink.isBehind()).isFalse();
        }

        @Test
        void typingIsDroppedWhileTheQueueIsFull() {
            attach(sink, "u", null, false);
            typing();
            assertThat(sink.take()).containsExactly("typing");
            sink.writable(false);
            typing();
            send("a", "m1");
            sink.run();
            sink.writable(true);
            sink.run();
            assertThat(sink.take()).containsExactly("2:m1");
            typing();
            assertThat(sink.take()).containsExactly("typing");
        }

        private void typing() {
            store.log()
                    .signal(new Signal(ID, "typing", "a", "c-agent", RawJson.of("{\"on\":true}")))
                    .block();
        }

        @Test
        void whoIsBehindTheLogsBeginningIsCutOff() {
            attach(sink, "u", null, false);
            sink.writable(false);
            for (int i = 0; i <= HISTORY; i++) {
                send("a", "m" + i);
            }
            sink.run();
            sink.writable(true);
            sink.run();
            assertThat(sink.hasFallenOff()).isTrue();
            assertThat(sink.take()).isEmpty();
        }
    }

    @Nested
    @DisplayName("pieces of a message")
    class Deltas {
        @Test
        void passOnAndEndWithTheMessage() {
            attach(sink, "u", null, false);
            delta("m", 0, "Hel");
            delta("m", 1, "lo");
            send("a", "m");
            delta("m", 2, "!");
            assertThat(sink.take()).containsExactly("delta m 0 Hel", "delta m 1 lo", "2:m");
        }

        @Test
        void areMergedWhileTheQueueIsFull() {
            attach(sink, "u", null, false);
            delta("m", 0, "a");
            sink.run();
            sink.writable(false);
            delta("m", 1, "b");
            delta("m", 2, "c");
            delta("n", 0, "x");
            sink.run();
            sink.writable(true);
            delta("m", 3, "d");
            assertThat(sink.take()).containsExactly("delta m 0 a", "delta m 1-2 bc", "delta n 0 x", "delta m 3 d");
        }

        @Test
        void whoseMessageEndedMeanwhileAreNotSentAnyMore() {
            attach(sink, "u", null, false);
            delta("m", 0, "a");
            sink.run();
            sink.writable(false);
            delta("m", 1, "b");
            send("a", "m");
            sink.run();
            sink.writable(true);
            assertThat(sink.take()).containsExactly("delta m 0 a", "2:m");
        }

        @Test
        void thatBeganBeforeTheAttachmentAreLeftOut() {
            delta("m", 0, "a");
            attach(sink, "u", null, false);
            delta("m", 1, "b");
            send("a", "m");
            assertThat(sink.take()).containsExactly("2:m");
        }

        @Test
        void withAHoleAreLeftOutFromThereOn() {
            attach(sink, "u", null, false);
            delta("m", 0, "a");
            delta("m", 2, "c");
            delta("m", 3, "d");
            send("a", "m");
            assertThat(sink.take()).containsExactly("delta m 0 a", "2:m");
        }
    }

    @Nested
    @DisplayName("warnings and renewals")
    class Warned {
        @Test
        void eachRungIsPushedOnce() {
            attach(sink, "u", null, false);
            fireAfter(30);
            assertThat(sink.take()).containsExactly("expiring 30");
            fireAfter(5);
            assertThat(sink.take()).isEmpty();
            fireAfter(15);
            assertThat(sink.take()).containsExactly("expiring 10");
            fireAfter(10);
            assertThat(sink.take()).containsExactly("session.expired");
        }

        @Test
        void whoComesLaterIsToldByTheAnswer() {
            fireAfter(30);
            SessionResults.Entry entry = attach(sink, "u", null, false).entry();
            assertThat(entry.warned()).isEqualTo(30L);
            assertThat(sink.take()).isEmpty();
        }

        @Test
        void aFullQueueDelaysTheWarningOnly() {
            attach(sink, "u", null, false);
            sink.writable(false);
            fireAfter(30);
            assertThat(sink.take()).isEmpty();
            sink.writable(true);
            assertThat(sink.take()).containsExactly("expiring 30");
        }

        @Test
        void aRenewalSilencesTheLadderAndIsToldAtOnce() {
            attach(sink, "u", null, false);
            fireAfter(30);
            sink.take();
            renew();
            assertThat(sink.take()).containsExactly("session.renewed");
            fireAfter(29);
            assertThat(sink.take()).isEmpty();
            fireAfter(1);
            assertThat(sink.take()).containsExactly("expiring 30");
        }

        @Test
        void renewalsArePushedAtMostOnceInFiveSecondsAndTheLastIsNotForgotten() {
            attach(sink, "u", null, false);
            time.advance(Duration.ofSeconds(6));
            renew();
            assertThat(sink.take()).containsExactly("session.renewed");
            time.advance(Duration.ofSeconds(1));
            renew();
            time.advance(Duration.ofSeconds(1));
            renew();
            assertThat(sink.take()).isEmpty();
            time.advance(Duration.ofSeconds(5));
            assertThat(sink.take()).containsExactly("session.renewed");
        }

        private void fireAfter(int seconds) {
            time.advance(Duration.ofSeconds(seconds));
            for (int partition = 0; partition < store.sessions().partitions(); partition++) {
                store.sessions().fire(partition, 100).block();
            }
        }

        @Test
        void anExpiryThatWasToldIsNotToldAgainWhenTheSessionIsRemoved() {
            attach(sink, "u", null, false);
            fireAfter(60);
            assertThat(sink.take()).containsExactly("session.expired");
            fireAfter(3600);
            assertThat(sink.take()).isEmpty();
            assertThat(sink.isGone()).isTrue();
        }

        @Test
        void anExpiryThatAFullQueueHeldBackIsToldWhenTheSessionIsRemoved() {
            attach(sink, "u", null, false);
            sink.writable(false);
            fireAfter(60);
            assertThat(sink.take()).isEmpty();
            fireAfter(3600);
            assertThat(sink.take()).containsExactly("session.expired");
        }

        private int renewals;

        private void renew() {
            store.sessions()
                    .renew(new SessionStore.Renew(ID, "renew-" + renewals++, true, 0))
                    .block();
        }
    }

    @Test
    void aDeletedSessionTellsItsEndAndLetsGo() {
        attach(sink, "u", null, false);
        store.sessions()
                .delete(ID, "op", new dev.parley.store.NewEvent("session.ended", RawJson.of("{\"end\":{}}"), "u"))
                .block();
        assertThat(sink.take()).containsExactly("session.ended");
        assertThat(sink.isGone()).isTrue();
    }
}
