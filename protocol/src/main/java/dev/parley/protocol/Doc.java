package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What documents and schemas say about a member besides its Java type. It is not checked when params are bound. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Doc {
    /** A pattern for texts of which one character at least is no white space, as Java has it. */
    String NOT_BLANK =
            "[^\\u0009-\\u000d\\u001c-\\u0020\\u1680\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000]";

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

    /** The form of a text, or of each text of an array, that the operation itself holds to it; at most one. */
    Form.Kind[] form() default {};

    /** The fewest UTF-16 units that a text may have. */
    int minLength() default 0;

    /** A regular expression (ECMA-262) for a text, besides that of a form; empty for none. */
    String pattern() default "";

    /** The fewest elements that an array may have. */
    int minItems() default 0;

    /** The most elements that an array may have. */
    int maxItems() default Integer.MAX_VALUE;

    /** The least number that a number may be. */
    double minimum() default Double.NEGATIVE_INFINITY;

    /** The greatest number that a number may be. */
    double maximum() default Double.POSITIVE_INFINITY;
}
