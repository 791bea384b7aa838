package dev.parley.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes down what a session's feed tells. Safe for use from any thread. */
public final class RecordingFeed implements FeedListener {
    /** One call: its kind, and what came with it. */
    public record Call(
            String kind,
            @Nullable LoggedEvent event,
            @Nullable SessionState state,
            @Nullable Signal signal) {}

    private final List<Call> calls = new ArrayList<>();
    private final Runnable awaitTold;

    /** A feed that tells before the call that caused it is answered. */
    public RecordingFeed() {
        this(() -> {});
    }

    /**
     * @param awaitTold returns once what happened so far has been told; run before anything is read here
     */
    RecordingFeed(Runnable awaitTold) {
        this.awaitTold = awaitTold;
    }

    @Override
    public void onEvent(LoggedEvent event, SessionState state) {
        add(new Call("event", event, state, null));
    }

    @Override
    public void onState(SessionState state) {
        add(new Call("state", null, state, null));
    }

    @Override
    public void onSignal(Signal signal) {
        add(new Call("signal", null, null, signal));
    }

    @Override
    public void onDeleted(@Nullable LoggedEvent last) {
        add(new Call("deleted", last, null, null));
    }

    @Override
    public void onReset(SessionState state) {
        add(new Call("reset", null, state, null));
    }

    /** All calls so far. */
    public List<Call> calls() {
        awaitTold.run();
        synchronized (this) {
            return List.copyOf(calls);
        }
    }

    /** The entries told so far. */
    public List<LoggedEvent> events() {
        List<LoggedEvent> events = new ArrayList<>();
        for (Call call : calls()) {
            if (call.kind().equals("event") && call.event() != null) {
                events.add(call.event());
            }
        }
        return events;
    }

    /** The states told so far, with events and without. */
    public List<SessionState> states() {
        List<SessionState> states = new ArrayList<>();
        for (Call call : calls()) {
            if (call.state() != null) {
                states.add(call.state());
            }
        }
        return states;
    }

    /** The calls in short: the type of an entry, {@code state:rung}, the type of a signal, {@code deleted:type} or {@code deleted}. */
    public List<String> told() {
        List<String> told = new ArrayList<>();
        for (Call call : calls()) {
            LoggedEvent event = call.event();
            Signal signal = call.signal();
            SessionState state = call.state();
            if (call.kind().equals("deleted")) {
                told.add(event == null ? "deleted" : "deleted:" + event.type());
            } else if (event != null) {
                told.add(event.type());
            } else if (signal != null) {
                told.add("signal:" + signal.type());
            } else if (state != null) {
                told.add(call.kind() + ":" + state.rung() / 1000);
            }
        }
        return told;
    }

    private synchronized void add(Call call) {
        calls.add(call);
    }
}
