package dev.parley.protocol.envelope;

import dev.parley.protocol.RawJson;
import org.jspecify.annotations.Nullable;

/**
 * An envelope as it is kept with its task.
 *
 * @param envelope as its agents are given it
 * @param status that its sender was answered
 * @param recipient that its sender was answered
 * @param routingReason that its sender was answered; null where it named the recipient
 */
public record HeldEnvelope(
        RawJson envelope,
        String status,
        String recipient,
        @Nullable String routingReason) {}
