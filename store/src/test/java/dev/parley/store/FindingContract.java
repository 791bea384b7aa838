package dev.parley.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.SessionStore.AgentSessions;
import dev.parley.store.SessionStore.Candidates;
import dev.parley.store.SessionStore.Commit;
import dev.parley.store.SessionStore.SessionPage;
import dev.parley.store.SessionStore.SessionQuery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Candidates, queries, an agent's sessions, counts. */
abstract class FindingContract extends ContractGroup {
    FindingContract(StoreContract kit) {
        super(kit);
    }

    @Test
    @DisplayName("candidates are the user's active and suspended sessions and those made by resolve, most recent first")
    void candidates() {
        create(session("created"));
        create(session("resolved").byResolve());
        create(session("ended"));
        commit(end(load("ended"), SessionStatus.COMPLETED));
        create(session("suspended").timeoutSeconds(600).suspendOnIdle());
        create(session("older"));
        create(session("newer"));
        create(session("foreign").workspace("other"));
        create(session("somebody").user("bob"));
        renew("foreign");
        renew("somebody");
        advanceSeconds(1);
        renew("newer");
        renew("older");
        advanceSeconds(1);
        renew("older");
        renew("newer");
        advanceSeconds(700);

        assertThat(candidateIds("ann", null)).containsExactly("newer", "older", "suspended", "resolved");
        assertThat(candidateIds("nobody", null)).isEmpty();
        assertThat(get(sessions().candidates("other", "ann", null)).sessions())
                .extracting(found -> found.document().sessionId())
                .containsExactly("foreign");
    }

    @Test
    @DisplayName("candidates are those whose deadline has not passed, whoever noticed")
    void lapsedCandidates() {
        create(session("s").timeoutSeconds(600));
        renew("s");
        advanceSeconds(600);
        assertThat(candidateIds("ann", null)).isEmpty();
    }

    @Test
    @DisplayName("however many sessions a user has, the newest and one with the surface are among the candidates")
    void manyCandidates() {
        create(session("attached").surface("web"));
        renew("attached");
        for (int i = 0; i < 120; i++) {
            advanceSeconds(1);
            create(session("s" + i));
            renew("s" + i);
        }
        List<String> ids = candidateIds("ann", "web");
        assertThat(ids).hasSize(100).startsWith("s119", "s118").contains("attached");
        assertThat(candidateIds("ann", null)).hasSize(100).endsWith("s20");
    }

    @Test
    @DisplayName("a creation on condition of the user's revision is refused when there was a creation in between")
    void conditionalCreation() {
        long none = get(sessions().candidates("default", "ann", null)).revision();
        get(sessions().create(session("first").createIf(none)));
        StoreException.VersionConflict refusal = refusal(
                StoreException.VersionConflict.class,
                sessions().create(session("second").createIf(none)));
        refusal(StoreException.NotFound.class, sessions().load("second"));
        long one = get(sessions().candidates("default", "ann", null)).revision();
        assertThat(refusal.actual()).isEqualTo(one);
        get(sessions().create(session("second").createIf(one)));
    }

    @Test
    @DisplayName("the user's revision moves with every change of status, and with nothing else")
    void revisionMoves() {
        create(session("s").timeoutSeconds(600).suspendOnIdle());
        long created = revision();
        commit(change(load("s"), "{\"a\":1}"));
        create(session("other").user("bob"));
        assertThat(revision()).isEqualTo(created);
        renew("s");
        long active = revision();
        assertThat(active).isNotEqualTo(created);
        advanceSeconds(1);
        renew("s");
        append("s", "m");
        assertThat(revision()).isEqualTo(active);
        advanceSeconds(600);
        long suspended = revision();
        assertThat(suspended).isNotEqualTo(active);
        commit(end(load("s"), SessionStatus.COMPLETED));
        assertThat(revision()).isNotEqualTo(suspended);
    }

    @Test
    @DisplayName("a query without a status finds the live sessions of its workspace, most recently active first")
    void find() {
        create(session("a"));
        create(session("b"));
        create(session("ended"));
        create(session("foreign").workspace("other"));
        commit(end(load("ended"), SessionStatus.COMPLETED));
        advanceSeconds(1);
        renew("a");
        SessionPage page = get(sessions().find(query(10)));
        assertThat(ids(page)).containsExactly("a", "b");
        assertThat(page.total()).isEqualTo(2);
        assertThat(page.totalSessions()).isEqualTo(3);
        assertThat(page.activeSessions()).isEqualTo(2);
        assertThat(page.expiredSessions()).isZero();
        assertThat(page.nextCursor()).isNull();
        assertThat(page.sessions().get(0)).isEqualTo(load("a"));
    }

