package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What documents and schemas say about a member besides its Java type. It is not checked when params are bound. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
    /** One sentence for people; empty for none. */
    String value() default "";

    /** The JSON types ({@code object}, {@code array}, {@code string} …) that a {@link RawJson} may have; empty for any. */
    String[] type() default {};

    /** The texts that a text may be, where the set is closed; empty for any. */
    String[] oneOf() default {};

    /** The texts that the items of an array may be, where the set is closed; empty for any. */
    String[] items() default {};

    /** Whether the member must be there although its Java type is nullable, because the operation itself asks for it. */
    boolean needed() default false;

    /** The form of a text that the operation itself holds to it; at most one. */
    Form.Kind[] form() default {};

    /** The fewest UTF-16 units that a text may have. */
    int minLength() default 0;

    /** A regular expression (ECMA-262) for a text, besides that of a form; empty for none. */
    String pattern() default "";

    /** The least number that a number may be. */
    double minimum() default Double.NEGATIVE_INFINITY;

    /** The greatest number that a number may be. */
    double maximum() default Double.POSITIVE_INFINITY;
}
