package dev.parley.client.sample;

import dev.parley.client.ParleyClient;
import dev.parley.protocol.LogPosition;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.session.SessionEvents.Message;
import dev.parley.protocol.session.SessionParams;
import dev.parley.protocol.session.SessionResults;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One session of the agent: answers its messages one after another. A message counts as seen when its answer is stored, so one
 * that the agent had not answered when it was stopped comes again. The answer's id is made from the message's id: given twice
 * it is stored once. Belongs to the agent's thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // The stages handle both outcomes themselves.
final class Conversation {
    private static final int MAX_ID = 128;
    private static final int PAGE = 100;

    private final ParleyClient client;
    private final ScheduledExecutorService agentThread;
    private final String sessionId;
    private final ArrayDeque<Message> waiting = new ArrayDeque<>();
    private boolean busy;
    private boolean over;
    private long answeredUpTo;

    /**
     * @param agentThread the one thread of all conversations
     */
    Conversation(ParleyClient client, ScheduledExecutorService agentThread, String sessionId) {
        this.client = client;
        this.agentThread = agentThread;
        this.sessionId = sessionId;
    }

    /** The session is attached; its last stored answer of ours tells from where on messages cannot have been answered. */
    void attached(@Nullable LogPosition acked) {
        answeredUpTo = acked == null ? 0 : acked.seq();
    }

    /** A message came, from whomever. */
    void add(Message message) {
        waiting.add(message);
        if (!busy) {
            next();
        }
    }

    /** The session is over; an answer that is being written is dropped. */
    void end() {
        over = true;
        waiting.clear();
    }

    private void next() {
        Message message = waiting.poll();
        busy = message != null && !over;
        if (message == null || over) {
            return;
        }
        if (!message.role().equals("user")) {
            // Its own messages and those of other agents are none of its business: two agents would talk for ever.
            done(message);
        } else if (message.seq() < answeredUpTo) {
            lookForAnswer(message, message.seq());
        } else {
            answer(message);
        }
    }

    /** After a restart: was the message answered before? Pages of history after it tell. */
    private void lookForAnswer(Message message, long afterSeq) {
        RawJson limit = RawJson.of(Integer.toString(PAGE));
        RawJson after = RawJson.of(Long.toString(afterSeq));
        client.request(Operations.SESSION_HISTORY, new SessionParams.History(sessionId, limit, null, null, null, after))
                .whenCompleteAsync(
                        (page, problem) -> {
                            if (page == null) {
                                // Answering again does no harm: the store knows the answer's id.
                                answer(message);
                            } else if (holdsAnswer(page, message)) {
                                done(message);
                            } else if (page.hasMore() && !page.messages().isEmpty()) {
                                lookForAnswer(message, page.messages().get(0).seq());
                            } else {
                                answer(message);
                            }
                        },
                        agentThread);
    }

    private boolean holdsAnswer(SessionResults.HistoryPage page, Message message) {
        String reply = replyId(message);
        return page.messages().stream().anyMatch(item -> item.id().equals(reply));
    }

    private void answer(Message message) {
        Reply reply = Reply.to(message.content());
        if (reply.isSilent()) {
            done(message);
            return;
        }
        client.typing(sessionId, true);
        stream(message, reply, reply.pieces(), 0);
    }

    private void stream(Message message, Reply reply, List<String> pieces, int index) {
        if (over) {
            return;
        }
        if (index == pieces.size()) {
            finish(message, reply);
            return;
        }
        client.delta(sessionId, replyId(message), index, pieces.get(index), message.messageId());
        agentThread.schedule(
                () -> stream(message, reply, pieces, index + 1), reply.pieceMillis(), TimeUnit.MILLISECONDS);
    }

    private void finish(Message message, Reply reply) {
        client.send(sessionId, reply.text(), replyId(message), message.messageId())
                .whenCompleteAsync(
                        (sent, problem) -> {
                            client.typing(sessionId, false);
                            if (problem != null) {
                                // Refused for good: the session is over, or is none of ours any more.
                                SampleAgent.say("no answer in " + sessionId + ": " + problem.getMessage());
                            } else if (reply.endsSession()) {
                                complete();
                            }
                            done(message);
                        },
                        agentThread);
    }

    private void complete() {
        String summary = "The user said goodbye to the sample agent.";
        client.request(Operations.SESSION_COMPLETE, new SessionParams.Complete(sessionId, summary, null))
                .whenComplete((info, problem) -> {
                    if (problem != null) {
                        SampleAgent.say("cannot complete " + sessionId + ": " + problem.getMessage());
                    }
                });
    }

    private void done(Message message) {
        client.seen(sessionId, message.seq());
        next();
    }

    private String replyId(Message message) {
        return replyId(client.id(), message.messageId());
    }

    /** The same for the same message, whichever run of the agent answers it, and not that of another agent's answer. */
    static String replyId(String agentId, String messageId) {
        String id = "r-" + agentId + '-' + messageId;
        return id.length() <= MAX_ID ? id : "r-" + UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8));
    }
}
