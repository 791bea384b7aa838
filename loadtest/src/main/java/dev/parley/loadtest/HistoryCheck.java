package dev.parley.loadtest;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the history of every session over HTTP after a run, page by page from its beginning, and compares it with what was
 * acknowledged: each message once, whole, in order, in the right session, up to the last one. A session keeps only its
 * latest messages, so of a long run only the end can be compared.
 */
final class HistoryCheck {
    private static final int WIDTH = 16;
    private static final String BASE = "/api/messaging/sessions/";

    private final Target target;
    private final int messageBytes;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    HistoryCheck(Target target, int messageBytes) {
        this.target = target;
        this.messageBytes = messageBytes;
    }

    /**
     * What two clients sent in one session.
     *
     * @param sessionId the session
     * @param pair the number that the markers carry
     * @param requests how many messages were numbered in the one direction
     * @param replies how many in the other
     * @param refusedRequests which of the requests were refused
     * @param refusedReplies which of the replies were refused
     */
    record Sent(
            String sessionId,
            int pair,
            long requests,
            long replies,
            Set<Long> refusedRequests,
            Set<Long> refusedReplies) {}

    /** What a pair of the pairs load sent. */
    static Sent sent(Pair pair) {
        Lane request = pair.request();
        Lane reply = pair.reply();
        return new Sent(pair.sessionId(), request.pair, request.sent, reply.sent, request.refused, reply.refused);
    }

    /** Reads and compares all; differences become failures of the report's tally. Blocks. */
    void check(List<Sent> pairs, Report report) {
        LongAdder compared = new LongAdder();
        List<String> differences = Collections.synchronizedList(new ArrayList<>());
        Generator.each(
                pairs.size(),
                WIDTH,
                i -> pages(pairs.get(i).sessionId(), 0, new ArrayList<>()).thenAccept(history -> {
                    compared.add(history.size());
                    differences.addAll(compare(pairs.get(i), history));
                }));
        report.count("histories read back", "sessions", pairs.size(), "sessions");
        report.count("histories read back", "messages compared", compared.sum(), "messages");
        report.count("histories read back", "differences", differences.size(), "differences");
        differences.forEach(report.tally()::fail);
    }

    /** All that a session's history still has, the oldest first. */
    CompletionStage<List<JsonNode>> pages(String sessionId, long after, List<JsonNode> sofar) {
        URI uri = URI.create(target.http() + BASE + sessionId + "/messages?limit=100&afterSeq=" + after);
        return client.sendAsync(
                        HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                .thenCompose(response -> {
                    if (response.statusCode() != 200) {
                        throw new LoadException("history of " + sessionId + ": " + response.body());
                    }
                    JsonNode page = JsonMapper.shared().readTree(response.body());
                    List<JsonNode> messages = new ArrayList<>();
                    page.path("messages").forEach(messages::add);
                    Collections.reverse(messages);
                    sofar.addAll(messages);
                    if (!page.path("hasMore").asBoolean(false) || messages.isEmpty()) {
                        return CompletableFuture.completedFuture(sofar);
                    }
                    return pages(
                            sessionId,
                            messages.get(messages.size() - 1).path("seq").asLong(),
                            sofar);
                });
    }

    /** What is wrong with a history, in words. */
    List<String> compare(Sent sent, List<JsonNode> history) {
        List<String> wrong = new ArrayList<>();
        String session = sent.sessionId();
        long lastSeq = 0;
        long[] last = {-1, -1};
        for (JsonNode message : history) {
            long seq = message.path("seq").asLong();
            String content = message.path("content").asString("");
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            if (seq <= lastSeq) {
                wrong.add(session + ": seq " + seq + " after " + lastSeq);
            }
            lastSeq = seq;
            if (bytes.length != messageBytes || Lane.markedPair(bytes, 0, bytes.length) != sent.pair()) {
                wrong.add(session + ": a message that does not belong there: " + content);
                continue;
            }
            int side = Lane.markedReply(bytes, 0) ? 1 : 0;
            Set<Long> refused = side == 0 ? sent.refusedRequests() : sent.refusedReplies();
            char direction = side == 0 ? Lane.REQUEST : Lane.REPLY;
            long number = Lane.markedNumber(bytes, 0);
            if (last[side] >= 0) {
                for (long skipped = last[side] + 1; skipped < number; skipped++) {
                    if (!refused.contains(skipped)) {
                        wrong.add(session + ": message " + skipped + direction + " is not in the history");
                    }
                }
                if (number <= last[side]) {
                    wrong.add(session + ": message " + number + direction + " after " + last[side]);
                }
            }
            last[side] = Math.max(last[side], number);
        }
        ending(wrong, session, sent.requests(), sent.refusedRequests(), last[0], Lane.REQUEST);
        ending(wrong, session, sent.replies(), sent.refusedReplies(), last[1], Lane.REPLY);
        return wrong;
    }

    private static void ending(
            List<String> wrong, String session, long sent, Set<Long> refused, long found, char direction) {
        long end = sent - 1;
        while (refused.contains(end)) {
            end--;
        }
        if (end >= 0 && found != end) {
            wrong.add(session + ": the history ends with message " + found + direction + ", not " + end);
        }
    }
}
