package dev.parley.protocol.catalog;

import dev.parley.protocol.Doc;
import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.NeedsOneOf;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.Within;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schema (draft 2020-12) of the records of the wire, made by reflection; the schema objects of OpenAPI 3.1 are the same
 * dialect. Members that a schema does not name are allowed, as readers ignore them. Stateless; any thread; for start-up and
 * documents, not for hot paths.
 */
public final class Schemas {
    /** The dialect of the schemas. */
    public static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    private static final String DEFINITIONS = "#/$defs/";

    /** What stands behind the name of a record's schema as it is taken from a caller. */
    public static final String GIVEN = ".Given";

    private final String prefix;
    private final Map<String, Object> definitions;
    private final boolean given;

    private Schemas(String prefix, Map<String, Object> definitions, boolean given) {
        this.prefix = prefix;
        this.definitions = definitions;
        this.given = given;
    }

    /**
     * A schema that stands by itself, with all it refers to under {@code $defs}.
     *
     * @param type a record class
     */
    public static Map<String, Object> document(Class<?> type) {
        Map<String, Object> definitions = new LinkedHashMap<>();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("$schema", DIALECT);
        document.putAll(reference(type, DEFINITIONS, definitions));
        document.put("$defs", definitions);
        return document;
    }

    /**
     * A reference to the schema of a record, for a larger document.
     *
     * @param type a record class
     * @param prefix where the definitions will stand, such as {@code #/components/schemas/}
     * @param definitions gets the schema, under {@link #name}, and those of all records it refers to; what is there stays
     * @return {@code {"$ref": prefix + name}}
     */
    public static Map<String, Object> reference(Class<?> type, String prefix, Map<String, Object> definitions) {
        return new Schemas(prefix, definitions, false).reference(type);
    }

    /**
     * A reference to the schema of a record as it is taken from a caller: like {@link #reference}, but optional members may be
     * null, which is the same as leaving them out. Definitions have {@link #GIVEN} behind their names.
     */
    public static Map<String, Object> givenReference(Class<?> type, String prefix, Map<String, Object> definitions) {
        return new Schemas(prefix, definitions, true).reference(type);
    }

    /** The name of a record among definitions: its own, with that of the class around it where there is one. */
    public static String name(Class<?> type) {
        Class<?> around = type.getEnclosingClass();
        return around == null ? type.getSimpleName() : around.getSimpleName() + "." + type.getSimpleName();
    }

    /** Whether a member must be there by its schema: also when it is the operation itself that asks for it. */
    public static boolean isNeeded(RecordComponent component) {
        Doc doc = component.getAnnotation(Doc.class);
        return WireTypes.isNeeded(component) || (doc != null && doc.needed());
    }

    private Map<String, Object> reference(Class<?> type) {
        String name = given ? name(type) + GIVEN : name(type);
        if (!definitions.containsKey(name)) {
            Map<String, Object> schema = new LinkedHashMap<>();
            // In its place before it is complete: a record may refer to itself.
            definitions.put(name, schema);
            describe(type, schema);
        }
        return member("$ref", prefix + name);
    }

