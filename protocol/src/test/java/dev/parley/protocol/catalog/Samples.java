package dev.parley.protocol.catalog;

import dev.parley.protocol.Doc;
import dev.parley.protocol.Form;
import dev.parley.protocol.NeedsOneOf;
import dev.parley.protocol.Operation;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Within;
import dev.parley.protocol.envelope.Envelope.MessageType;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Values of the records of the wire, made by reflection, so that a record that is added is tested too. */
final class Samples {
    private static final Instant WHEN = Instant.parse("2026-01-31T23:59:59.007Z");

    private Samples() {}

    /** Every record that is sent or received: params, results, params of pushes. */
    static Set<Class<?>> records() {
        Set<Class<?>> records = new LinkedHashSet<>();
        for (Operation<?, ?> operation : Operations.all()) {
            records.add(operation.params());
            records.add(operation.result());
        }
        for (String push : EventTypes.all()) {
            records.add(Objects.requireNonNull(EventTypes.paramsOf(push)));
        }
        return records;
    }

    /** A record with every component, records inside included. */
    static Object full(Class<?> type) {
        return make(type, true);
    }

    /** A record with nothing but what must be there. */
    static Object minimal(Class<?> type) {
        return make(type, false);
    }

    private static Object make(Class<?> type, boolean full) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        List<@Nullable Object> values = new ArrayList<>();
        for (RecordComponent component : components) {
            boolean given = full || Schemas.isNeeded(component) || isOneOf(type, component.getName());
            values.add(given ? value(component, component.getGenericType(), full) : null);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("constructing " + type, e);
        }
    }

    private static boolean isOneOf(Class<?> type, String name) {
        NeedsOneOf either = type.getAnnotation(NeedsOneOf.class);
        return either != null && either.value()[0].equals(name);
    }

    private static String ofForm(Form.Kind form) {
        return switch (form) {
            case MESSAGE_ID -> "m 1";
            case DURATION -> "5m";
            default -> "id-1";
        };
    }

    private static Object value(RecordComponent component, Type type, boolean full) {
        Doc doc = component.getAnnotation(Doc.class);
        if (type == String.class) {
            Form form = component.getAnnotation(Form.class);
            String free = form != null
                    ? ofForm(form.value())
                    : doc != null && doc.form().length > 0 ? ofForm(doc.form()[0]) : "text é \"q\"";
            return doc == null || doc.oneOf().length == 0 ? free : doc.oneOf()[0];
        }
        if (type == RawJson.class && doc != null && doc.oneOf().length > 0) {
            return RawJson.of("\"" + doc.oneOf()[0] + "\"");
        }
        if (type == RawJson.class) {
            String kind = doc == null || doc.type().length == 0 ? "object" : doc.type()[0];
            return RawJson.of(
                    switch (kind) {
                        case "object" -> "{\"a\":[1,\"é\"]}";
                        case "array" -> "[{\"a\":1}]";
                        case "string" ->
                            doc.items().length > 0
                                    ? "\"" + doc.items()[0] + "\""
                                    : !doc.pattern().isEmpty()
                                            ? "\"12\""
                                            : doc.form().length > 0 ? "\"id-1\"" : "\"text\"";
                        case "number" -> "12.5";
                        case "integer" -> "12";
                        case "boolean" -> "true";
                        default -> throw new AssertionError("no sample of a " + kind);
                    });
        }
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return List.of(value(component, arguments[0], full));
            }
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("key", value(component, arguments[1], full));
            return map;
        }
        Class<?> named = (Class<?>) type;
        if (named.isRecord()) {
            return make(named, full);
        }
        if (named.isEnum()) {
            // The only kind of envelope that needs nothing besides its members.
            return named == MessageType.class ? MessageType.TASK_REQUEST : named.getEnumConstants()[1];
        }
        Within within = component.getAnnotation(Within.class);
        if (within != null) {
            return within.most();
        }
        if (named == Long.class && doc != null && Double.isFinite(doc.maximum())) {
            return (long) doc.maximum();
        }
        return scalar(named);
    }

    private static Object scalar(Class<?> type) {
        if (type == Instant.class) {
            return WHEN;
        }
        if (type == Long.class || type == long.class) {
            return 9_007_199_254_740_993L;
        }
        if (type == Integer.class || type == int.class) {
            return 7;
        }
        if (type == Double.class || type == double.class) {
            return 0.75;
        }
        if (type == Number.class) {
            return 60L;
        }
        if (type == Boolean.class || type == boolean.class) {
            return true;
        }
        throw new AssertionError("no sample of " + type);
    }
}
