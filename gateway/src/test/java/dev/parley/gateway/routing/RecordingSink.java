package dev.parley.gateway.routing;

import dev.parley.protocol.Json;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A sink that keeps what it got; its loop runs when the test says so. */
final class RecordingSink implements PushSink {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final String connectionId;
    private final List<Push> pushes = new ArrayList<>();
    private final Set<Attachment> behind = new LinkedHashSet<>();
    private boolean writable = true;
    private boolean fellOff;
    private boolean gone;

    RecordingSink(String connectionId) {
        this.connectionId = connectionId;
    }

    /** Runs what was enqueued. */
    void run() {
        channel.runPendingTasks();
    }

    /** Opens or closes the outgoing queue. */
    void writable(boolean now) {
        writable = now;
        if (now) {
            List.copyOf(behind).forEach(Attachment::onWritable);
            run();
        }
    }

    /** What came since the last call: wire name and params, after running the loop. */
    List<String> take() {
        run();
        List<String> taken = pushes.stream().map(RecordingSink::brief).toList();
        pushes.clear();
        return taken;
    }

    /** The params of the only push that came since the last call. */
    JsonNode takeOne() {
        run();
        if (pushes.size() != 1) {
            throw new AssertionError("expected one push, got " + take());
        }
        JsonNode params = Json.MAPPER.readTree(pushes.get(0).params().toByteArray());
        pushes.clear();
        return params;
    }

    boolean hasFallenOff() {
        return fellOff;
    }

    boolean isGone() {
        return gone;
    }

    boolean isBehind() {
        return !behind.isEmpty();
    }

    private static String brief(Push push) {
        JsonNode params = Json.MAPPER.readTree(push.params().toByteArray());
        return switch (push.method()) {
            case "message" ->
                params.path("seq").asLong() + ":" + params.path("messageId").asString();
            case "message.delta" ->
                "delta " + params.path("messageId").asString() + " "
                        + params.path("index").asLong()
                        + (params.has("lastIndex")
                                ? "-" + params.path("lastIndex").asLong()
                                : "") + " "
                        + params.path("chunk").asString();
            case "gap" ->
                "gap " + params.path("from").asLong() + "-" + params.path("to").asLong() + " "
                        + params.path("cause").asString();
            case "session.expiring" -> "expiring " + params.path("rung").asLong();
            default -> push.method();
        };
    }

    @Override
    public EventExecutor loop() {
        return channel.eventLoop();
    }

    @Override
    public String connectionId() {
        return connectionId;
    }

    @Override
    public boolean writable() {
        return writable;
    }

    @Override
    public void push(Push push, @Nullable ByteBuf shared) {
        pushes.add(push);
    }

    @Override
    public void behind(Attachment attachment) {
        behind.add(attachment);
    }

    @Override
    public void caughtUp(Attachment attachment) {
        behind.remove(attachment);
    }

    @Override
    public void fellOff(Attachment attachment) {
        fellOff = true;
    }

    @Override
    public void gone(Attachment attachment) {
        gone = true;
    }
}
