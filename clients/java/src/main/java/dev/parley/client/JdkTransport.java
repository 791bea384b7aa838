package dev.parley.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's WebSocket (RFC 6455). Its listener runs on threads of the HTTP client, where nothing is done but putting partial
 * frames together and passing whole ones on to the engine.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a socket's future tells beyond its callbacks is of no use.
final class JdkTransport implements Transport {
    /** The protocol's name in the handshake. */
    static final String SUBPROTOCOL = "parley.v1";

    /** Characters of one message, at most; more is no Parley gateway's. */
    static final int MAX_MESSAGE = 32 << 20;

    private static final int NO_CODE = 1006;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient http;
    private final ClientThreads threads;
    private final int window;

    /**
     * @param http shared by all sockets of a client
     * @param threads where to tell what happens
     * @param window messages that may be told and not consumed yet
     */
    JdkTransport(HttpClient http, ClientThreads threads, int window) {
        this.http = http;
        this.threads = threads;
        this.window = window;
    }

    @Override
    public Link open(URI uri, Events events) {
        Socket socket = new Socket(threads, events, window);
        http.newWebSocketBuilder()
                .connectTimeout(CONNECT_TIMEOUT)
                .subprotocols(SUBPROTOCOL)
                .buildAsync(uri, socket)
                .whenComplete((webSocket, failure) -> {
                    if (failure != null) {
                        socket.refused(failure);
                    }
                });
        return socket;
    }

    private static final class Socket implements WebSocket.Listener, Link {
        private final ClientThreads threads;
        private final Events events;
        private final int window;

        /** Touched by the listener alone, whose calls never overlap. */
        private final StringBuilder partial = new StringBuilder();

        /** The rest belongs to the engine thread. */
        private final ArrayDeque<String> waiting = new ArrayDeque<>();

        private @Nullable WebSocket webSocket;
        private long queued;
        private boolean sending;
        private boolean over;
        private int closeCode;
        private String closeReason = "";

        Socket(ClientThreads threads, Events events, int window) {
            this.threads = threads;
            this.events = events;
            this.window = window;
        }

        void refused(Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            int status = cause instanceof WebSocketHandshakeException handshake
                    ? handshake.getResponse().statusCode()
                    : 0;
            String reason =
                    status == 0 ? "cannot connect: " + cause : "the handshake was answered with HTTP status " + status;
            ended(NO_CODE, reason, status);
        }

        private void ended(int code, String reason, int refusedStatus) {
            threads.engine(() -> {
                if (!over) {
                    over = true;
                    events.closed(code, reason, refusedStatus);
                }
            });
        }

        @Override
        public void onOpen(WebSocket opened) {
            threads.engine(() -> {
                webSocket = opened;
                if (over) {
                    opened.abort();
                    return;
                }
                events.opened();
            });
            opened.request(window);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            partial.append(data);
            if (partial.length() > MAX_MESSAGE) {
                partial.setLength(0);
                from.abort();
                ended(NO_CODE, "a message of more than " + MAX_MESSAGE + " characters came", 0);
            } else if (last) {
                String message = partial.toString();
                partial.setLength(0);
                threads.engine(() -> {
                    if (!over) {
                        events.text(message);
                    }
                });
            } else {
                from.request(1);
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, java.nio.ByteBuffer data, boolean last) {
            return sign(from);
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket from, java.nio.ByteBuffer message) {
            return sign(from);
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket from, java.nio.ByteBuffer message) {
            return sign(from);
        }

        private @Nullable CompletionStage<?> sign(WebSocket from) {
            from.request(1);
            threads.engine(() -> {
                if (!over) {
                    events.sign();
                }
            });
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            ended(code, reason.isEmpty() ? "the peer closed the connection without a reason" : reason, 0);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            ended(NO_CODE, "the connection broke: " + error, 0);
        }

        @Override
        public void send(String text) {
            if (!over) {
                queued += text.length();
                waiting.add(text);
                pump();
            }
        }

        @Override
        public long queued() {
            return queued;
        }

        /** The JDK forbids a second send before the first is done, so each waits for the one before. */
        private void pump() {
            WebSocket to = webSocket;
            if (sending || to == null) {
                return;
            }
            String text = waiting.poll();
            if (text == null) {
                if (closeCode != 0) {
                    to.sendClose(closeCode, closeReason);
                    closeCode = 0;
                }
                return;
            }
            sending = true;
            to.sendText(text, true)
                    .whenComplete((done, failure) -> threads.engine(() -> {
                        sending = false;
                        queued -= text.length();
                        if (failure == null) {
                            pump();
                        } else {
                            ended(NO_CODE, "the connection broke: " + failure, 0);
                        }
                    }));
        }

        @Override
        public void consumed() {
            WebSocket from = webSocket;
            if (from != null && !over) {
                from.request(1);
            }
        }

        @Override
        public void close(int code, String reason) {
            closeCode = code;
            closeReason = reason;
            pump();
        }

        @Override
        public void abort() {
            over = true;
            waiting.clear();
            WebSocket to = webSocket;
            if (to != null) {
                to.abort();
            }
        }
    }
}
