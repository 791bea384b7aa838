package dev.parley.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.store.SessionBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The queue of deadlines")
final class DeadlineQueueTest {
    private final DeadlineQueue queue = new DeadlineQueue();

    @Test
    @DisplayName("takes sessions out by their instants, whatever was offered, moved nearer and removed before")
    void againstAModel() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            List<SessionEntry> entries = entries(200);
            Map<SessionEntry, Long> model = new HashMap<>();
            for (int step = 0; step < 3000; step++) {
                SessionEntry entry = entries.get(random.nextInt(entries.size()));
                switch (random.nextInt(5)) {
                    case 0 -> {
                        queue.remove(entry);
                        model.remove(entry);
                    }
                    case 1 -> {
                        long now = random.nextInt(1000);
                        SessionEntry first = queue.poll(now);
                        long earliest = model.values().stream()
                                .mapToLong(Long::longValue)
                                .min()
                                .orElse(Long.MAX_VALUE);
                        if (earliest > now) {
                            assertThat(first).as("seed %d", seed).isNull();
                        } else {
                            assertThat(first).as("seed %d", seed).isNotNull();
                            assertThat(model.remove(first)).isEqualTo(earliest);
                            assertThat(first.queuedAt).isEqualTo(Long.MAX_VALUE);
                        }
                    }
                    default -> {
                        long at = random.nextInt(1000);
                        queue.offer(entry, at);
                        model.merge(entry, at, Math::min);
                        assertThat(entry.queuedAt).isEqualTo(model.get(entry));
                    }
                }
                assertThat(queue.size()).as("seed %d", seed).isEqualTo(model.size());
            }
            long now = random.nextInt(1000);
            assertThat(queue.due(now))
                    .containsExactlyInAnyOrderElementsOf(model.keySet().stream()
                            .filter(entry -> model.getOrDefault(entry, Long.MAX_VALUE) <= now)
                            .toList());
            entries.forEach(queue::remove);
            assertThat(queue.tellNext()).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    @DisplayName("asks to tell an instant only when it is earlier than the one told last")
    void tells() {
        List<SessionEntry> entries = entries(3);
        assertThat(queue.offer(entries.get(0), 100)).isTrue();
        assertThat(queue.offer(entries.get(1), 100)).isFalse();
        assertThat(queue.offer(entries.get(2), 99)).isTrue();
        assertThat(queue.poll(99)).isEqualTo(entries.get(2));
        assertThat(queue.tellNext()).isEqualTo(100);
        assertThat(queue.offer(entries.get(2), 101)).isFalse();
        assertThat(queue.offer(entries.get(2), 50)).isTrue();
    }

    private static List<SessionEntry> entries(int count) {
        Workspace workspace = new Workspace("default", "e-", new AtomicLong());
        List<SessionEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SessionBuilder builder = new SessionBuilder("s" + i, 0);
            entries.add(new SessionEntry(i, workspace, builder.document(), builder.plan()));
        }
        return entries;
    }
}
