package dev.parley.store.memory;

import dev.parley.store.PresenceStore;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/** Who is attached to sessions, kept with each session and under its lock. What holds it lives as long as this process. */
final class MemoryPresence implements PresenceStore {
    private final SessionTable table;

    MemoryPresence(SessionTable table) {
        this.table = table;
    }

    @Override
    public Mono<Void> put(Held held) {
        return Mono.fromRunnable(() -> table.with(held.sessionId(), (entry, now) -> {
            List<Held> before = entry.presence == null ? List.of() : entry.presence;
            List<Held> after = new ArrayList<>(before.size() + 1);
            for (Held other : before) {
                if (!held.replaces(other)) {
                    after.add(other);
                }
            }
            if (held.connections() > 0 || held.away()) {
                after.add(held);
            }
            entry.presence = after.isEmpty() ? null : after;
            boolean present = isThere(after, held.participantId());
            boolean leaves = isAway(after, held.participantId()) && !isAway(before, held.participantId());
            if (present != isThere(before, held.participantId()) || (leaves && !present)) {
                table.feed.signal(entry, PresenceStore.signal(held.sessionId(), held.participantId(), present));
            }
            return present;
        }));
    }

    @Override
    public Mono<List<Held>> of(String sessionId) {
        return Mono.fromSupplier(() -> table.with(
                sessionId, (entry, now) -> entry.presence == null ? List.of() : List.copyOf(entry.presence)));
    }

    private static boolean isThere(List<Held> all, String participantId) {
        for (Held held : all) {
            if (held.participantId().equals(participantId) && !held.away()) {
                return true;
            }
        }
        return false;
    }

    private static boolean isAway(List<Held> all, String participantId) {
        for (Held held : all) {
            if (held.participantId().equals(participantId) && held.away()) {
                return true;
            }
        }
        return false;
    }
}
