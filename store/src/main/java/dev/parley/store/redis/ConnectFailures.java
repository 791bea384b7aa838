package dev.parley.store.redis;

import dev.parley.store.redis.RedisUrl.Login;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;

/** What a failed connection means to the person who starts the gateway. Stateless. */
final class ConnectFailures {
    private ConnectFailures() {}

    /**
     * One line that says what is wrong and what to do.
     *
     * @param failure as the driver tells it
     * @param login that was tried
     * @param tls whether TLS was tried
     */
    static LinkFailure explain(Throwable failure, ServerAddress address, Login login, boolean tls) {
        String told = "";
        Throwable deepest = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            deepest = cause;
            if (!(cause instanceof CompletionException) && cause.getMessage() != null) {
                told = cause.getMessage();
            }
            if (cause instanceof SSLException) {
                return tls(cause, address);
            }
            if (cause instanceof UnknownHostException) {
                return new LinkFailure("the host " + address.host() + " is not known", false);
            }
        }
        if (tls && told.contains("initialization timed out")) {
            // The driver's own limit may come before that of the handshake.
            return unanswered(address);
        }
        String word = told.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        String who = login.user() == null ? "the default user" : "user " + login.user();
        return switch (word) {
            case "WRONGPASS" -> new LinkFailure(address + " refuses the password of " + who, true);
            case "NOAUTH" ->
                new LinkFailure(address + " asks for a password: write redis://user:password@host or :password@", true);
            case "NOPERM" -> new LinkFailure(address + " denies " + who + " to connect: " + told, true);
            case "ERR" ->
                told.contains("without any password configured")
                        ? new LinkFailure(address + " has no password, but one was given", true)
                        : new LinkFailure(address + " refuses the connection: " + told, false);
            default -> new LinkFailure("cannot connect to " + address + ": " + reason(deepest, told, tls), false);
        };
    }

    private static LinkFailure tls(Throwable cause, ServerAddress address) {
        String message = String.valueOf(cause.getMessage());
        for (Throwable deeper = cause.getCause(); deeper != null; deeper = deeper.getCause()) {
            message = String.valueOf(deeper.getMessage());
        }
        if (message.contains("not an SSL/TLS record")) {
            return new LinkFailure(address + " does not speak TLS: use redis://, or tls=false", true);
        }
        if (message.contains("timed out")) {
            return unanswered(address);
        }
        return new LinkFailure(
                "the TLS handshake with " + address + " failed: " + message
                        + " (tlsCa names the certificates to trust, tlsVerify what is verified)",
                true);
    }

    private static LinkFailure unanswered(ServerAddress address) {
        return new LinkFailure(
                address + " did not answer the TLS handshake (where it does not speak TLS, use redis://)", false);
    }

    private static String reason(Throwable deepest, String told, boolean tls) {
        boolean closed = told.contains("closed") || told.contains("reset");
        if (closed && !tls) {
            return "it closed the connection (where it speaks TLS, use rediss://, or tls=true)";
        }
        if (told.isEmpty()) {
            return deepest.getClass().getSimpleName();
        }
        // The driver repeats the address after a colon, and names the system call before one.
        return told.replaceFirst(":? [^ ]*/[^ ]*$", "")
                .replaceFirst("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ", "");
    }
}
