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
}
