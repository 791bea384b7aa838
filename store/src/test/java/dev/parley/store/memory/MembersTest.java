package dev.parley.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.SessionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The sessions of an identity")
final class MembersTest {
    @Test
    @DisplayName("are those added and not removed, in the order of their creation, also page by page")
    void againstAModel() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(seed < 30 ? 3 : 60);
            List<SessionEntry> entries = entries(count);
            Members members = new Members("ann");
            TreeMap<Long, SessionEntry> model = new TreeMap<>();
            for (int step = 0; step < 400; step++) {
                SessionEntry entry = entries.get(random.nextInt(count));
                if (random.nextInt(10) < (step / 100 % 2 == 0 ? 7 : 3)) {
                    members.add(entry);
                    model.put(entry.ordinal, entry);
                } else {
                    model.remove(entry.ordinal);
                    assertThat(members.remove(entry)).as("seed %d", seed).isEqualTo(model.isEmpty());
                }
                assertThat(members.all()).as("seed %d", seed).containsExactlyElementsOf(model.values());
                assertThat(members.size()).isEqualTo(model.size());
                long after = random.nextInt(count + 1);
                assertThat(members.after(after, 5))
                        .containsExactlyElementsOf(model.tailMap(after, false).values().stream()
                                .limit(5)
                                .toList());
            }
        }
    }

    private static List<SessionEntry> entries(int count) {
        Workspace workspace = new Workspace("default", "e-", new AtomicLong());
        List<SessionEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SessionBuilder builder = new SessionBuilder("s" + i, 0);
            entries.add(new SessionEntry(i + 1, workspace, builder.document(), builder.plan()));
        }
        return entries;
    }
}
