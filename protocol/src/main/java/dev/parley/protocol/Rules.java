package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Map;

/**
 * A record of params that is held to more than the types and forms of its members when it is bound, so that what breaks these
 * rules is told together with what else is wrong.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Rules {
    /** The rules; a class with a constructor without arguments. */
    Class<? extends Check> value();

    /** Rules. Stateless; any thread. */
    interface Check {
        /**
         * Looks at what was bound.
         *
         * @param members by their names; those that are missing, or wrong by themselves, are not there
         */
        void check(Map<String, Object> members, Binding binding);
    }

    /** The binding that goes on: takes what breaks the rules, and reads what is kept as it came. */
    interface Binding {
        /** A member that has to be there, by its path from the record. */
        void missing(String... path);

        /**
         * A value that will not do.
         *
         * @param expected what would, to follow "must be"
         * @param path from the record
         */
        void wrong(RawJson provided, String expected, String... path);

        /**
         * A value that takes more room than it may have: told as {@code PAYLOAD_TOO_LARGE} when nothing else is wrong, else as one
         * of the values that will not do.
         *
         * @param most bytes
         * @param field its name in the record
         */
        void tooLarge(RawJson provided, int most, String field);

        /** How many arrays and objects lie within each other in a value. */
        int depth(RawJson value);

        /**
         * Binds an object within.
         *
         * @throws ProtocolException when that fails
         */
        <R> R members(RawJson object, Class<R> type);
    }
}
