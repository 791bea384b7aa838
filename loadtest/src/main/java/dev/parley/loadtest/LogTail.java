package dev.parley.loadtest;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads the end of a session's log by {@code GET /:sessionId/events} and {@code Last-Event-ID}, as a participant does who was
 * away when the session ended: what has ended is not attached any more. Blocks.
 */
final class LogTail {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int SILENT_MILLIS = 20_000;

    private LogTail() {}

    /**
     * Adds what is behind the last entry that has all before it.
     *
     * @param log of a client that is not attached to the session, whose loop therefore leaves it alone
     * @throws LoadException when it cannot be read
     */
    static void into(WorkLog log, Target gateway, String sessionId) {
        long position = log.readOn();
        try (Socket socket = new Socket()) {
            socket.connect(gateway.address(), CONNECT_MILLIS);
            socket.setSoTimeout(SILENT_MILLIS);
            String request = "GET /api/messaging/sessions/" + sessionId + "/events HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: text/event-stream\r\nLast-Event-ID: " + position + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            EventFeed feed = new EventFeed(socket.getInputStream());
            for (EventFeed.Event event = feed.next(); event != null && !log.isEnded(); event = feed.next()) {
                if (event.id() != null) {
                    log.entry(
                            event.name(),
                            log.epoch(),
                            Long.parseLong(event.id()),
                            JsonMapper.shared().readTree(event.data()));
                }
            }
        } catch (IOException e) {
            throw new LoadException("the end of " + sessionId + " cannot be read: " + e.getMessage(), e);
        }
    }
}
