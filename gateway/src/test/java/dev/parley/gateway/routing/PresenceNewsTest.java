package dev.parley.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PresenceNewsTest {
    private static final long SECOND = 1_000_000_000L;

    private final PresenceNews news = new PresenceNews();
    private long now = -42;

    private String next() {
        long wait = news.due(now);
        if (wait < 0) {
            return "nothing";
        }
        now += wait;
        PresenceChange change = Objects.requireNonNull(news.take(now));
        return List.copyOf(change.joined()) + " " + List.copyOf(change.left());
    }

    @Test
    void tellsThoseTogetherWhoComeTogetherAndThenOnceASecond() {
        long start = now;
        news.heard("ann", true, now);
        news.heard("bob", true, now + 10);
        assertThat(news.take(now)).isNull();
        assertThat(next()).isEqualTo("[ann, bob] []");
        assertThat(now).isEqualTo(start + PresenceNews.GATHER_NANOS);
        assertThat(next()).isEqualTo("nothing");
        long told = now;
        news.heard("eve", true, now + 1);
        now += SECOND / 2;
        news.heard("max", true, now);
        assertThat(next()).isEqualTo("[eve, max] []");
        assertThat(now).isEqualTo(told + SECOND);
    }

    @Test
    void tellsAGoingAfterItsGraceUnlessTheyCameBack() {
        news.heard("ann", true, now);
        news.heard("bob", true, now);
        assertThat(next()).isEqualTo("[ann, bob] []");
        long gone = now;
        news.heard("ann", false, now);
        news.heard("bob", false, now + SECOND);
        news.heard("bob", true, now + 2 * SECOND);
        assertThat(next()).isEqualTo("[] [ann]");
        assertThat(now).isEqualTo(gone + PresenceNews.GRACE_NANOS);
        assertThat(next()).isEqualTo("nothing");
    }

    @Test
    void tellsNothingTwiceAndNothingOfWhoCameAndWentUntold() {
        news.heard("ann", true, now);
        news.heard("ann", false, now);
        assertThat(next()).isEqualTo("nothing");
        news.heard("ann", true, now);
        assertThat(next()).isEqualTo("[ann] []");
        news.heard("ann", true, now);
        assertThat(next()).isEqualTo("nothing");
        news.heard("ann", false, now);
        news.heard("ann", false, now + SECOND);
        assertThat(next()).isEqualTo("[] [ann]");
        news.heard("ann", false, now);
        assertThat(next()).isEqualTo("nothing");
    }

    @Test
    void tellsThatSomebodyIsBackOnlyWhereTheyWereToldToBeAway() {
        news.isBack("ann", now);
        assertThat(next()).isEqualTo("nothing");
        news.heard("ann", false, now);
        assertThat(next()).isEqualTo("[] [ann]");
        news.isBack("ann", now);
        assertThat(next()).isEqualTo("[ann] []");
        news.isBack("ann", now);
        assertThat(next()).isEqualTo("nothing");
        news.heard("ann", false, now);
        news.isBack("ann", now + SECOND);
        assertThat(next()).isEqualTo("nothing");
    }

    @Test
    void forAReaderWhoIsBehindComingAndGoingCancelOut() {
        PresenceChange first = new PresenceChange(Set.of("ann"), Set.of("bob"));
        PresenceChange both = first.and(new PresenceChange(Set.of("bob", "eve"), Set.of("ann")));
        assertThat(both).isEqualTo(new PresenceChange(Set.of("eve"), Set.of()));
        assertThat(both.isNewsTo("eve")).isFalse();
        assertThat(both.isNewsTo("ann")).isTrue();
        assertThat(both.isNewsTo(null)).isTrue();
        assertThat(new PresenceChange(Set.of(), Set.of()).isNewsTo("ann")).isFalse();
    }
}
