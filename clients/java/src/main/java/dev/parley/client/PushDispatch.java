package dev.parley.client;

import dev.parley.protocol.RawJson;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionResults;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Turns pushes into callbacks: moves positions, drops what was delivered before and what this client sent itself. Belongs to
 * the engine thread; the callbacks it makes run on the callback thread.
 */
final class PushDispatch {
    private static final Logger LOG = System.getLogger(PushDispatch.class.getName());

    /** What else a push can mean for the client. */
    interface Control {
        /** A session was attached from the gateway's side. */
        void attached(SessionResults.Entry entry);

        /** The gateway will close this connection; stay away for so long. */
        void draining(long reconnectAfterMillis);
    }

    /** The members that tell where in which log a push stands; signals have no number. */
    record Header(@Nullable String sessionId, @Nullable String epoch, long seq) {}

    private final SessionTracks tracks;
    private final ClientThreads threads;
    private final ClientListener listener;
    private final Map<String, Consumer<Push>> named;
    private final Control control;
    private final boolean autoSeen;

    /** @param named who else hears of pushes, by name */
    PushDispatch(
            SessionTracks tracks,
            ClientThreads threads,
            ClientListener listener,
            Map<String, Consumer<Push>> named,
            Control control,
            boolean autoSeen) {
        this.tracks = tracks;
        this.threads = threads;
        this.listener = listener;
        this.named = named;
        this.control = control;
        this.autoSeen = autoSeen;
    }

    /**
     * Takes one push.
     *
     * @return the callback for it; null when there is nothing to tell
     */
    @Nullable Runnable callbackFor(String method, RawJson params) {
        try {
            Runnable told = listened(method, params);
            Consumer<Push> also = told == null ? null : named.get(method);
            if (told == null || also == null) {
                return told;
            }
            Push push = new Push(method, ClientJson.read(params, Header.class).sessionId(), params);
            return () -> {
                // What comes after it says that the push was seen, whatever became of it here.
                try {
                    also.accept(push);
                } finally {
                    told.run();
                }
            };
        } catch (JacksonException e) {
            LOG.log(Level.WARNING, "a push {0} cannot be read and is passed over: {1}", method, e.getOriginalMessage());
            return null;
        }
    }

    /** What the listener is told of a push, which counts as seen then. */
    private @Nullable Runnable listened(String method, RawJson params) {
        return switch (method) {
            case EventTypes.MESSAGE -> message(ClientJson.read(params, SessionEvents.Message.class));
            case EventTypes.MESSAGE_DELTA -> {
                SessionEvents.Delta delta = ClientJson.read(params, SessionEvents.Delta.class);
                yield () -> listener.onDelta(delta);
            }
            case EventTypes.TYPING -> {
                SessionEvents.Typing typing = ClientJson.read(params, SessionEvents.Typing.class);
                yield () -> listener.onTyping(typing);
            }
            case EventTypes.GAP -> gap(ClientJson.read(params, SessionEvents.Gap.class));
            case EventTypes.SESSION_ATTACHED -> {
                control.attached(
                        ClientJson.read(params, SessionEvents.Attached.class).entry());
                // The listener hears of the entry, as of any other that attaches.
                yield named.containsKey(method) ? () -> {} : null;
            }
            case EventTypes.SESSION_RENEWED -> {
                SessionEvents.Renewed renewed = ClientJson.read(params, SessionEvents.Renewed.class);
                yield () -> listener.onRenewed(renewed);
            }
            case EventTypes.SESSION_EXPIRING -> {
                SessionEvents.DeadlineNotice deadline = ClientJson.read(params, SessionEvents.DeadlineNotice.class);
                yield () -> listener.onExpiring(deadline);
            }
            case EventTypes.SERVER_DRAINING -> {
                control.draining(
                        ClientJson.read(params, SessionEvents.Draining.class).reconnectAfterMs());
                yield other(method, params);
            }
            default -> logged(method, params);
        };
    }

    private @Nullable Runnable message(SessionEvents.Message message) {
        SessionTrack track = tracks.of(message.sessionId());
        if (!track.advance(message.epoch(), message.seq()) || track.isOwn(message.messageId())) {
            return null;
        }
        return andSeen(() -> listener.onMessage(message), track, message.epoch(), message.seq());
    }

    private Runnable gap(SessionEvents.Gap gap) {
        tracks.of(gap.sessionId()).gap(gap);
        return () -> listener.onGap(gap);
    }

    /** What is left are mostly entries of the log, some of which end the session. */
    private @Nullable Runnable logged(String method, RawJson params) {
        Header header = ClientJson.read(params, Header.class);
        String sessionId = header.sessionId();
        if (sessionId == null) {
            return other(method, params);
        }
        SessionTrack track = tracks.of(sessionId);
        if (header.seq() > 0 && !track.advance(header.epoch(), header.seq())) {
            return null;
        }
        Runnable told = switch (method) {
            case EventTypes.SESSION_EXPIRED -> {
                tracks.forget(sessionId);
                SessionEvents.DeadlineNotice deadline = ClientJson.read(params, SessionEvents.DeadlineNotice.class);
                yield () -> listener.onExpired(deadline);
            }
            case EventTypes.SESSION_SUSPENDED -> {
                SessionEvents.DeadlineNotice deadline = ClientJson.read(params, SessionEvents.DeadlineNotice.class);
                yield () -> listener.onSuspended(deadline);
            }
            case EventTypes.SESSION_ENDED -> {
                tracks.forget(sessionId);
                SessionEvents.Ended ended = ClientJson.read(params, SessionEvents.Ended.class);
                yield () -> listener.onEnded(ended);
            }
            default -> () -> listener.onPush(new Push(method, sessionId, params));
        };
        return andSeen(told, track, header.epoch(), header.seq());
    }

    private Runnable other(String method, RawJson params) {
        return () -> listener.onPush(new Push(method, null, params));
    }

    /** What the program was told counts as seen, even when it threw. */
    private Runnable andSeen(Runnable told, SessionTrack track, @Nullable String epoch, long seq) {
        if (!autoSeen || seq == 0) {
            return told;
        }
        return () -> {
            try {
                told.run();
            } finally {
                threads.engine(() -> track.seen(epoch, seq));
            }
        };
    }
}
