package dev.parley.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/** The one JSON configuration: limits on what is read, the form of what is written. */
public final class Json {
    /** Objects and arrays may nest this deep; more is a bad request, not a stack overflow. */
    public static final int MAX_DEPTH = 128;

    /** The most characters that one number may have, its sign, dot and exponent counted. */
    public static final int MAX_NUMBER_LENGTH = 400;

    /** The shared mapper: nulls left out, instants as ISO-8601 with milliseconds and Z, unknown members ignored. */
    public static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER_LENGTH)
                            .maxStringLength(16 << 20)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .changeDefaultPropertyInclusion(include -> include.withValueInclusion(JsonInclude.Include.NON_NULL))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(tools.jackson.databind.MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .addModule(new SimpleModule("parley")
                    .addSerializer(Instant.class, new InstantWriter())
                    .addSerializer(Double.class, new DoubleWriter())
                    .addSerializer(double.class, new DoubleWriter()))
            .build();

    private Json() {}

    /** Writes a value as compact UTF-8 JSON. */
    public static byte[] write(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    private static final class InstantWriter extends ValueSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator generator, SerializationContext context) {
            generator.writeString(WireTime.format(value.toEpochMilli()));
        }
    }

    /** Whole numbers without a fraction, as {@code JSON.stringify} writes them: 30, not 30.0. */
    private static final class DoubleWriter extends ValueSerializer<Double> {
        private static final double EXACT = 1L << 53;

        @Override
        public void serialize(Double value, JsonGenerator generator, SerializationContext context) {
            if (value == Math.rint(value) && Math.abs(value) <= EXACT) {
                generator.writeNumber(value.longValue());
            } else {
                generator.writeNumber(value.doubleValue());
            }
        }
    }
}
