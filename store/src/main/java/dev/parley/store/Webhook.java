package dev.parley.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A subscription of a workspace: where it is told what happens in its sessions' lives.
 *
 * @param id of the subscription, in its workspace
 * @param workspaceId whose sessions
 * @param url where it is told
 * @param events wire names of {@link Happening.Kind}; at least one
 * @param description for people
 * @param active whether it is told at all
 * @param disabledReason why it is not active, where nobody asked for that
 * @param configured whether it comes from the settings
 * @param secrets what is signed with, newest first; at least one
 * @param createdAt when
 * @param updatedAt of the last change
 * @param version 1 at first, rises by one with each change
 */
public record Webhook(
        String id,
        String workspaceId,
        String url,
        List<String> events,
        @Nullable String description,
        boolean active,
        @Nullable String disabledReason,
        boolean configured,
        List<Secret> secrets,
        Instant createdAt,
        Instant updatedAt,
        long version) {

    /**
     * A secret to sign with.
     *
     * @param value {@code whsec_} and base64
     * @param until when it is used no more; null for no end
     */
    public record Secret(String value, @Nullable Instant until) {
        /** Tells no secret. */
        @Override
        public String toString() {
            return "Secret[until=" + until + "]";
        }
    }
}
