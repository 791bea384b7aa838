package dev.parley.store;

import dev.parley.protocol.session.Participant;
import dev.parley.protocol.session.Session;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whom a session concerns, as stores index it. Pure; any thread. */
public final class SessionIdentities {
    private SessionIdentities() {}

    /** All identities that a session is found by, each once: who may see it, and whom it is with. */
    public static List<String> all(Session document) {
        List<String> found = new ArrayList<>(4);
        addOnce(found, document.userId());
        addOnce(found, document.agentId());
        addOnce(found, document.employeeId());
        addOnce(found, document.createdBy());
        for (Participant participant : document.participants()) {
            if (participant.present()) {
                addOnce(found, participant.id());
            }
        }
        return found;
    }

    /** The agents that a session is with: the active one and those who take part. */
    public static List<String> agents(Session document) {
        List<String> found = new ArrayList<>(2);
        String active = document.agentId();
        if (active != null && (document.participant(active) == null || document.hasPresent(active))) {
            found.add(active);
        }
        for (Participant participant : document.participants()) {
            if (participant.present() && Participant.AGENT.equals(participant.kind())) {
                addOnce(found, participant.id());
            }
        }
        return found;
    }

    private static void addOnce(List<String> to, @Nullable String id) {
        if (id != null && !to.contains(id)) {
            to.add(id);
        }
    }
}
