package dev.parley.gateway.session;

import dev.parley.store.FeedListener;
import dev.parley.store.LoggedEvent;
import dev.parley.store.SessionState;
import dev.parley.store.Signal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Hears a session's feed; keeps how it was deleted. */
class FeedEar implements FeedListener {
    @Nullable LoggedEvent last;

    JsonNode body() {
        return Bench.tree(Objects.requireNonNull(last).body());
    }

    @Override
    public void onEvent(LoggedEvent event, SessionState state) {}

    @Override
    public void onState(SessionState state) {}

    @Override
    public void onSignal(Signal signal) {}

    @Override
    public void onDeleted(@Nullable LoggedEvent farewell) {
        last = farewell;
    }

    @Override
    public void onReset(SessionState state) {}
}
