package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The verdict on deadlines finds what was missed, told again, told too early, or told of an expiry that is not any more. */
final class DeadlineVerdictTest {
    private static final long CREATED = 1_000_000;
    private static final long EXPIRES = CREATED + 20_000;

    private final DeadlineFacts facts = new DeadlineFacts("s", "a");
    private final DeadlineLedger ledger = new DeadlineLedger("s");
    private final List<Stay> stays = new ArrayList<>();
    private final List<FaultRun.Done> faults = new ArrayList<>();
    private long lateMillis = 2_000;
    private boolean lossIsBorne;

    DeadlineVerdictTest() {
        facts.created(CREATED, EXPIRES);
        ledger.attached(CREATED);
        stays.add(new Stay(1, 0, CREATED - 1000, Long.MAX_VALUE));
    }

    private void told(long rung, long expiresAt, long lateMillis) {
        ledger.add(new DeadlineLedger.Told(rung, expiresAt, expiresAt - rung * 1000 + lateMillis, true, 1));
    }

    private DeadlineVerdict judge() {
        DeadlineVerdict verdict = new DeadlineVerdict(new long[] {8, 2}, faults, lateMillis, lossIsBorne);
        verdict.judge("u", facts, ledger, stays);
        return verdict;
    }

    @Test
    void eachOnceAndInTimeIsGood() {
        told(8, EXPIRES, 3);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().ok()).isTrue();
        assertThat(judge().pushed).isEqualTo(3);
        assertThat(judge().calm.getTotalCount()).isEqualTo(3);
    }

    @Test
    void aWarningThatNeverCameIsMissed() {
        told(8, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void aWarningThatALowerOneTookThePlaceOfInTimeIsNotMissed() {
        lateMillis = 7_000;
        told(2, EXPIRES, 500);
        told(0, EXPIRES, 3);

        assertThat(judge().missed).isZero();
        assertThat(judge().passedOver).isEqualTo(1);
    }

    @Test
    void whatBecameDueWithoutRedisCountsFromItsReturn() {
        long well = EXPIRES + 4_000;
        faults.add(new FaultRun.Done(
                new FaultPlan.Fault(0, FaultPlan.Kind.OUTAGE, 0, 20), -1, "Redis is stopped", EXPIRES - 3_000, well));
        told(8, EXPIRES, 3);
        told(0, EXPIRES, 5_000);

        DeadlineVerdict verdict = judge();

        assertThat(verdict.ok()).isTrue();
        assertThat(verdict.withoutRedis.getMaxValue() / 1_000_000).isBetween(4_990L, 5_010L);
        assertThat(verdict.afterRedis.getMaxValue() / 1_000_000).isBetween(990L, 1_010L);
        assertThat(verdict.disturbed.getTotalCount()).isZero();
    }

    private void failover(long from) {
        faults.add(new FaultRun.Done(
                new FaultPlan.Fault(0, FaultPlan.Kind.KILL, 0, 3), -1, "a master is killed", from, from + 3_000));
    }

    @Test
    void whatAFailoverLostMayComeAgainWhereLossIsBorne() {
        failover(EXPIRES - 8_000);
        told(8, EXPIRES, 3);
        told(8, EXPIRES, 4_000);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().doubled).isEqualTo(1);
        lossIsBorne = true;
        assertThat(judge().ok()).isTrue();
        assertThat(judge().undone).isEqualTo(1);
    }

    @Test
    void whatWasToldLongBeforeAFailoverMayNotComeAgain() {
        lossIsBorne = true;
        failover(EXPIRES - 5_000);
        told(8, EXPIRES, 3);
        told(8, EXPIRES, 4_000);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().doubled).isEqualTo(1);
    }

    @Test
    void aWarningThatALostRenewalHadTakenAwayMayComeAgain() {
        failover(EXPIRES - 4_000);
        facts.renewed(facts.renewing(EXPIRES - 4_300), EXPIRES - 4_200, EXPIRES + 20_000);
        told(8, EXPIRES, 3);
        told(8, EXPIRES, 6_000);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().ok()).isFalse();
        lossIsBorne = true;
        assertThat(judge().ok()).isTrue();
    }

    @Test
    void whatARenewalMovedAwayWhoseAnswerWasLostIsNotMissed() {
        facts.renewing(EXPIRES - 4_000);
        told(8, EXPIRES, 3);
        told(8, EXPIRES + 20_000, 3);
        told(2, EXPIRES + 20_000, 3);
        ledger.add(new DeadlineLedger.Told(DeadlineLedger.EXPIRED, DeadlineLedger.UNKNOWN, EXPIRES + 21_000, false, 1));

        assertThat(judge().ok()).isTrue();
    }

    @Test
    void aRenewalThatWasNotAnsweredMayHaveBeenCarriedOutMuchLater() {
        facts.renewing(EXPIRES - 14_000);
        told(8, EXPIRES, 3);
        ledger.add(new DeadlineLedger.Told(DeadlineLedger.EXPIRED, DeadlineLedger.UNKNOWN, EXPIRES + 21_000, false, 2));

        assertThat(judge().ok()).isTrue();
    }

    @Test
    void aRungOfWhatARenewalLedToIsMissedOnceItIsKnown() {
        facts.renewing(EXPIRES - 14_000);
        told(8, EXPIRES, 3);
        told(8, EXPIRES + 12_000, 3);
        told(0, EXPIRES + 12_000, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void aRungIsMissedWhenARenewalThatWasNotAnsweredWasNotCarriedOut() {
        facts.renewing(EXPIRES - 14_000);
        told(8, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void anEndThatAClientWhoWasThereHeardOfOnlyLaterIsMissed() {
        told(8, EXPIRES, 3);
        told(2, EXPIRES, 3);
        ledger.add(new DeadlineLedger.Told(DeadlineLedger.EXPIRED, DeadlineLedger.UNKNOWN, EXPIRES + 9_000, false, 1));

        assertThat(judge().missed).isEqualTo(1);
        stays.set(0, new Stay(1, 0, CREATED - 1000, EXPIRES + 100));
        assertThat(judge().ok()).isTrue();
    }

    @Test
    void anEndThatNeverCameIsMissed() {
        told(8, EXPIRES, 3);
        told(2, EXPIRES, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void aWarningThatCameAgainIsDoubled() {
        told(8, EXPIRES, 3);
        told(8, EXPIRES, 400);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().doubled).isEqualTo(1);
    }

    @Test
    void aPushOfWhatAnAnswerHadToldIsDoubled() {
        ledger.add(new DeadlineLedger.Told(8, EXPIRES, EXPIRES - 7_900, false, 1));
        told(8, EXPIRES, 300);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().doubled).isEqualTo(1);
    }

    @Test
    void aWarningThatComesTooEarlyIsWrong() {
        told(8, EXPIRES, -200);
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().wrong).isEqualTo(1);
    }

    @Test
    void aRungMayBePassedOverWhileTheClientWasAway() {
        stays.clear();
        stays.add(new Stay(1, 0, CREATED - 1000, CREATED + 5_000));
        stays.add(new Stay(2, 1, EXPIRES - 4_000, Long.MAX_VALUE));
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().ok()).isTrue();
        assertThat(judge().passedOver).isEqualTo(1);
    }

    @Test
    void aRungMayBePassedOverByAGatewayAtFault() {
        faults.add(new FaultRun.Done(
                new FaultPlan.Fault(1, FaultPlan.Kind.FREEZE, 0, 5), 0, "freeze", EXPIRES - 9_000, EXPIRES - 4_000));
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().ok()).isTrue();
        assertThat(judge().passedOver).isEqualTo(1);
    }

    @Test
    void aRungMayNotBePassedOverBecauseAnotherGatewayIsAtFault() {
        faults.add(new FaultRun.Done(
                new FaultPlan.Fault(1, FaultPlan.Kind.FREEZE, 1, 5), 1, "freeze", EXPIRES - 9_000, EXPIRES - 4_000));
        told(2, EXPIRES, 3);
        told(0, EXPIRES, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void whatARenewalMovedAwayMustNotBeToldAfterIt() {
        long renewed = EXPIRES - 10_000;
        int number = facts.renewing(renewed);
        facts.renewed(number, renewed + 10, renewed + 20_000);
        told(8, EXPIRES, 3);
        told(8, renewed + 20_000, 3);
        told(2, renewed + 20_000, 3);
        told(0, renewed + 20_000, 3);

        assertThat(judge().wrong).isEqualTo(1);
    }

    @Test
    void theWarningsBeforeARenewalAreDueAsWell() {
        long renewed = EXPIRES - 4_000;
        int number = facts.renewing(renewed);
        facts.renewed(number, renewed + 10, renewed + 20_000);
        told(8, renewed + 20_000, 3);
        told(2, renewed + 20_000, 3);
        told(0, renewed + 20_000, 3);

        assertThat(judge().missed).isEqualTo(1);
    }

    @Test
    void anythingAfterTheEndIsWrong() {
        told(8, EXPIRES, 3);
        told(0, EXPIRES, 3);
        told(2, EXPIRES, 2_500);

        assertThat(judge().wrong).isEqualTo(1);
    }

    @Test
    void aClientThatWasThereAndNeverAttachedMissedIt() {
        DeadlineVerdict verdict = new DeadlineVerdict(new long[] {8, 2}, faults, lateMillis, lossIsBorne);
        verdict.judge("a", facts, null, stays);

        assertThat(verdict.missed).isEqualTo(1);
    }
}
