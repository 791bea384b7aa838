package dev.parley.store.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.ProtocolKeyword;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One writing of one command to one connection. It ends once, on the driver's thread: with an answer, refused when it was not
 * written, or broken when the connection ended before there was an answer. Subclasses say what happens then.
 */
abstract class Attempt extends Command<byte[], byte[], @Nullable Object> {
    private final int size;
    private @Nullable ServerConnection connection;
    private @Nullable ReplicaWait replicas;
    private long sentNanos;

    /**
     * @param type the command
     * @param size about how many bytes its arguments are
     */
    Attempt(ProtocolKeyword type, CommandArgs<byte[], byte[]> args, int size) {
        super(type, new AnswerOutput(), args);
        this.size = size;
    }

    /** New arguments. */
    static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(ByteArrayCodec.INSTANCE);
    }

    /**
     * The server has answered.
     *
     * @param answer as in {@link AnswerOutput}
     * @param error the server's error; null for a result
     */
    abstract void answered(@Nullable Object answer, @Nullable String error);

    /**
     * The connection ended before an answer came.
     *
     * @param written whether the command may have reached the server and been carried out
     */
    abstract void broken(boolean written);

    /** Whether its answer promises that something lasts. */
    boolean promises() {
        return false;
    }

    /** Called by the connection before it writes the command: its answer is given when the replicas have what it did. */
    final void answeredAfter(ReplicaWait wait) {
        replicas = wait;
    }

    /** About how many bytes it takes until it is answered. */
    final int size() {
        return size;
    }

    /** When it was sent, on the clock that the connection was given. */
    final long sentNanos() {
        return sentNanos;
    }

    /** Where it was sent; only after {@link ServerConnection#send}. */
    final ServerConnection connection() {
        return Objects.requireNonNull(connection);
    }

    /** Called by the connection when it takes the command. */
    final void sentTo(ServerConnection to, long nanos) {
        connection = to;
        sentNanos = nanos;
    }

    /** Called by the connection when it ended before the command was handed to the driver. */
    final void refuse() {
        super.completeExceptionally(new RedisException("not written"));
        connection().left(this);
        broken(false);
    }

    @Override
    public final void complete() {
        if (isDone()) {
            return;
        }
        super.complete();
        connection().left(this);
        if (getOutput().hasError()) {
            answered(null, String.valueOf(getOutput().getError()));
        } else if (replicas == null) {
            answered(getOutput().get(), null);
        } else {
            replicas.holdBack(this, getOutput().get());
        }
    }

    @Override
    public final boolean completeExceptionally(Throwable cause) {
        if (isDone()) {
            return false;
        }
        super.completeExceptionally(cause);
        ServerConnection from = connection();
        from.left(this);
        // While it hands commands over, the driver refuses those that it does not write by an exception of its own.
        boolean refused = from.isHandingOver() && cause instanceof RedisException;
        // Whatever it was, later answers could be taken for those of other commands.
        from.close(
                cause instanceof RedisException
                        ? "the connection to " + from.address() + " was lost"
                        : "the connection to " + from.address() + " broke: " + cause.getMessage());
        broken(!refused);
        return true;
    }

    @Override
    public final void cancel() {
        completeExceptionally(new RedisException("cancelled"));
    }
}
