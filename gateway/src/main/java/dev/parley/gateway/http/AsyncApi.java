package dev.parley.gateway.http;

import static dev.parley.gateway.http.OpenApiParts.map;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Operation;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.catalog.ErrorExamples;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Examples;
import dev.parley.protocol.catalog.Operations;
import dev.parley.protocol.catalog.Refusals;
import dev.parley.protocol.catalog.Schemas;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * The AsyncAPI 3.0 document of the WebSocket, made from the catalogue and the pushes: each request with its answers, each
 * push, the errors and the close codes. Payloads are whole frames. Its schemas keep to what JSON Schema draft 07 has too,
 * which is what AsyncAPI's own schema objects are based on.
 */
final class AsyncApi {
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String CHANNEL = "#/channels/socket";
    private static final String MALFORMED = "malformed";

    private final Map<String, Object> schemas = new LinkedHashMap<>();
    private final Map<String, Object> messages = new LinkedHashMap<>();
    private final Map<String, Object> operations = new LinkedHashMap<>();

    private AsyncApi() {}

    /** The document, to be written as JSON. */
    static Map<String, Object> document() {
        return new AsyncApi().make();
    }

    private Map<String, Object> make() {
        schemas.put(
                "RequestId", map("type", List.of("string", "number", "null"), "description", "given back as it came"));
        schemas.put("Error", errorSchema());
        for (Operation<?, ?> operation : Operations.all()) {
            request(operation);
        }
        for (String push : EventTypes.all()) {
            push(push);
        }
        malformed();
        Map<String, Object> channelMessages = new LinkedHashMap<>();
        messages.keySet().forEach(name -> channelMessages.put(name, map("$ref", "#/components/messages/" + name)));
        Map<String, Object> channel = map(
                "address",
                "/ws",
                "title",
                "The WebSocket",
                "description",
                "Text frames of JSON-RPC 2.0; a frame may be an array of requests and is answered by an array then. The first"
                        + " request is connect. A request without an id is a notification and gets no answer.",
                "messages",
                channelMessages,
                "bindings",
                map("ws", map("method", "GET", "bindingVersion", "0.1.0")),
                "x-subprotocol",
                "parley.v1",
                "x-close-codes",
                closeCodes());
        return map(
                "asyncapi",
                "3.0.0",
                "info",
                map(
                        "title",
                        "Parley",
                        "version",
                        "1",
                        "description",
                        "Sessions between people and AI agents. What has an HTTP line here, in x-http, does there exactly the same;"
                                + " /openapi.json describes it. Members that are not described are ignored in requests, and may"
                                + " come with later versions in what is sent."),
                "defaultContentType",
                "application/json",
                "servers",
                map(
                        "gateway",
                        map(
                                "host",
                                "{address}",
                                "protocol",
                                "ws",
                                "description",
                                "Each gateway, on its one port.",
                                "variables",
                                map(
                                        "address",
                                        map(
                                                "default",
                                                "localhost:8080",
                                                "description",
                                                "Host and port of a gateway.")))),
                "channels",
                map("socket", channel),
                "operations",
                operations,
                "components",
                map("schemas", schemas, "messages", messages));
    }

    private void request(Operation<?, ?> operation) {
        String name = operation.name();
        Map<String, Object> params = Examples.of(operation.params());
        boolean needed = Arrays.stream(operation.params().getRecordComponents()).anyMatch(Schemas::isNeeded);
        Map<String, Object> frame = frame(
                map("id", reference("RequestId"), "method", map("const", name)),
                "params",
                Schemas.givenReference(operation.params(), SCHEMAS, schemas),
                needed);
        message(
                name + ".request",
                operation.summary(),
                frame,
                map("jsonrpc", "2.0", "id", 1, "method", name, "params", params));
        message(
                name + ".result",
                "The answer of " + name + ".",
                frame(
                        map("id", reference("RequestId")),
                        "result",
                        Schemas.reference(operation.result(), SCHEMAS, schemas),
                        true),
                map("jsonrpc", "2.0", "id", 1, "result", Examples.of(operation.result())));
        message(
                name + ".error",
                "The refusals of " + name + ".",
                map("allOf", List.of(reference("Error"), codes(List.copyOf(Refusals.overSocket(operation))))),
                refusals(operation));
        Map<String, Object> described = map(
                "action",
                "receive",
                "channel",
                map("$ref", CHANNEL),
                "summary",
                operation.summary(),
                "messages",
                List.of(ofChannel(name + ".request")),
                "reply",
                map(
                        "channel",
                        map("$ref", CHANNEL),
                        "messages",
                        List.of(ofChannel(name + ".result"), ofChannel(name + ".error"))));
        if (operation.http() != null) {
            described.put(
                    "x-http", operation.http().method() + " " + operation.http().path());
        }
        operations.put(name, described);
    }