    private void describe(Class<?> type, Map<String, Object> schema) {
        RecordComponent[] components = type.getRecordComponents();
        if (components == null) {
            throw new IllegalArgumentException(type + " is not a record");
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (RecordComponent component : components) {
            Map<String, Object> property = schemaOf(component.getGenericType());
            Form form = component.getAnnotation(Form.class);
            if (form != null) {
                restrict(property, form.value());
            }
            Within within = component.getAnnotation(Within.class);
            if (within != null) {
                bound(property, within.least(), within.most());
            }
            Doc doc = component.getAnnotation(Doc.class);
            if (doc != null) {
                explain(property, doc);
            }
            if (given && !isNeeded(component) && !component.isAnnotationPresent(ExplicitNull.class)) {
                property = orNull(property);
            }
            properties.put(component.getName(), property);
            if (isNeeded(component)) {
                required.add(component.getName());
            }
        }
        schema.put("type", "object");
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        NeedsOneOf either = type.getAnnotation(NeedsOneOf.class);
        if (either != null) {
            schema.put("anyOf", Arrays.stream(either.value()).map(this::given).toList());
        }
    }

    /** A member is there; of what is taken, null is as if it were not. */
    private Map<String, Object> given(String name) {
        Map<String, Object> schema = member("required", List.of(name));
        if (given) {
            schema.put("properties", member(name, member("not", member("type", "null"))));
        }
        return schema;
    }

    /** The same, or null. */
    private static Map<String, Object> orNull(Map<String, Object> schema) {
        if (schema.containsKey("$ref")) {
            return member("anyOf", List.of(schema, member("type", "null")));
        }
        Object type = schema.get("type");
        if (type == null) {
            return schema;
        }
        List<Object> types = new ArrayList<>();
        if (type instanceof List<?> several) {
            types.addAll(several);
        } else {
            types.add(type);
        }
        types.add("null");
        Map<String, Object> wider = new LinkedHashMap<>(schema);
        wider.put("type", types);
        if (schema.get("enum") instanceof List<?> constants) {
            List<@Nullable Object> more = new ArrayList<>(constants);
            more.add(null);
            wider.put("enum", more);
        }
        return wider;
    }

    private Map<String, Object> schemaOf(Type type) {
        Map<String, Object> scalar = scalar(type);
        if (scalar != null) {
            return scalar;
        }
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                Map<String, Object> schema = member("type", "array");
                schema.put("items", schemaOf(arguments[0]));
                return schema;
            }
            if (generic.getRawType() == Map.class && arguments[0] == String.class) {
                Map<String, Object> schema = member("type", "object");
                schema.put("additionalProperties", schemaOf(arguments[1]));
                return schema;
            }
        }
        if (type instanceof Class<?> named && named.isEnum()) {
            Map<String, Object> schema = member("type", "string");
            schema.put("enum", List.copyOf(WireTypes.constants(named).keySet()));
            return schema;
        }
        if (type instanceof Class<?> named && named.isRecord()) {
            return reference(named);
        }
        throw new IllegalArgumentException("no schema for " + type);
    }

    private static @Nullable Map<String, Object> scalar(Type type) {
        if (type == RawJson.class) {
            return new LinkedHashMap<>();
        }
        if (type == String.class) {
            return member("type", "string");
        }
        if (type == Boolean.class || type == boolean.class) {
            return member("type", "boolean");
        }
        if (type == Long.class || type == long.class) {
            return formatted("integer", "int64");
        }
        if (type == Integer.class || type == int.class) {
            return formatted("integer", "int32");
        }
        if (type == Double.class || type == double.class) {
            return formatted("number", "double");
        }
        if (type == Number.class) {
            return member("type", "number");
        }
        if (type == Instant.class) {
            return formatted("string", "date-time");
        }
        return null;
    }

    private static void bound(Map<String, Object> schema, Number least, Number most) {
        boolean isList = "array".equals(schema.get("type"));
        schema.put(isList ? "minItems" : "minimum", least);
        schema.put(isList ? "maxItems" : "maximum", most);
    }

    /** A text has the form, or each text of a list has. */
    @SuppressWarnings("unchecked")
    private static void restrict(Map<String, Object> schema, Form.Kind form) {
        if (schema.get("items") instanceof Map<?, ?> items) {
            restrict((Map<String, Object>) items, form);
            return;
        }
        String pattern = form.pattern();
        if (pattern != null) {
            schema.put("pattern", pattern);
            schema.put("minLength", 1);
        }
        schema.put("maxLength", form.maxLength());
    }

    private static void explain(Map<String, Object> schema, Doc doc) {
        if (doc.type().length == 1) {
            schema.put("type", doc.type()[0]);
        } else if (doc.type().length > 1) {
            schema.put("type", Arrays.asList(doc.type()));
        }
        if (doc.oneOf().length > 0) {
            schema.put("enum", Arrays.asList(doc.oneOf()));
        }
        if (doc.items().length > 0) {
            Map<String, Object> item = member("type", "string");
            item.put("enum", Arrays.asList(doc.items()));
            schema.put("items", item);
        }
        for (Form.Kind form : doc.form()) {
            restrict(schema, form);
        }
        if (doc.minLength() > 0) {
            schema.put("minLength", doc.minLength());
        }
        if (!doc.pattern().isEmpty()) {
            schema.put("pattern", doc.pattern());
        }
        if (doc.minItems() > 0) {
            schema.put("minItems", doc.minItems());
        }
        if (doc.maxItems() < Integer.MAX_VALUE) {
            schema.put("maxItems", doc.maxItems());
        }
        if (Double.isFinite(doc.minimum())) {
            schema.put("minimum", doc.minimum());
        }
        if (Double.isFinite(doc.maximum())) {
            schema.put("maximum", doc.maximum());
        }
        if (!doc.value().isEmpty()) {
            schema.put("description", doc.value());
        }
    }

    private static Map<String, Object> formatted(String type, String format) {
        Map<String, Object> schema = member("type", type);
        schema.put("format", format);
        return schema;
    }

    private static Map<String, Object> member(String name, Object value) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put(name, value);
        return schema;
    }
}
