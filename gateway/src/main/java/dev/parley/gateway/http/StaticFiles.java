package dev.parley.gateway.http;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.ProtocolException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The page and its parts, from the class path under {@code web/}. A file is read once, when it is first asked for; there are
 * few and they are small, so they stay in memory.
 */
final class StaticFiles {
    private static final String ROOT = "web/";
    private static final String POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
            + "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "png", "image/png",
            "ico", "image/x-icon",
            "json", "application/json; charset=utf-8",
            "webmanifest", "application/manifest+json");

    private final Map<String, File> files = new ConcurrentHashMap<>();

    /** The page itself. */
    Mono<Answer> page(Exchange exchange) {
        return serve(exchange, "index.html");
    }

    /** A part of it, named by the rest of the path. */
    Mono<Answer> file(Exchange exchange) {
        return serve(exchange, exchange.parameter("*"));
    }

    private Mono<Answer> serve(Exchange exchange, String name) {
        File file = files.get(name);
        if (file == null) {
            file = read(name);
            if (file == null) {
                return Mono.error(ProtocolException.of(ErrorCode.NOT_FOUND, "There is no such file; the page is at /.")
                        .with("path", name));
            }
            files.put(name, file);
        }
        Map<String, String> headers = Map.of(
                "ETag",
                file.tag,
                "Cache-Control",
                "no-cache",
                "Content-Security-Policy",
                POLICY,
                "Referrer-Policy",
                "no-referrer");
        String known = exchange.headers().get("If-None-Match");
        if (known != null && (known.contains(file.tag) || known.strip().equals("*"))) {
            return Mono.just(new Answer.Empty(304, headers));
        }
        return Mono.just(new Answer.Full(200, file.type, file.bytes, headers));
    }

    private static @Nullable File read(String name) {
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        // Names that could lead out of the directory are not looked for.
        if (type == null || !name.matches("[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*")) {
            return null;
        }
        try (InputStream in = StaticFiles.class.getClassLoader().getResourceAsStream(ROOT + name)) {
            if (in == null) {
                return null;
            }
            byte[] bytes = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new File(type, bytes, '"' + HexFormat.of().formatHex(hash, 0, 8) + '"');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static final class File {
        private final String type;
        private final byte[] bytes;
        private final String tag;

        File(String type, byte[] bytes, String tag) {
            this.type = type;
            this.bytes = bytes;
            this.tag = tag;
        }
    }
}