    /** One example for each code that an operation may be refused with. */
    private static Object[] refusals(Operation<?, ?> operation) {
        return Refusals.overSocket(operation).stream()
                .map(code -> error(code, code.rpcCode()))
                .toArray();
    }

    private void push(String name) {
        Class<? extends Record> params = Objects.requireNonNull(EventTypes.paramsOf(name));
        message(
                name,
                "The push " + name + ".",
                frame(map("method", map("const", name)), "params", Schemas.reference(params, SCHEMAS, schemas), true),
                map("jsonrpc", "2.0", "method", name, "params", Examples.of(params)));
        operations.put(
                "push." + name,
                map(
                        "action",
                        "send",
                        "channel",
                        map("$ref", CHANNEL),
                        "summary",
                        "Pushes " + name + ".",
                        "messages",
                        List.of(ofChannel(name))));
    }

    /** What is answered to a frame of which not even the id can be told, or whose method there is not. */
    private void malformed() {
        List<ErrorCode> codes = List.of(ErrorCode.INVALID_JSON, ErrorCode.VALIDATION_ERROR, ErrorCode.NOT_FOUND);
        message(
                MALFORMED,
                "The refusal of a frame that is no request, with an id of null, or of a method that there is not.",
                map("allOf", List.of(reference("Error"), codes(codes))),
                error(ErrorCode.INVALID_JSON, ErrorCode.RPC_PARSE),
                error(ErrorCode.VALIDATION_ERROR, ErrorCode.RPC_INVALID_REQUEST),
                error(ErrorCode.NOT_FOUND, ErrorCode.RPC_UNKNOWN_METHOD));
        operations.put(
                MALFORMED,
                map(
                        "action",
                        "send",
                        "channel",
                        map("$ref", CHANNEL),
                        "summary",
                        "Refuses what is no request; ten in a minute close the socket with "
                                + CloseCode.BAD_FRAMES.code() + ".",
                        "messages",
                        List.of(ofChannel(MALFORMED))));
    }

    private void message(String name, String summary, Map<String, Object> payload, Object... examples) {
        List<Object> shown = new ArrayList<>();
        for (Object example : examples) {
            shown.add(map("payload", example));
        }
        messages.put(name, map("name", name, "summary", summary, "payload", payload, "examples", shown));
    }

    private static Map<String, Object> frame(
            Map<String, Object> members, String bodyName, Map<String, Object> body, boolean bodyNeeded) {
        Map<String, Object> properties = map("jsonrpc", map("const", "2.0"));
        properties.putAll(members);
        List<String> required = new ArrayList<>(properties.keySet());
        properties.put(bodyName, body);
        if (bodyNeeded) {
            required.add(bodyName);
        }
        return map("type", "object", "required", required, "properties", properties);
    }

    private static Map<String, Object> errorSchema() {
        List<String> codes = List.copyOf(
                new TreeSet<>(Arrays.stream(ErrorCode.values()).map(Enum::name).toList()));
        Map<String, Object> data = map(
                "type",
                "object",
                "required",
                List.of("code", "status", "details"),
                "properties",
                map(
                        "code", map("type", "string", "enum", codes),
                        "status", map("type", "integer", "minimum", 400, "maximum", 599),
                        "details", map("type", "object")));
        Map<String, Object> error = map(
                "type",
                "object",
                "required",
                List.of("code", "message", "data"),
                "properties",
                map("code", map("type", "integer"), "message", map("type", "string"), "data", data));
        return frame(map("id", reference("RequestId")), "error", error, true);
    }

    /** What narrows an error down to some codes. */
    private static Map<String, Object> codes(List<ErrorCode> codes) {
        Map<String, Object> code =
                map("enum", codes.stream().map(Enum::name).sorted().toList());
        return map("properties", map("error", map("properties", map("data", map("properties", map("code", code))))));
    }

    private static Map<String, Object> error(ErrorCode code, int rpcCode) {
        ProtocolException problem = ErrorExamples.of(code);
        Map<String, Object> frame = map("jsonrpc", "2.0", "id", 1);
        frame.put(
                "error",
                map(
                        "code",
                        rpcCode,
                        "message",
                        problem.message(),
                        "data",
                        map("code", code.name(), "status", code.status(), "details", problem.details())));
        return frame;
    }

    private static List<Object> closeCodes() {
        List<Object> codes = new ArrayList<>();
        for (CloseCode code : CloseCode.values()) {
            codes.add(map(
                    "code",
                    code.code(),
                    "name",
                    code.name(),
                    "reason",
                    code.reason(),
                    "reconnect",
                    CloseCode.reconnectAdvised(code.code())));
        }
        return codes;
    }

    private static Map<String, Object> reference(String schema) {
        return map("$ref", SCHEMAS + schema);
    }

    private static Map<String, Object> ofChannel(String message) {
        return map("$ref", CHANNEL + "/messages/" + message);
    }
}
