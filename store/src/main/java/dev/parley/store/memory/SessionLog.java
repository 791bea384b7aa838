package dev.parley.store.memory;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.session.Session;
import dev.parley.store.EventLog;
import dev.parley.store.LoggedEvent;
import dev.parley.store.NewEvent;
import dev.parley.store.SessionEvents;
import dev.parley.store.StoreSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session's log from its second entry on: messages and life-cycle entries in rings of their own, so that neither displaces
 * the other. Guarded by the session.
 */
final class SessionLog {
    private final String sessionId;
    private final String epoch;
    private final EventRing lifecycle;
    private final StoreSettings settings;
    private @Nullable MessageRing messages;
    private long head = 1;
    private long lastAt;
    private String[] seenBy = {};
    private long[] seen = {};

    SessionLog(String epoch, Session document, StoreSettings settings) {
        this.sessionId = document.sessionId();
        this.epoch = epoch;
        this.settings = settings;
        lifecycle = new EventRing(settings.lifecycleLimit());
        LoggedEvent created = created(epoch, document);
        lastAt = created.at();
        lifecycle.add(created);
    }

    /** The first entry of a session's log, as it follows from the document. */
    static LoggedEvent created(String epoch, Session document) {
        return new LoggedEvent(
                document.sessionId(),
                epoch,
                1,
                document.createdAt().toEpochMilli(),
                SessionEvents.CREATED,
                document.createdBy(),
                null,
                null,
                null,
                SessionEvents.created(document));
    }

    String epoch() {
        return epoch;
    }

    long head() {
        return head;
    }

    LoggedEvent add(NewEvent event, long at) {
        LoggedEvent logged = next(event.type(), at, event.authorId(), event.body());
        lifecycle.add(logged);
        return logged;
    }

    /** An entry that is told but not kept: the farewell of a session that is deleted. */
    LoggedEvent farewell(NewEvent event, long at) {
        return next(event.type(), at, event.authorId(), event.body());
    }

    LoggedEvent add(EventLog.Append append, long at) {
        lastAt = Math.max(lastAt, at);
        LoggedEvent logged = new LoggedEvent(
                sessionId,
                epoch,
                ++head,
                lastAt,
                SessionEvents.MESSAGE,
                append.authorId(),
                append.to(),
                append.messageId(),
                append.origin(),
                append.body());
        addMessage(logged);
        return logged;
    }

    /** Takes over the messages of another log, with numbers of this one, and how far everybody had seen. */
    void copyFrom(SessionLog prior) {
        MessageRing source = prior.messages;
        long[] positions = new long[prior.seenBy.length];
        Arrays.fill(positions, head);
        for (int i = 0; source != null && i < source.size(); i++) {
            LoggedEvent original = source.get(i, prior.sessionId, prior.epoch);
            addMessage(new LoggedEvent(
                    sessionId,
                    epoch,
                    ++head,
                    original.at(),
                    original.type(),
                    original.authorId(),
                    original.to(),
                    original.messageId(),
                    null,
                    original.body()));
            for (int p = 0; p < positions.length; p++) {
                if (prior.seen[p] >= original.seq()) {
                    positions[p] = head;
                }
            }
        }
        seenBy = prior.seenBy.clone();
        seen = positions;
    }

    /** The kept message of that id. */
    @Nullable LoggedEvent message(String messageId) {
        MessageRing ring = messages;
        int index = ring == null ? -1 : ring.find(messageId);
        return ring == null || index < 0 ? null : ring.get(index, sessionId, epoch);
    }

