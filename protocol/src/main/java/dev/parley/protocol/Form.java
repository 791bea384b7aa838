package dev.parley.protocol;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The form that a text param must have. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Form {
    /** Which form. */
    Kind value();

    /** The forms that texts may be held to. */
    enum Kind {
        /** 1 to 128 of {@code [A-Za-z0-9._:/~-]}: users, agents, surfaces, participants. */
        ID,
        /** 1 to 128 of {@code [A-Za-z0-9._:~-]}: a session id that the caller supplies. */
        NEW_SESSION_ID,
        /** 1 to 128 UTF-16 units of anything printable: a message id. */
        MESSAGE_ID,
        /** Up to 200 UTF-16 units, for people. */
        NAME
    }
}
