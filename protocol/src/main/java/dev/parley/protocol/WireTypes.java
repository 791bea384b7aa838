package dev.parley.protocol;

import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the Java types of records mean on the wire; for binding and for schemas alike. Stateless; any thread. */
public final class WireTypes {
    private WireTypes() {}

    /** Whether the member of a record component must be there: it is marked {@link Required}, or not marked nullable. */
    public static boolean isNeeded(RecordComponent component) {
        return component.isAnnotationPresent(Required.class)
                || !component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /**
     * The constants of an enum by their wire names, in the order of declaration.
     *
     * @param type an enum; a method of it that is marked {@link JsonValue} gives the wire name, else the constant's own
     */
    public static Map<String, Object> constants(Class<?> type) {
        Method wireName = null;
        for (Method method : type.getMethods()) {
            if (method.isAnnotationPresent(JsonValue.class)) {
                wireName = method;
            }
        }
        Map<String, Object> constants = new LinkedHashMap<>();
        try {
            for (Object constant : type.getEnumConstants()) {
                constants.put(
                        wireName == null ? ((Enum<?>) constant).name() : String.valueOf(wireName.invoke(constant)),
                        constant);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " does not tell its wire names", e);
        }
        return Collections.unmodifiableMap(constants);
    }
}
