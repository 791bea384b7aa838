package dev.parley.store.redis;

import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The functions on a server: how they get there, and how they are called. Servers that know no functions, or deny them to this
 * user, get the same source as a script. Immutable; how a server is called is noted in the connection.
 */
final class Library {
    private static final byte[] ONE = bytes("1");
    private static final String NO_SUCH = "0".repeat(40);

    private final String name;
    private final String source;
    private final Map<RedisFunction, byte[]> functionNames = new EnumMap<>(RedisFunction.class);
    private final Map<RedisFunction, byte[]> sourceNames = new EnumMap<>(RedisFunction.class);

    /**
     * @param name of the library; the functions are called {@code name_function}
     * @param source without the head line of a library; as a script it is told the function by its first argument
     */
    Library(String name, String source) {
        this.name = name;
        this.source = source;
        for (RedisFunction function : RedisFunction.values()) {
            functionNames.put(function, bytes(name + "_" + function.sourceName));
            sourceNames.put(function, bytes(function.sourceName));
        }
    }

    /** The library of this version of the store. */
    static Library ofThisVersion() {
        return new Library(LibrarySource.NAME, LibrarySource.text());
    }

    /**
     * Loads the library, unless it is there; the connection knows afterwards how functions are called. It is asked for first, as
     * after a failure all gateways come at once, and its text is long. Fails with {@link LinkFailure}.
     */
    CompletableFuture<Void> load(ServerConnection connection) {
        return connection
                .ask(CommandType.FUNCTION, "LIST", "LIBRARYNAME", name)
                .handle((found, failure) -> failure == null && found instanceof List<?> list && !list.isEmpty())
                .thenCompose(isThere -> {
                    if (isThere) {
                        connection.callsFunctions();
                        return CompletableFuture.completedFuture(null);
                    }
                    return loadText(connection);
                });
    }

    private CompletableFuture<Void> loadText(ServerConnection connection) {
        return connection
                .ask(CommandType.FUNCTION, "LOAD", "#!lua name=" + name + "\n" + source)
                .handle((name, failure) -> failure)
                .thenCompose(failure -> {
                    String error = failure == null ? "" : message(failure);
                    if (error.isEmpty() || error.contains("already exists")) {
                        connection.callsFunctions();
                        return CompletableFuture.completedFuture(null);
                    }
                    return isUnknown(error) || isDenied(error)
                            ? loadScript(connection, error)
                            : CompletableFuture.failedFuture(refused(connection, error));
                });
    }

    /** Whether functions may be called, without calling one; fails with {@link LinkFailure}. */
    CompletableFuture<Void> probe(ServerConnection connection, String key) {
        CompletableFuture<@Nullable Object> called = connection.scriptSha() == null
                ? connection.ask(CommandType.FCALL, name + "_probe", "1", key)
                : connection.ask(CommandType.EVALSHA, NO_SUCH, "1", key);
        return called.handle((answer, failure) -> {
            String error = failure == null ? "" : message(failure);
            if (isDenied(error)) {
                throw new LinkFailure(
                        connection.address() + " denies the right to call functions on keys like " + key + ": " + error,
                        true);
            }
            // In a cluster another server may serve the key; that is said only to who may call.
            Refusals.Kind kind = Refusals.kindOf(error);
            boolean isElsewhere = kind == Refusals.Kind.MOVED || kind == Refusals.Kind.MIGRATING;
            if (!error.isEmpty() && !isMissing(error) && !isElsewhere && !error.startsWith("CLUSTERDOWN")) {
                throw refused(connection, error);
            }
            return null;
        });
    }

    /** Whether an error says that the library is not on the server (any more). */
    static boolean isMissing(String error) {
        return error.startsWith("ERR Function not found") || error.startsWith("NOSCRIPT");
    }

    /** The command that calls a function: {@code FCALL}, or {@code EVALSHA} where there is a script. */
    static CommandType command(ServerConnection connection) {
        return connection.scriptSha() == null ? CommandType.FCALL : CommandType.EVALSHA;
    }

    /** The arguments of that command, the run id of this very connection first. */
    CommandArgs<byte[], byte[]> args(
            ServerConnection connection, RedisFunction function, byte[] key, List<byte[]> args) {
        CommandArgs<byte[], byte[]> all = Attempt.args();
        byte[] sha = connection.scriptSha();
        if (sha == null) {
            all.add(functionNames.get(function)).add(ONE).addKey(key);
        } else {
            all.add(sha).add(ONE).addKey(key).add(sourceNames.get(function));
        }
        all.add(connection.runId());
        for (byte[] arg : args) {
            all.add(arg);
        }
        return all;
    }

    private CompletableFuture<Void> loadScript(ServerConnection connection, String whyNoFunction) {
        return connection.ask(CommandType.SCRIPT, "LOAD", source).handle((sha, failure) -> {
            if (failure != null) {
                String error = message(failure);
                if (isDenied(error)) {
                    throw new LinkFailure(
                            connection.address() + " denies the right to load functions (" + whyNoFunction
                                    + ") and scripts (" + error
                                    + "): the user needs FUNCTION LOAD and FCALL, or SCRIPT LOAD and EVALSHA",
                            true);
                }
                throw refused(connection, error);
            }
            connection.callsScript((byte[]) Objects.requireNonNull(sha));
            return null;
        });
    }

    private static LinkFailure refused(ServerConnection connection, String error) {
        return new LinkFailure(connection.address() + " does not take the functions: " + error, false);
    }

    private static boolean isUnknown(String error) {
        return error.startsWith("ERR unknown command");
    }

    private static boolean isDenied(String error) {
        return error.startsWith("NOPERM");
    }

    private static String message(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return String.valueOf(cause.getMessage());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
