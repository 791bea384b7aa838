package dev.parley.protocol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.frame.BodyCodec;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of the documents are what is really written and taken. */
final class ExamplesTest {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    static Stream<Class<?>> records() {
        return Samples.records().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void areValidByTheirSchemas(Class<?> type) {
        String example = text(Examples.of(type));

        assertThat(errors(Schemas.document(type), example)).as(example).isEmpty();
        assertThat(errors(given(type), example)).as(example).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("records")
    void canBeRead(Class<?> type) {
        String example = text(Examples.of(type));

        assertThat((Object) BodyCodec.decode(RawJson.of(example), type))
                .as(example)
                .isNotNull();
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void showEveryError(ErrorCode code) {
        assertThat(ErrorExamples.of(code).code()).isEqualTo(code);
        assertThat(ErrorExamples.of(code).message()).endsWith(".");
    }

    private static Map<String, Object> given(Class<?> type) {
        Map<String, Object> definitions = new LinkedHashMap<>();
        Map<String, Object> document = new LinkedHashMap<>(Schemas.givenReference(type, "#/$defs/", definitions));
        document.put("$defs", definitions);
        return document;
    }

    private static List<Error> errors(Map<String, Object> schema, String json) {
        Schema compiled = REGISTRY.getSchema(text(schema), InputFormat.JSON);
        return compiled.validate(
                json,
                InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    private static String text(Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
