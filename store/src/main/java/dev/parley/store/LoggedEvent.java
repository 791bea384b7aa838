package dev.parley.store;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a session's log.
 *
 * @param sessionId whose log
 * @param epoch of the log, as it is when the entry is handed out
 * @param seq its number, from 1, without gaps
 * @param at epoch milliseconds, given by the store; never less than the entry before, except that messages which a
 *     resumption took over keep theirs
 * @param type wire name of the push
 * @param authorId who sent or caused it; null for the system
 * @param to the one participant it is for besides the author; null when it is for all
 * @param messageId of a message; null for life-cycle entries
 * @param origin id of the connection that sent it; null when it came otherwise
 * @param body a JSON object: the params of the push other than {@code sessionId}, {@code seq}, {@code epoch} and, for a
 *     message, {@code createdAt}
 */
public record LoggedEvent(
        String sessionId,
        String epoch,
        long seq,
        long at,
        String type,
        @Nullable String authorId,
        @Nullable String to,
        @Nullable String messageId,
        @Nullable String origin,
        RawJson body) {}
