package dev.parley.gateway.routing;

import dev.parley.protocol.Json;
import dev.parley.store.Signal;
import tools.jackson.databind.JsonNode;

/**
 * What a {@code message.delta} says; read once for all who get it.
 *
 * @param index from 0
 */
record DeltaPiece(Signal signal, String messageId, long index, String chunk) {
    static DeltaPiece of(Signal signal) {
        JsonNode node = Json.MAPPER.readTree(
                signal.body().array(), signal.body().offset(), signal.body().length());
        return new DeltaPiece(
                signal,
                node.path("messageId").asString(""),
                node.path("index").asLong(-1),
                node.path("chunk").asString(""));
    }
}
