package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore.Renew;
import dev.parley.store.SessionStore.Renewed;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How activity and renewals move a session. */
abstract class RenewalContract extends ContractGroup {
    RenewalContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("activity activates a created session and slides its deadline, without raising the version or the log")
    void activity() {
        create(session("s"));
        advanceSeconds(60);
        Renewed renewed = renew("s");
        assertThat(renewed.renewed()).isTrue();
        SessionState state = renewed.session().state();
        assertThat(state.status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(state.statusChangedAt()).isEqualTo(now());
        assertThat(state.lastActivity()).isEqualTo(now());
        assertThat(state.expiresAt()).isEqualTo(now() + 1_800_000);
        assertThat(state.renewalCount()).isEqualTo(1);
        assertThat(state.version()).isEqualTo(1);
        assertThat(state.updatedAt()).isEqualTo(now() - 60_000);
        assertThat(types("s")).containsExactly("session.created");
        assertThat(load("s")).isEqualTo(renewed.session());
    }

    @Test
    @DisplayName("a renewal that moves nothing does not count")
    void sameInstant() {
        create(session("s"));
        Renewed renewed = renew("s");
        assertThat(renewed.renewed()).isFalse();
        assertThat(renewed.session().state().renewalCount()).isZero();
        assertThat(renewed.session().state().status()).isEqualTo(SessionStatus.ACTIVE);
    }

    @Test
    @DisplayName("without automatic renewal, activity is noted but the deadline stays")
    void withoutAutoRenew() {
        StoredSession made = create(session("s").withoutAutoRenew());
        advanceSeconds(60);
        assertThat(renew("s").renewed()).isFalse();
        assertThat(append("s", "m").renewed()).isFalse();
        SessionState state = state("s");
        assertThat(state.lastActivity()).isEqualTo(now());
        assertThat(state.expiresAt()).isEqualTo(made.state().expiresAt());
        assertThat(state.status()).isEqualTo(SessionStatus.ACTIVE);
    }

    @Test
    @DisplayName("a renewal by hand moves the deadline with automatic renewal off too, and is its base from then on")
    void byHand() {
        create(session("s").withoutAutoRenew());
        advanceSeconds(60);
        SessionState state = renewByHand("s").session().state();
        assertThat(state.expiresAt()).isEqualTo(now() + 1_800_000);
        assertThat(state.renewedAt()).isEqualTo(now());
        assertThat(state.renewalCount()).isEqualTo(1);
        advanceSeconds(60);
        StoredSession shorter = commit(replan(
                load("s"), session("s").withoutAutoRenew().timeoutSeconds(600).plan()));
        assertThat(shorter.state().expiresAt()).isEqualTo(now() - 60_000 + 600_000);
    }

    @Test
    @DisplayName("the maximum duration caps renewals; at the cap activity renews nothing and by hand it is refused")
    void cap() {
        StoredSession made = create(session("s").timeoutSeconds(600).maxSeconds(900));
        long maximum = made.plan().maxEndAt();
        advanceSeconds(400);
        assertThat(renew("s").session().state().expiresAt()).isEqualTo(maximum);
        advanceSeconds(60);
        Renewed atCap = renew("s");
        assertThat(atCap.renewed()).isFalse();
        assertThat(atCap.session().state().expiresAt()).isEqualTo(maximum);
        assertThat(atCap.session().state().renewalCount()).isEqualTo(1);
        assertThat(atCap.session().state().lastActivity()).isEqualTo(now());
        advanceSeconds(1);
        SessionState before = state("s");
        StoreException.NothingToGain refusal =
                refusal(StoreException.NothingToGain.class, sessions().renew(new Renew("s", operation(), true, 0)));
        assertThat(refusal.expiresAt()).isEqualTo(maximum);
        assertThat(state("s")).isEqualTo(before);
    }

    @Test
    @DisplayName("at the cap a renewal does not take back the warnings that were given")
    void warningsAtTheCap() {
        create(session("s").timeoutSeconds(600).maxSeconds(600));
        advanceSeconds(300);
        fire();
        assertThat(append("s", "m").renewed()).isFalse();
        assertThat(state("s").rung()).isEqualTo(300_000);
        assertThat(fire()).isEmpty();
    }

    @Test
    @DisplayName("a repeated renewal is answered as the first time and moves nothing")
    void repeated() {
        create(session("s"));
        advanceSeconds(60);
        Renew renew = new Renew("s", "op", true, 0);
        Renewed first = get(sessions().renew(renew));
        advanceSeconds(60);
        assertThat(get(sessions().renew(renew))).isEqualTo(first);
        assertThat(state("s").renewalCount()).isEqualTo(1);
        assertThat(state("s").lastActivity()).isEqualTo(now() - 60_000);
    }

    @Test
    @DisplayName("a coalesced renewal is written only when it moves the deadline far enough")
    void coalesced() {
        create(session("s"));
        renew("s");
        advanceSeconds(59);
        Renewed answer = get(sessions().renew(new Renew("s", operation(), false, 60_000)));
        assertThat(answer.renewed()).isFalse();
        assertThat(answer.session().state().lastActivity()).isEqualTo(now() - 59_000);
        assertThat(answer.session().state().expiresAt()).isEqualTo(now() - 59_000 + 1_800_000);
        advanceSeconds(1);
        assertThat(get(sessions().renew(new Renew("s", operation(), false, 60_000)))
                        .renewed())
                .isTrue();
        assertThat(state("s").lastActivity()).isEqualTo(now());
    }

    @Test
    @DisplayName("a coalesced renewal is written when it activates, after a warning, and near one")
    void coalescedButWritten() {
        create(session("created"));
        advanceSeconds(1);
        assertThat(coalesced("created").renewed()).isTrue();
        assertThat(state("created").status()).isEqualTo(SessionStatus.ACTIVE);

        create(session("warned").timeoutSeconds(600).rungSeconds(599));
        renew("warned");
        advanceSeconds(1);
        fire();
        assertThat(state("warned").rung()).isEqualTo(599_000);
        assertThat(coalesced("warned").renewed()).isTrue();
        assertThat(state("warned").rung()).isZero();

        create(session("near").timeoutSeconds(420).rungSeconds(301));
        renew("near");
        assertThat(coalesced("near").session().state().lastActivity()).isEqualTo(now());
        advanceSeconds(1);
        assertThat(coalesced("near").renewed()).isTrue();
    }

    @Test
    @DisplayName("activity never goes back")
    void neverBack() {
        create(session("s"));
        advanceSeconds(60);
        renew("s");
        SessionState before = state("s");
        commit(change(load("s"), "{\"a\":1}"));
        assertThat(state("s").lastActivity()).isEqualTo(before.lastActivity());
    }

    @Test
    @DisplayName("a suspended session is revived by activity, with a fresh idle deadline")
    void revived() {
        create(session("s").timeoutSeconds(600).maxSeconds(3600).suspendOnIdle());
        advanceSeconds(700);
        assertThat(state("s").status()).isEqualTo(SessionStatus.SUSPENDED);
        long version = state("s").version();
        assertThat(append("s", "m").renewed()).isTrue();
        SessionState revived = state("s");
        assertThat(revived.status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(revived.statusChangedAt()).isEqualTo(now());
        assertThat(revived.expiresAt()).isEqualTo(now() + 600_000);
        assertThat(revived.version()).isEqualTo(version);
        advanceSeconds(600);
        assertThat(state("s").status()).isEqualTo(SessionStatus.SUSPENDED);
    }

    @Test
    @DisplayName("with automatic renewal off the revival is the base of the fresh deadline")
    void revivedWithoutAutoRenew() {
        create(session("s").timeoutSeconds(600).maxSeconds(3600).suspendOnIdle().withoutAutoRenew());
        advanceSeconds(700);
        SessionState revived = renew("s").session().state();
        assertThat(revived.status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(revived.expiresAt()).isEqualTo(now() + 600_000);
        assertThat(revived.renewedAt()).isEqualTo(now());
    }

    @Test
    @DisplayName("a suspended session can be renewed by hand though its deadline is the maximum duration already")
    void revivedByHand() {
        create(session("s").timeoutSeconds(600).maxSeconds(900).suspendOnIdle());
        advanceSeconds(700);
        Renewed revived = renewByHand("s");
        assertThat(revived.session().state().status()).isEqualTo(SessionStatus.ACTIVE);
        assertThat(revived.session().state().expiresAt())
                .isEqualTo(revived.session().plan().maxEndAt());
    }

    @Test
    @DisplayName("an ended session is not renewed")
    void ended() {
        create(session("s").timeoutSeconds(600));
        advanceSeconds(600);
        StoreException.Ended refusal =
                refusal(StoreException.Ended.class, sessions().renew(new Renew("s", operation(), true, 0)));
        assertThat(refusal.status()).isEqualTo(SessionStatus.EXPIRED);
        assertThat(refusal.expiresAt()).isEqualTo(now());
        assertThat(state("s").lastActivity()).isEqualTo(now() - 600_000);
    }

    private Renewed coalesced(String sessionId) {
        return get(sessions().renew(new Renew(sessionId, operation(), false, 60_000)));
    }
}
