package dev.parley.loadtest.micro;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.ClientFrame;
import dev.parley.protocol.frame.FrameReader;
import dev.parley.protocol.frame.FrameWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Reading the frame of a {@code message.send} and writing the push that comes of it, 256 bytes of content. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FrameBenchmark {
    private static final String CONTENT = "x".repeat(256);

    private final byte[] send = ("{\"jsonrpc\":\"2.0\",\"id\":1234,\"method\":\"message.send\",\"params\":{\"sessionId\":"
                    + "\"0b8d7a52-5d6c-4f0a-9d7e-1f2a3b4c5d6e\",\"content\":\"" + CONTENT + "\"}}")
            .getBytes(StandardCharsets.UTF_8);
    private final RawJson body = RawJson.of("{\"messageId\":\"b0c1d2e3-0000-4000-8000-000000000001\",\"authorId\":\"ann\","
            + "\"role\":\"user\",\"content\":\"" + CONTENT + "\"}");

    /** For JMH. */
    public FrameBenchmark() {}

    /** The header is read, the params are kept as a slice. */
    @Benchmark
    public ClientFrame decode() {
        return FrameReader.read(send, 0, send.length);
    }

    /** Encoded once for all receivers. */
    @Benchmark
    public byte[] encode() {
        return FrameWriter.push(
                "message", "0b8d7a52-5d6c-4f0a-9d7e-1f2a3b4c5d6e", "e1", 4711, 1_700_000_000_000L, body);
    }
}
