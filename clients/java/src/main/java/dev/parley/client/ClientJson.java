package dev.parley.client;

import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.ClientFrame;
import dev.parley.protocol.frame.FrameReader;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * JSON as a client reads it: leniently, since a gateway may be newer than the client. Members and enum values that this
 * version does not know are passed over.
 */
final class ClientJson {
    private static final JsonMapper MAPPER = Json.MAPPER
            .rebuild()
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
            .addModule(new SimpleModule("parley-client").addDeserializer(RawJson.class, new RawReader()))
            .build();

    private ClientJson() {}

    /** A JSON-RPC 2.0 object from the gateway: an answer when there is no method. */
    record Frame(
            @Nullable RawJson id,
            @Nullable String method,
            @Nullable RawJson params,
            @Nullable RawJson result,
            @Nullable Problem error) {}

    /** The error object of an answer. */
    record Problem(
            int code, @Nullable String message, @Nullable Data data) {
        ParleyException toException() {
            String text = message == null ? "The gateway refused." : message;
            if (data == null || data.code() == null) {
                return new ParleyException("RPC_" + code, 0, text, RawJson.EMPTY_OBJECT);
            }
            RawJson details = data.details();
            return new ParleyException(
                    data.code(), data.status(), text, details == null ? RawJson.EMPTY_OBJECT : details);
        }
    }

    /** The stable part of an error. */
    record Data(@Nullable String code, int status, @Nullable RawJson details) {}

    /**
     * Reads a frame.
     *
     * @return one object, or those of an array
     * @throws JacksonException when the text is not that
     */
    static List<Frame> frames(String text) {
        if (text.startsWith("[")) {
            return List.of(MAPPER.readValue(text, Frame[].class));
        }
        return List.of(MAPPER.readValue(text, Frame.class));
    }

    /**
     * Binds raw JSON to a record.
     *
     * @throws JacksonException when a member is of another type
     */
    static <T> T read(RawJson raw, Class<T> type) {
        return MAPPER.readValue(raw.array(), raw.offset(), raw.length(), type);
    }

    /** A member of an object as text; null when there is no such text. */
    static @Nullable String text(RawJson object, String member) {
        JsonNode value = MAPPER.readTree(object.array(), object.offset(), object.length())
                .get(member);
        return value != null && value.isString() ? value.asString() : null;
    }

    /** A text as a JSON value. */
    static RawJson string(String text) {
        return RawJson.of(MAPPER.writeValueAsBytes(text));
    }

    /** Any value as JSON. */
    static RawJson write(Object value) {
        return RawJson.of(MAPPER.writeValueAsBytes(value));
    }

    /**
     * Writes the params of a request, and reads them as the gateway will: what it could not read would have no answer and
     * count against the connection.
     *
     * @throws ParleyException {@code VALIDATION_ERROR}: raw JSON in it is malformed, or a text holds half a surrogate pair
     */
    static RawJson params(Object value) {
        try {
            RawJson params = write(value);
            byte[] call = Requests.call("check", params, 1).getBytes(StandardCharsets.UTF_8);
            if (FrameReader.read(call, 0, call.length) instanceof ClientFrame.Invalid invalid) {
                throw invalid(invalid.message());
            }
            return params;
        } catch (JacksonException e) {
            throw invalid(e.getOriginalMessage());
        }
    }

    /** What is refused before it is sent, as {@code VALIDATION_ERROR}. */
    static ParleyException invalid(String problem) {
        return new ParleyException(
                ErrorCode.VALIDATION_ERROR.name(),
                ErrorCode.VALIDATION_ERROR.status(),
                "This cannot be sent as JSON: " + problem,
                RawJson.EMPTY_OBJECT);
    }

    /** Keeps a value as it is written, numbers exact. */
    private static final class RawReader extends ValueDeserializer<RawJson> {
        @Override
        public RawJson deserialize(JsonParser parser, DeserializationContext context) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (JsonGenerator generator = Json.MAPPER.createGenerator(out)) {
                generator.copyCurrentStructureExact(parser);
            }
            return RawJson.of(out.toByteArray());
        }
    }
}
