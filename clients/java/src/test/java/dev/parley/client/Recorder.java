package dev.parley.client;

import dev.parley.protocol.session.SessionEvents;
import dev.parley.protocol.session.SessionResults;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A listener that notes all that it is told. */
final class Recorder implements ClientListener {
    final List<SessionEvents.Message> messages = new CopyOnWriteArrayList<>();
    final List<SessionEvents.Delta> deltas = new CopyOnWriteArrayList<>();
    final List<SessionEvents.Typing> typing = new CopyOnWriteArrayList<>();
    final List<SessionResults.Entry> attached = new CopyOnWriteArrayList<>();
    final List<String> refused = new CopyOnWriteArrayList<>();
    final List<SessionEvents.DeadlineNotice> expiring = new CopyOnWriteArrayList<>();
    final List<SessionEvents.DeadlineNotice> expired = new CopyOnWriteArrayList<>();
    final List<SessionEvents.DeadlineNotice> suspended = new CopyOnWriteArrayList<>();
    final List<SessionEvents.Renewed> renewed = new CopyOnWriteArrayList<>();
    final List<SessionEvents.Ended> ended = new CopyOnWriteArrayList<>();
    final List<SessionEvents.Gap> gaps = new CopyOnWriteArrayList<>();
    final List<Push> others = new CopyOnWriteArrayList<>();
    final List<StateChange> states = new CopyOnWriteArrayList<>();
    final List<SessionResults.HeartbeatAnswer> deadlines = new CopyOnWriteArrayList<>();

    List<String> messageIds() {
        return messages.stream().map(SessionEvents.Message::messageId).toList();
    }

    StateChange lastState() {
        return states.get(states.size() - 1);
    }

    @Override
    public void onMessage(SessionEvents.Message message) {
        messages.add(message);
    }

    @Override
    public void onDelta(SessionEvents.Delta delta) {
        deltas.add(delta);
    }

    @Override
    public void onTyping(SessionEvents.Typing told) {
        typing.add(told);
    }

    @Override
    public void onAttached(SessionResults.Entry entry) {
        attached.add(entry);
    }

    @Override
    public void onAttachRefused(String sessionId, SessionResults.EntryError error) {
        refused.add(sessionId + " " + error.code());
    }

    @Override
    public void onExpiring(SessionEvents.DeadlineNotice deadline) {
        expiring.add(deadline);
    }

    @Override
    public void onExpired(SessionEvents.DeadlineNotice deadline) {
        expired.add(deadline);
    }

    @Override
    public void onSuspended(SessionEvents.DeadlineNotice deadline) {
        suspended.add(deadline);
    }

    @Override
    public void onRenewed(SessionEvents.Renewed told) {
        renewed.add(told);
    }

    @Override
    public void onEnded(SessionEvents.Ended told) {
        ended.add(told);
    }

    @Override
    public void onGap(SessionEvents.Gap gap) {
        gaps.add(gap);
    }

    @Override
    public void onDeadlines(SessionResults.HeartbeatAnswer answer) {
        deadlines.add(answer);
    }

    @Override
    public void onState(StateChange change) {
        states.add(change);
    }

    @Override
    public void onPush(Push push) {
        others.add(push);
    }
}
