package dev.parley.protocol.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.parley.protocol.Form;
import dev.parley.protocol.Json;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.session.SessionParams;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** The schemas say what is really written and taken; judged by a validator that was written by others. */
final class SchemasTest {
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    static Stream<Class<?>> records() {
        return Samples.records().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void areValidInTheirDialect(Class<?> type) {
        Schema dialect = REGISTRY.getSchema(SchemaLocation.of(Schemas.DIALECT));

        assertThat(dialect.validate(text(Schemas.document(type)), InputFormat.JSON))
                .isEmpty();
        assertThat(dialect.validate("{\"type\":7}", InputFormat.JSON)).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("records")
    void takeWhatIsWritten(Class<?> type) {
        assertThat(errors(type, text(Samples.full(type)))).isEmpty();
        assertThat(errors(type, text(Samples.minimal(type)))).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("records")
    void takeMembersThatAreAddedLater(Class<?> type) {
        assertThat(errors(type, object(type).put("addedLater", 1).toString())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("records")
    void refuseWhatLacksANeededMemberOrHasOneOfAnotherType(Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = component.getName();
            ObjectNode without = object(type);
            without.remove(name);
            assertThat(errors(type, without.toString()).isEmpty())
                    .as("without " + name)
                    .isEqualTo(!Schemas.isNeeded(component));
            if (component.getType() != RawJson.class) {
                ObjectNode wrong = object(type);
                if (wrong.get(name).isString()) {
                    wrong.put(name, 1);
                } else {
                    wrong.put(name, "x");
                }
                assertThat(errors(type, wrong.toString())).as("wrong " + name).isNotEmpty();
            }
        }
    }

    @Test
    void holdTextsToTheirForms() {
        assertThat(errors(SessionParams.Connect.class, "{\"kind\":\"user\",\"id\":\"a b\"}"))
                .isNotEmpty();
        assertThat(errors(SessionParams.Connect.class, "{\"kind\":\"user\",\"id\":\"\"}"))
                .isNotEmpty();
        assertThat(errors(SessionParams.Connect.class, "{\"kind\":\"user\",\"id\":\"a/b\"}"))
                .isEmpty();
        assertThat(errors(
                        SessionParams.Connect.class,
                        "{\"kind\":\"user\",\"id\":\"a\",\"name\":\"" + "n".repeat(Form.Kind.NAME.maxLength() + 1)
                                + "\"}"))
                .isNotEmpty();
    }

    @Test
    void showInstantsStatusesAndEnumsAsTheWireDoes() {
        String document = text(Schemas.document(Operations.SESSION_GET.result()));

        assertThat(document)
                .contains("\"expiresAt\":{\"type\":\"string\",\"format\":\"date-time\"}")
                .contains(
                        "\"enum\":[\"created\",\"active\",\"suspended\",\"expired\",\"completed\",\"abandoned\",\"error\",\"terminated\"]")
                .contains("\"enum\":[\"expire\",\"suspend\"]")
                .contains("\"isNearExpiration\":{\"type\":\"boolean\"}");
    }

    @Test
    void gatherUnderOnePrefixForALargerDocument() {
        Map<String, Object> definitions = new LinkedHashMap<>();
        for (Class<?> type : Samples.records()) {
            assertThat(Schemas.reference(type, "#/components/schemas/", definitions))
                    .isEqualTo(Map.of("$ref", "#/components/schemas/" + Schemas.name(type)));
        }

        assertThat(definitions.keySet())
                .allMatch(name -> name.matches("[A-Za-z0-9._-]+"))
                .contains("SessionParams.Ref", "AgentParams.Ref", "SessionInfo", "Participant");
        assertThat(Schemas.name(SessionParams.Ref.class)).isNotEqualTo(Schemas.name(AgentParams.Ref.class));
        java.util.regex.Pattern.compile("#/components/schemas/([A-Za-z0-9._-]+)")
                .matcher(text(definitions))
                .results()
                .forEach(reference -> assertThat(definitions).containsKey(reference.group(1)));
    }

    private static List<Error> errors(Class<?> type, String json) {
        Schema schema = REGISTRY.getSchema(text(Schemas.document(type)), InputFormat.JSON);
        return schema.validate(
                json,
                InputFormat.JSON,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    private static ObjectNode object(Class<?> type) {
        return (ObjectNode) Json.MAPPER.readTree(text(Samples.full(type)));
    }

    private static String text(Object value) {
        return new String(Json.write(value), StandardCharsets.UTF_8);
    }
}
