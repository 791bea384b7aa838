package dev.parley.protocol.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.frame.BodyCodec;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Programs of different versions understand each other: every record of the wire, read from what older and newer ones send. */
final class EvolutionTest {
    static Stream<Class<?>> records() {
        return Samples.records().stream();
    }

    @ParameterizedTest
    @MethodSource("records")
    void whatIsWrittenIsReadBackTheSame(Class<?> type) {
        for (Object sample : List.of(Samples.full(type), Samples.minimal(type))) {
            assertThat((Object) BodyCodec.decode(BodyCodec.encode(sample), type))
                    .isEqualTo(sample);
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void unknownMembersAreIgnoredAtEveryDepth(Class<?> type) {
        Object sample = Samples.full(type);
        ObjectNode json = object(sample);
        addUnknown(json, type);

        assertThat((Object) BodyCodec.decode(raw(json), type)).isEqualTo(sample);
    }

    @ParameterizedTest
    @MethodSource("records")
    void anOptionalMemberMayBeLeftOutOrNull(Class<?> type) throws ReflectiveOperationException {
        for (RecordComponent component : type.getRecordComponents()) {
            if (WireTypes.isNeeded(component)) {
                continue;
            }
            ObjectNode without = object(Samples.full(type));
            without.remove(component.getName());
            ObjectNode withNull = object(Samples.full(type));
            withNull.putNull(component.getName());

            Object left = BodyCodec.decode(raw(without), type);

            component.getAccessor().setAccessible(true);
            assertThat(component.getAccessor().invoke(left))
                    .as(component.getName())
                    .isNull();
            Object nulled = BodyCodec.decode(raw(withNull), type);
            if (component.isAnnotationPresent(ExplicitNull.class)) {
                assertThat(component.getAccessor().invoke(nulled))
                        .as(component.getName())
                        .isEqualTo(RawJson.of("null"));
            } else {
                assertThat(nulled).as(component.getName()).isEqualTo(left);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void aNeededMemberThatIsLeftOutOrNullIsNamed(Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (!WireTypes.isNeeded(component)) {
                continue;
            }
            ObjectNode without = object(Samples.full(type));
            without.remove(component.getName());
            ObjectNode withNull = object(Samples.full(type));
            withNull.putNull(component.getName());

            assertThat(refusal(without, type).details())
                    .isEqualTo(Map.of("missingFields", List.of(component.getName())));
            if (component.isAnnotationPresent(ExplicitNull.class)) {
                continue;
            }
            assertThat(refusal(withNull, type).details())
                    .isEqualTo(Map.of("missingFields", List.of(component.getName())));
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void aMemberOfAnotherTypeIsNamedWithWhatIsWanted(Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.getType() == RawJson.class) {
                continue;
            }
            ObjectNode wrong = object(Samples.full(type));
            JsonNode right = wrong.get(component.getName());
            if (right.isString()) {
                wrong.put(component.getName(), 1);
            } else {
                wrong.put(component.getName(), "x y");
            }

            ProtocolException refusal = refusal(wrong, type);

            assertThat(refusal.details())
                    .containsEntry("field", component.getName())
                    .containsEntry("providedValue", RawJson.of(right.isString() ? "1" : "\"x y\""))
                    .containsKey("expectedFormat");
            assertThat(refusal.message()).startsWith(component.getName() + " must be ");
        }
    }

    private static void addUnknown(JsonNode json, Class<?> type) {
        ((ObjectNode) json).putObject("addedLater").put("a", 1);
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode value = json.get(component.getName());
            if (component.getType().isRecord()) {
                addUnknown(value, component.getType());
            } else if (value instanceof ArrayNode elements
                    && component.getGenericType() instanceof java.lang.reflect.ParameterizedType generic
                    && generic.getActualTypeArguments()[0] instanceof Class<?> element
                    && element.isRecord()) {
                addUnknown(elements.get(0), element);
            }
        }
    }

    private static ProtocolException refusal(JsonNode json, Class<?> type) {
        return catchThrowableOfType(ProtocolException.class, () -> BodyCodec.decode(raw(json), type));
    }

    private static ObjectNode object(Object sample) {
        return (ObjectNode) Json.MAPPER.readTree(Json.write(sample));
    }

    private static RawJson raw(JsonNode json) {
        return RawJson.of(Json.write(json));
    }
}