    /** Both rings after a position, in the order of their numbers. */
    List<LoggedEvent> read(long afterSeq, int limit) {
        MessageRing ring = messages;
        int l = lifecycle.firstAfterSeq(afterSeq);
        int m = ring == null ? 0 : ring.firstAfterSeq(afterSeq);
        int messageCount = ring == null ? 0 : ring.size();
        int left = lifecycle.size() - l + messageCount - m;
        List<LoggedEvent> page = new ArrayList<>(Math.min(left, limit));
        while (page.size() < limit && (l < lifecycle.size() || m < messageCount)) {
            if (ring == null
                    || m == messageCount
                    || (l < lifecycle.size() && lifecycle.get(l).seq() < ring.seq(m))) {
                page.add(lifecycle.get(l++));
            } else {
                page.add(ring.get(m++, sessionId, epoch));
            }
        }
        return page;
    }

    EventLog.HistoryPage history(EventLog.HistoryQuery query) {
        MessageRing ring = messages;
        if (ring == null) {
            return new EventLog.HistoryPage(List.of(), false);
        }
        int low = 0;
        int high = ring.size();
        if (query.afterSeq() != null) {
            low = ring.firstAfterSeq(query.afterSeq());
        }
        if (query.afterMillis() != null) {
            low = Math.max(low, ring.firstAfterMillis(query.afterMillis()));
        }
        if (query.beforeSeq() != null) {
            high = ring.firstAfterSeq(before(query.beforeSeq()));
        }
        if (query.beforeMillis() != null) {
            high = Math.min(high, ring.firstAfterMillis(before(query.beforeMillis())));
        }
        boolean forward = (query.afterSeq() != null || query.afterMillis() != null)
                && query.beforeSeq() == null
                && query.beforeMillis() == null;
        List<LoggedEvent> page = new ArrayList<>();
        boolean more = false;
        int step = forward ? 1 : -1;
        for (int i = forward ? low : high - 1; i >= low && i < high; i += step) {
            LoggedEvent message = ring.get(i, sessionId, epoch);
            if (visible(message, query.viewer())) {
                if (page.size() == query.limit()) {
                    more = true;
                    break;
                }
                page.add(message);
            }
        }
        if (forward) {
            Collections.reverse(page);
        }
        return new EventLog.HistoryPage(page, more);
    }

    void seen(String participantId, long seq) {
        long position = Math.min(seq, head);
        for (int i = 0; i < seenBy.length; i++) {
            if (seenBy[i].equals(participantId)) {
                seen[i] = Math.max(seen[i], position);
                return;
            }
        }
        if (position > 0) {
            seenBy = Arrays.copyOf(seenBy, seenBy.length + 1);
            seen = Arrays.copyOf(seen, seenBy.length);
            seenBy[seenBy.length - 1] = participantId;
            seen[seenBy.length - 1] = position;
        }
    }

    EventLog.Standing standing(String participantId) {
        long position = 0;
        for (int i = 0; i < seenBy.length; i++) {
            if (seenBy[i].equals(participantId)) {
                position = seen[i];
            }
        }
        MessageRing ring = messages;
        for (int i = ring == null ? -1 : ring.size() - 1; ring != null && i >= 0; i--) {
            if (ring.isBy(i, participantId)) {
                return new EventLog.Standing(position, ring.seq(i));
            }
        }
        return new EventLog.Standing(position, 0);
    }

    private LoggedEvent next(String type, long at, @Nullable String authorId, RawJson body) {
        lastAt = Math.max(lastAt, at);
        return new LoggedEvent(sessionId, epoch, ++head, lastAt, type, authorId, null, null, null, compact(body));
    }

    private void addMessage(LoggedEvent message) {
        MessageRing ring = messages;
        if (ring == null) {
            ring = new MessageRing(settings.historyLimit());
            messages = ring;
        }
        ring.add(message);
    }

    /** Bodies that fill less than half of the array they were cut from get one of their own. */
    private static RawJson compact(RawJson body) {
        return body.length() * 2 < body.array().length ? body.compact() : body;
    }

    private static long before(long exclusive) {
        return exclusive == Long.MIN_VALUE ? exclusive : exclusive - 1;
    }

    private static boolean visible(LoggedEvent message, @Nullable String viewer) {
        return viewer == null
                || message.to() == null
                || viewer.equals(message.to())
                || viewer.equals(message.authorId());
    }
}
