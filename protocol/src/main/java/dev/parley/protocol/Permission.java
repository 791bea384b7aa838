package dev.parley.protocol;

/** Who may call an operation. */
public enum Permission {
    /** Any caller, even before {@code connect}. */
    ANYONE,
    /** Any caller with an identity. */
    IDENTIFIED,
    /** Those who take part in the session that the params name, its creator, and trusted programs. */
    PARTICIPANT
}
