package dev.parley.gateway.config;

/** A setting that the gateway cannot start with. The message is one line that names the setting, its value and what is allowed. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A refusal to start; stackless, as it is about the operator's input. */
    public ConfigException(String message) {
        super(message, null, false, false);
    }

    /** The line to show. */
    public String line() {
        String message = getMessage();
        return message == null ? "" : message;
    }
}
