package dev.parley.gateway.session;

import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Hears a session's feed and keeps what it hears. */
final class FeedEar implements FeedListener {
    final List<LoggedEvent> events = new ArrayList<>();
    final List<Long> rungs = new ArrayList<>();

    @Nullable LoggedEvent last;

    JsonNode body() {
        return Bench.tree(Objects.requireNonNull(last).body());
    }

    @Override
    public void onEvent(LoggedEvent event, SessionState state) {
        events.add(event);
    }

    @Override
    public void onState(SessionState state) {
        if (state.rung() > 0) {
            rungs.add(state.rung());
        }
    }

    @Override
    public void onSignal(Signal signal) {}

    @Override
    public void onDeleted(@Nullable LoggedEvent farewell) {
        last = farewell;
    }

    @Override
    public void onReset(SessionState state) {}
}
