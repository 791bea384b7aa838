package dev.parley.store.redis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Something to be done on the master of a slot, once. Belongs to its {@link Lane}, under whose lock its fields are. */
abstract class Call {
    /** What a command takes besides its arguments, in bytes, on average. */
    private static final int OVERHEAD = 128;

    /** Completed by the lane, never under its lock. */
    final CompletableFuture<@Nullable Object> answer = new CompletableFuture<>();
    /** When it is held no longer, on the time source's clock. */
    final long deadlineNanos;
    /** About how many bytes it holds. */
    final int size;
    /** Its place among the calls of its lane. */
    long number;
    /** The earliest instant of the next attempt, on the time source's clock; {@link Long#MIN_VALUE} for at once. */
    long notBeforeNanos = Long.MIN_VALUE;
    /** Why it is held, for when it is held for too long. */
    String heldBecause = "";

    private Call(long deadlineNanos, int size) {
        this.deadlineNanos = deadlineNanos;
        this.size = size + OVERHEAD;
    }

    /** A function, which is told the run id of the server that it is called on. */
    static Call function(Library library, RedisFunction function, byte[] key, List<byte[]> args, long deadlineNanos) {
        int size = key.length;
        for (byte[] arg : args) {
            size += arg.length + 16;
        }
        return new Call(deadlineNanos, size) {
            @Override
            Attempt attemptOn(ServerConnection connection, Lane lane) {
                return new CallAttempt(
                        Library.command(connection), library.args(connection, function, key, args), this, lane) {
                    @Override
                    boolean promises() {
                        return function.promises();
                    }
                };
            }
        };
    }

    /** A message to a channel. */
    static Call publish(byte[] channel, boolean sharded, byte[] payload, long deadlineNanos) {
        return new Call(deadlineNanos, channel.length + payload.length) {
            @Override
            Attempt attemptOn(ServerConnection connection, Lane lane) {
                boolean bySlot = sharded && connection.info().hasShardedChannels();
                return new CallAttempt(
                        bySlot ? CommandType.SPUBLISH : CommandType.PUBLISH,
                        Attempt.args().addKey(channel).add(payload),
                        this,
                        lane);
            }
        };
    }

    /** A new attempt, with what depends on the connection. */
    abstract Attempt attemptOn(ServerConnection connection, Lane lane);

    /** An attempt that reports to the lane. */
    private static class CallAttempt extends Attempt {
        private final Call call;
        private final Lane lane;

        CallAttempt(CommandType type, CommandArgs<byte[], byte[]> args, Call call, Lane lane) {
            super(type, args, call.size);
            this.call = call;
            this.lane = lane;
        }

        @Override
        void answered(@Nullable Object result, @Nullable String error) {
            lane.answered(call, connection(), result, error);
        }

        @Override
        void broken(boolean written) {
            lane.broken(call, connection(), written);
        }
    }
}
