package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The verdict on a session's messages finds each way in which history, acknowledgements and pushes can disagree. */
final class SessionVerdictTest {
    private final SessionVerdict verdict = new SessionVerdict();
    private final Ledger user = new Ledger(0);
    private final Ledger agent = new Ledger(1);
    private final List<Ledger.Sight> history = new ArrayList<>();

    private void stored(long seq, long number) {
        history.add(new Ledger.Sight(0, seq, Ledger.key(number, 0)));
    }

    /** The user sends a message that is stored, acknowledged and pushed. */
    private void exchanged(long seq, long number) {
        stored(seq, number);
        user.acknowledged(seq, number);
        agent.saw(seq, Ledger.key(number, 0));
    }

    private void judge() {
        verdict.judge("s", history, List.of(user, agent));
    }

    @Test
    void whatAgreesIsGood() {
        exchanged(2, 0);
        exchanged(3, 1);
        judge();

        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.delivered).isEqualTo(2);
    }

    @Test
    void anAcknowledgedMessageThatIsNotStoredIsLost() {
        exchanged(2, 0);
        user.acknowledged(3, 1);
        judge();

        assertThat(verdict.lostUntold).isEqualTo(1);
        assertThat(verdict.ok()).isFalse();
    }

    @Test
    void anAcknowledgedMessageThatIsStoredElsewhereIsLost() {
        user.acknowledged(3, 0);
        stored(4, 0);
        agent.saw(4, Ledger.key(0, 0));
        judge();

        assertThat(verdict.lostUntold).isEqualTo(1);
    }

    @Test
    void aLossThatWasToldToBothIsBorne() {
        exchanged(2, 0);
        user.acknowledged(3, 1);
        agent.saw(3, Ledger.key(1, 0));
        user.gap(3, 3, "lost", 0);
        agent.gap(3, 3, "lost", 0);
        judge();

        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.lostTold).isEqualTo(1);
        assertThat(verdict.undoneTold).isEqualTo(1);
        assertThat(verdict.partiesTold).isEqualTo(2);
    }

    @Test
    void aLossThatOnlyOneWasToldOfIsFound() {
        exchanged(2, 0);
        user.acknowledged(3, 1);
        agent.saw(3, Ledger.key(1, 0));
        user.gap(3, 3, "lost", 0);
        judge();

        assertThat(verdict.undoneUntold).isEqualTo(1);
        assertThat(verdict.ok()).isFalse();
    }

    @Test
    void aGapThatWasToldBeforeCoversNothing() {
        exchanged(2, 0);
        user.gap(3, 3, "lost", 1);
        user.acknowledged(3, 1);
        judge();

        assertThat(verdict.lostUntold).isEqualTo(1);
    }

    @Test
    void aGapThatConcernsNothingIsAFalseAlarm() {
        exchanged(2, 0);
        agent.gap(2, 2, "lost", 0);
        judge();

        assertThat(verdict.falseAlarms).isEqualTo(1);
        assertThat(verdict.ok()).isFalse();
    }

    @Test
    void theHighestAcknowledgedSendOfAnEntryTellsOfALoss() {
        exchanged(2, 0);
        user.acknowledged(3, 1);
        user.stillThere(2, 0);
        judge();

        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.lostTold).isEqualTo(1);
    }

    @Test
    void aStoredMessageThatWasNeverPushedIsMissed() {
        stored(2, 0);
        user.acknowledged(2, 0);
        judge();

        assertThat(verdict.missed).isEqualTo(1);
    }

    @Test
    void aMessageThatIsStoredTwiceIsDoubled() {
        exchanged(2, 0);
        stored(3, 0);
        judge();

        assertThat(verdict.doubled).isEqualTo(1);
    }

    @Test
    void aMessageThatIsPushedTwiceIsDoubled() {
        exchanged(2, 0);
        agent.saw(2, Ledger.key(0, 0));
        judge();

        assertThat(verdict.doubled).isEqualTo(1);
    }

    @Test
    void theOrderOfTheSenderIsHeld() {
        exchanged(2, 1);
        exchanged(3, 0);
        judge();

        assertThat(verdict.misordered).isEqualTo(1);
    }

    @Test
    void theOrderOfTheLogIsHeld() {
        stored(2, 0);
        stored(3, 1);
        agent.saw(3, Ledger.key(1, 0));
        agent.saw(2, Ledger.key(0, 0));
        judge();

        assertThat(verdict.misordered).isEqualTo(1);
    }
}
