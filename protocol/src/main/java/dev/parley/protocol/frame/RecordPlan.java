package dev.parley.protocol.frame;

import dev.parley.protocol.ExplicitNull;
import dev.parley.protocol.Form;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.Rules;
import dev.parley.protocol.WireTypes;
import dev.parley.protocol.Within;
import dev.parley.protocol.frame.Decoding.Place;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a record is read from a JSON object; made once per class by reflection. Immutable; any thread. */
final class RecordPlan<P> {
    private static final int MAX_COMPONENTS = 64;
    private static final ClassValue<RecordPlan<?>> PLANS = new ClassValue<>() {
        @Override
        protected RecordPlan<?> computeValue(Class<?> type) {
            return new RecordPlan<>(type);
        }
    };

    private final Class<P> type;
    private final Member[] members;
    private final long needed;
    private final MethodHandle constructor;
    private final Rules.@Nullable Check check;

    private RecordPlan(Class<P> type) {
        RecordComponent[] components = type.getRecordComponents();
        if (components == null || components.length > MAX_COMPONENTS) {
            throw new IllegalArgumentException(type + " is not a record of at most " + MAX_COMPONENTS + " components");
        }
        this.type = type;
        this.members = Arrays.stream(components).map(Member::new).toArray(Member[]::new);
        long mask = 0;
        for (int i = 0; i < components.length; i++) {
            mask |= WireTypes.isNeeded(components[i]) ? 1L << i : 0;
        }
        this.needed = mask;
        this.constructor = constructor(type, components);
        this.check = check(type);
    }

    /** The plan of a record class. */
    @SuppressWarnings("unchecked")
    static <P> RecordPlan<P> of(Class<P> type) {
        return (RecordPlan<P>) PLANS.get(type);
    }

    /**
     * Reads the object whose brace is next.
     *
     * @param parent where the object stands; null for the outermost
     * @return null when something was wrong, which is noted then
     */
    @Nullable P read(Decoding decoding, @Nullable Place parent) {
        JsonScanner scanner = decoding.scanner();
        @Nullable Object[] values = new @Nullable Object[members.length];
        long seen = 0;
        long given = 0;
        boolean right = true;
        int guess = 0;
        scanner.open();
        while (scanner.nextName()) {
            int index = find(scanner, guess);
            if (index < 0) {
                scanner.skipValue();
                continue;
            }
            guess = index + 1;
            Member member = members[index];
            long bit = 1L << index;
            if ((seen & bit) != 0) {
                decoding.wrong(member.place(parent), "given only once");
                right = false;
                continue;
            }
            seen |= bit;
            if (scanner.peek() == 'n' && !member.keepsNull) {
                scanner.skipValue();
                continue;
            }
            given |= bit;
            Object value = member.reader.read(decoding, member.place(parent));
            values[index] = value;
            right &= value != null;
        }
        long missing = needed & ~given;
        for (int i = 0; missing != 0 && i < members.length; i++) {
            if ((missing & (1L << i)) != 0) {
                decoding.missing(members[i].place(parent));
                right = false;
            }
        }
        if (check != null && !decoding.keeps(check, bound(values), parent)) {
            right = false;
        }
        return right ? make(values) : null;
    }

    /** Members mostly come in the order of the components, so the search starts where the last one ended. */
    private int find(JsonScanner scanner, int guess) {
        for (int i = guess; i < members.length; i++) {
            if (scanner.textIs(members[i].bytes)) {
                return i;
            }
        }
        for (int i = 0; i < guess; i++) {
            if (scanner.textIs(members[i].bytes)) {
                return i;
            }
        }
        return -1;
    }

    /** What is there and right so far. */
    private Map<String, Object> bound(@Nullable Object[] values) {
        Map<String, Object> bound = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value != null) {
                bound.put(members[i].name, value);
            }
        }
        return bound;
    }

    private P make(@Nullable Object[] values) {
        try {
            return type.cast((Object) constructor.invokeExact(values));
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("constructing " + type, e);
        }
    }

    private static Rules.@Nullable Check check(Class<?> type) {
        Rules rules = type.getAnnotation(Rules.class);
        if (rules == null) {
            return null;
        }
        try {
            Constructor<? extends Rules.Check> made = rules.value().getDeclaredConstructor();
            made.setAccessible(true);
            return made.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(rules.value() + " cannot be constructed", e);
        }
    }

    private static MethodHandle constructor(Class<?> type, RecordComponent[] components) {
        try {
            Constructor<?> canonical = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            canonical.setAccessible(true);
            return MethodHandles.lookup()
                    .unreflectConstructor(canonical)
                    .asFixedArity()
                    .asSpreader(Object[].class, components.length)
                    .asType(MethodType.methodType(Object.class, Object[].class));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(type + " cannot be constructed", e);
        }
    }

    private static final class Member {
        private final String name;
        private final byte[] bytes;
        private final Place root;
        private final ValueReader reader;
        private final boolean keepsNull;

        Member(RecordComponent component) {
            Form form = component.getAnnotation(Form.class);
            this.name = component.getName();
            this.bytes = name.getBytes(StandardCharsets.UTF_8);
            this.root = new Place(null, name, -1);
            this.reader = ValueReader.of(
                    component.getGenericType(),
                    form == null ? null : form.value(),
                    component.getAnnotation(Within.class));
            this.keepsNull = component.getType() == RawJson.class && component.isAnnotationPresent(ExplicitNull.class);
        }

        Place place(@Nullable Place parent) {
            return parent == null ? root : new Place(parent, name, -1);
        }
    }
}