    @Test
    @DisplayName("every filter narrows, and all of them together")
    void filters() {
        create(session("one").user("ann").agent("bot").surface("web"));
        create(session("two").user("ann").agent("other").surface("phone"));
        create(session("three").user("bob").agent("bot"));
        long early = now();
        advanceSeconds(10);
        renew("two");
        assertThat(ids(get(sessions()
                        .find(new SessionQuery("default", null, "ann", null, Set.of(), null, null, null, 10)))))
                .containsExactly("two", "one");
        assertThat(ids(get(sessions()
                        .find(new SessionQuery("default", null, null, "bot", Set.of(), null, null, null, 10)))))
                .containsExactly("three", "one");
        assertThat(ids(get(sessions()
                        .find(new SessionQuery("default", null, null, null, Set.of(), "web", null, null, 10)))))
                .containsExactly("one");
        assertThat(ids(get(sessions()
                        .find(new SessionQuery("default", null, null, null, Set.of(), null, early, null, 10)))))
                .containsExactly("two");
        assertThat(ids(get(sessions()
                        .find(new SessionQuery(
                                "default",
                                "ann",
                                "ann",
                                "bot",
                                EnumSet.of(SessionStatus.CREATED, SessionStatus.ACTIVE),
                                "web",
                                early - 1,
                                null,
                                10)))))
                .containsExactly("one");
        assertThat(get(sessions().find(new SessionQuery("default", null, "eve", null, Set.of(), null, null, null, 10)))
                        .total())
                .isZero();
    }

    @Test
    @DisplayName("statuses are found as they are at this instant, and retained expired sessions are counted")
    void statuses() {
        create(session("expired").timeoutSeconds(600));
        create(session("suspended").timeoutSeconds(600).suspendOnIdle());
        create(session("live"));
        advanceSeconds(600);
        SessionPage expired = get(sessions()
                .find(new SessionQuery(
                        "default", null, null, null, EnumSet.of(SessionStatus.EXPIRED), null, null, null, 10)));
        assertThat(ids(expired)).containsExactly("expired");
        assertThat(expired.total()).isEqualTo(1);
        assertThat(expired.totalSessions()).isEqualTo(3);
        assertThat(expired.activeSessions()).isEqualTo(2);
        assertThat(expired.expiredSessions()).isEqualTo(1);
        assertThat(ids(get(sessions().find(query(10))))).containsExactly("live", "suspended");
    }

    @Test
    @DisplayName(
            "who may see only their own finds what they take part in, made, or are the person of; counts are of these")
    void own() {
        create(session("user").user("ann"));
        create(session("second").user("bob").employee("ann"));
        create(session("member").user("bob").participant("ann", Participant.USER));
        create(session("none").user("bob"));
        create(session("foreign").user("ann").workspace("other"));
        commit(end(load("second"), SessionStatus.COMPLETED));
        SessionPage page =
                get(sessions().find(new SessionQuery("default", "ann", null, null, Set.of(), null, null, null, 10)));
        assertThat(ids(page)).containsExactly("member", "user");
        assertThat(page.total()).isEqualTo(2);
        assertThat(page.totalSessions()).isEqualTo(3);
        assertThat(page.activeSessions()).isEqualTo(2);
        SessionPage asAgent =
                get(sessions().find(new SessionQuery("default", "bot", null, null, Set.of(), null, null, null, 10)));
        assertThat(asAgent.total()).isEqualTo(3);
    }

