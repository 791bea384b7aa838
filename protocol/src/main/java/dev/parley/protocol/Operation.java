package dev.parley.protocol;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a caller can ask for; an entry of the catalogue that drives WebSocket dispatch, HTTP routes, rights, limits,
 * schemas and documents.
 *
 * @param <P> params: a record whose components are the members of the JSON object
 * @param <R> result: a record likewise
 * @param name the JSON-RPC method
 * @param params class of the params
 * @param result class of the result
 * @param permission who may call it
 * @param cost which rate limit it draws on
 * @param http its place over HTTP; null when it is for sockets only
 * @param summary one sentence for documents
 * @param refusals what it refuses for reasons of its own; {@link dev.parley.protocol.catalog.Refusals} adds what follows from
 *     the other components
 */
public record Operation<P, R>(
        String name,
        Class<P> params,
        Class<R> result,
        Permission permission,
        Cost cost,
        @Nullable HttpBinding http,
        String summary,
        Set<ErrorCode> refusals) {}
