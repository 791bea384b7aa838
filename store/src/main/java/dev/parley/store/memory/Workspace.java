package dev.parley.store.memory;

import dev.parley.protocol.session.SessionStatus;
import dev.parley.store.StoreException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A tenant's indexes and counters. Safe for use from any thread. */
final class Workspace {
    private final String id;
    private final String epochPrefix;
    private final AtomicLong revisions;
    private final ConcurrentHashMap<String, Members> identities = new ConcurrentHashMap<>();
    private final Map<SessionStatus, LongAdder> byStatus = new EnumMap<>(SessionStatus.class);
    private final LongAdder near = new LongAdder();

    /**
     * @param epochPrefix of this store's logs
     * @param revisions source of user revisions, shared by all workspaces
     */
    Workspace(String id, String epochPrefix, AtomicLong revisions) {
        this.id = id;
        this.epochPrefix = epochPrefix;
        this.revisions = revisions;
        for (SessionStatus status : SessionStatus.values()) {
            byStatus.put(status, new LongAdder());
        }
    }

    String id() {
        return id;
    }

    String epoch(long ordinal) {
        return epochPrefix + Long.toString(ordinal, Character.MAX_RADIX);
    }

    /** The sessions of an identity; null when there are none. */
    @Nullable Members members(String identity) {
        return identities.get(identity);
    }

    /** The instance of an equal id that the index holds, or the id itself. */
    String shared(String identity) {
        Members members = identities.get(identity);
        return members == null ? identity : members.id;
    }

    int identityCount() {
        return identities.size();
    }

    long count(SessionStatus status) {
        return counter(status).sum();
    }

    long countNear() {
        return near.sum();
    }

    /**
     * Adds a new session to its user, in one step with something else.
     *
     * @param ifRevision only when the user's revision is still this; null for no condition
     * @param step done when the condition holds; false calls it off
     * @return whether the step was done
     * @throws StoreException.VersionConflict when the condition does not hold
     */
    boolean addToUser(SessionEntry entry, String userId, @Nullable Long ifRevision, BooleanSupplier step) {
        boolean[] done = {false};
        identities.compute(userId, (key, known) -> {
            long revision = known == null ? 0 : known.revision();
            if (ifRevision != null && ifRevision != revision) {
                throw new StoreException.VersionConflict(revision);
            }
            if (!step.getAsBoolean()) {
                return known;
            }
            done[0] = true;
            Members members = known == null ? new Members(userId) : known;
            members.add(entry);
            members.revise(revisions.incrementAndGet());
            return members;
        });
        return done[0];
    }

    /** Notes that the status of one of a user's sessions changed. */
    void revise(@Nullable String userId) {
        Members members = userId == null ? null : identities.get(userId);
        if (members != null) {
            members.revise(revisions.incrementAndGet());
        }
    }

    void index(SessionEntry entry, List<String> added, List<String> gone) {
        for (String identity : added) {
            identities.compute(identity, (key, known) -> {
                Members members = known == null ? new Members(identity) : known;
                members.add(entry);
                return members;
            });
        }
        for (String identity : gone) {
            identities.computeIfPresent(identity, (key, members) -> members.remove(entry) ? null : members);
        }
    }

    /** Counts a session as what it is now. Called under its lock. */
    void recount(SessionEntry entry) {
        SessionStatus was = entry.countedAs;
        SessionStatus is = entry.removed ? null : entry.status;
        if (was != is) {
            if (was != null) {
                counter(was).decrement();
                revise(entry.document.userId());
            }
            if (is != null) {
                counter(is).increment();
            }
            entry.countedAs = is;
        }
        boolean isNear = !entry.removed && entry.near();
        if (isNear != entry.countedNear) {
            near.add(isNear ? 1 : -1);
            entry.countedNear = isNear;
        }
    }

    private LongAdder counter(SessionStatus status) {
        return Objects.requireNonNull(byStatus.get(status));
    }
}