    @Test
    @DisplayName("pages follow each other without doubles or holes, also where instants are equal")
    void paging() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            create(session("s" + i));
            expected.add(0, "s" + i);
            if (i % 4 == 0) {
                advanceSeconds(1);
            }
        }
        List<String> found = new ArrayList<>();
        String cursor = null;
        int pages = 0;
        do {
            SessionPage page = get(
                    sessions().find(new SessionQuery("default", null, "ann", null, Set.of(), null, null, cursor, 4)));
            assertThat(page.total()).isEqualTo(25);
            found.addAll(ids(page));
            cursor = page.nextCursor();
            pages++;
        } while (cursor != null);
        assertThat(found).isEqualTo(expected);
        assertThat(pages).isEqualTo(7);
    }

    @Test
    @DisplayName("while sessions come, go and are used between pages, each of the others is on one page")
    void pagingWhileSessionsChange() {
        for (int i = 0; i < 30; i++) {
            create(session("s" + i));
            time().advance(Duration.ofMillis(i % 3));
        }
        List<String> seen = new ArrayList<>();
        String cursor = null;
        int page = 0;
        do {
            SessionQuery next = new SessionQuery("default", null, null, null, Set.of(), null, null, cursor, 7);
            SessionPage found = get(sessions().find(next));
            found.sessions().forEach(session -> seen.add(session.document().sessionId()));
            cursor = found.nextCursor();
            advanceSeconds(1);
            renew("s" + page);
            done(sessions().delete("s" + (29 - page), operation(), null));
            create(session("new" + page));
            page++;
        } while (cursor != null && page < 10);
        assertThat(cursor).isNull();
        assertThat(seen).doesNotHaveDuplicates();
        for (int i = page; i < 30 - page; i++) {
            assertThat(seen).contains("s" + i);
        }
    }

    @Test
    @DisplayName("a last page that is full has no next one, and a cursor that nobody gave begins at the start")
    void cursors() {
        create(session("a"));
        create(session("b"));
        assertThat(get(sessions().find(query(2))).nextCursor()).isNull();
        assertThat(ids(get(sessions()
                        .find(new SessionQuery("default", null, null, null, Set.of(), null, null, "junk", 2)))))
                .containsExactly("b", "a");
    }

    @Test
    @DisplayName("an agent's live sessions are listed in pages: those it is the agent of, and those it takes part in")
    void ofAgent() {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            create(session("s" + i));
            expected.add("s" + i);
        }
        create(session("member").agent("other").participant("bot", Participant.AGENT));
        expected.add("member");
        create(session("foreign").workspace("other"));
        create(session("without").agent("other"));
        commit(end(load("s3"), SessionStatus.COMPLETED));
        expected.remove("s3");
        List<String> found = new ArrayList<>();
        String cursor = null;
        do {
            AgentSessions page = get(sessions().ofAgent("default", "bot", cursor, 2));
            assertThat(page.sessionIds()).hasSizeLessThanOrEqualTo(2);
            found.addAll(page.sessionIds());
            cursor = page.next();
        } while (cursor != null);
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(get(sessions().ofAgent("default", "bot", null, 100)).sessionIds())
                .isEqualTo(found);
        assertThat(get(sessions().ofAgent("default", "ann", null, 100)).sessionIds())
                .isEmpty();
    }

    @Test
    @DisplayName("an agent that left a session is no longer listed, one that was added is")
    void membershipChanges() {
        StoredSession made = create(session("s"));
        Session document =
                session("s").channel(made.document().channelId()).agent("new").document();
        commit(new Commit("s", operation(), 1, document, null, null, false, List.of()));
        assertThat(get(sessions().ofAgent("default", "bot", null, 10)).sessionIds())
                .isEmpty();
        assertThat(get(sessions().ofAgent("default", "new", null, 10)).sessionIds())
                .containsExactly("s");
    }

    @Test
    @DisplayName("counts are by status over all workspaces, and tell those near their end")
    void counts() {
        create(session("created").rungSeconds());
        create(session("active").workspace("other"));
        renew("active");
        create(session("expired").timeoutSeconds(600));
        create(session("suspended").timeoutSeconds(600).suspendOnIdle());
        create(session("ended"));
        commit(end(load("ended"), SessionStatus.ERROR));
        create(session("near").timeoutSeconds(1000));
        advanceSeconds(700);
        fire();
        SessionStore.Counts counts = get(sessions().counts());
        assertThat(counts.byStatus()).containsExactly(2, 1, 1, 1, 0, 0, 1, 0);
        assertThat(counts.expiringSoon()).isEqualTo(1);
        renew("near");
        assertThat(get(sessions().counts()).expiringSoon()).isZero();
        advanceSeconds(700);
        fire();
        done(sessions().delete("near", operation(), null));
        assertThat(get(sessions().counts()).expiringSoon()).isZero();
    }

    private long revision() {
        return get(sessions().candidates("default", "ann", null)).revision();
    }

    private List<String> candidateIds(String userId, @Nullable String surfaceId) {
        Candidates candidates = get(sessions().candidates("default", userId, surfaceId));
        return candidates.sessions().stream()
                .map(found -> found.document().sessionId())
                .toList();
    }

    private static List<String> ids(SessionPage page) {
        return page.sessions().stream()
                .map(found -> found.document().sessionId())
                .toList();
    }
}
