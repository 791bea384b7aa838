package dev.parley.loadtest;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
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

    /** Reads and compares all; differences become failures of the report's tally. Blocks. */
    void check(List<Pair> pairs, Report report) {
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
    List<String> compare(Pair pair, List<JsonNode> history) {
        List<String> wrong = new ArrayList<>();
        long lastSeq = 0;
        long[] last = {-1, -1};
        for (JsonNode message : history) {
            long seq = message.path("seq").asLong();
            String content = message.path("content").asString("");
            byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
            if (seq <= lastSeq) {
                wrong.add(pair.sessionId() + ": seq " + seq + " after " + lastSeq);
            }
            lastSeq = seq;
            if (bytes.length != messageBytes || Lane.markedPair(bytes, 0, bytes.length) != pair.request().pair) {
                wrong.add(pair.sessionId() + ": a message that does not belong there: " + content);
                continue;
            }
            int side = Lane.markedReply(bytes, 0) ? 1 : 0;
            Lane lane = side == 1 ? pair.reply() : pair.request();
            long number = Lane.markedNumber(bytes, 0);
            if (last[side] >= 0) {
                for (long skipped = last[side] + 1; skipped < number; skipped++) {
                    if (!lane.refused.contains(skipped)) {
                        wrong.add(
                                pair.sessionId() + ": message " + skipped + lane.direction + " is not in the history");
                    }
                }
                if (number <= last[side]) {
                    wrong.add(pair.sessionId() + ": message " + number + lane.direction + " after " + last[side]);
                }
            }
            last[side] = Math.max(last[side], number);
        }
        long acknowledged = pair.request().acknowledged + pair.reply().acknowledged;
        if (history.isEmpty() && acknowledged > 0) {
            wrong.add(pair.sessionId() + ": its history is empty, " + acknowledged + " messages were acknowledged");
        }
        for (Lane lane : List.of(pair.request(), pair.reply())) {
            long end = lane.sent - 1;
            while (lane.refused.contains(end)) {
                end--;
            }
            long found = last[lane.direction == Lane.REPLY ? 1 : 0];
            if (end >= 0 && found != end) {
                wrong.add(pair.sessionId() + ": the history ends with message " + found + lane.direction + ", not "
                        + end);
            }
        }
        return wrong;
    }
}
