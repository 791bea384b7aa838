package dev.parley.client;

import java.net.URI;

/** Opens sockets. The one implementation beside tests' is {@link JdkTransport}. */
interface Transport {
    /**
     * Begins to open a socket.
     *
     * @param events told on the engine thread; nothing more after {@code closed}
     * @return the socket, which can be aborted at once and used after {@code opened}
     */
    Link open(URI uri, Events events);

    /** One socket; used on the engine thread. */
    interface Link {
        /** Sends a text frame after those that were given before. */
        void send(String text);

        /** Characters that were given and have not been taken by the socket yet. */
        long queued();

        /** Allows one more message to be read; called once for each that was told. */
        void consumed();

        /** Sends what is queued, then a close frame. */
        void close(int code, String reason);

        /** Drops the connection at once; nothing more is told. */
        void abort();
    }

    /** What a socket tells. */
    interface Events {
        /** The handshake is done. */
        void opened();

        /** A whole text message. */
        void text(String message);

        /** A ping or pong: the peer lives. */
        void sign();

        /**
         * The socket is gone.
         *
         * @param code the close code; 1006 when there was none
         * @param reason for people
         * @param refusedStatus the HTTP status when the handshake was answered with one, else 0
         */
        void closed(int code, String reason, int refusedStatus);
    }
}
