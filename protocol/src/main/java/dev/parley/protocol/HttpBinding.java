package dev.parley.protocol;

import java.lang.reflect.RecordComponent;
import org.jspecify.annotations.Nullable;

/**
 * Where an operation is found over HTTP. Path and query parameters are merged into the params under their own names.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param path template, such as {@code /api/messaging/sessions/:sessionId/renew}; a segment that starts with a colon is a
 *     parameter
 * @param status of success, such as 201
 * @param bodyAs null when the body's members are params themselves; otherwise the name of the one param that the whole body
 *     is
 * @param mayMake whether success is {@link #CREATED} where the operation made something, and {@code status} where it found it
 */
public record HttpBinding(
        String method, String path, int status, @Nullable String bodyAs, boolean mayMake) {
    /** Status of what was made. */
    public static final int CREATED = 201;

    /** Where success has one status. */
    public HttpBinding(String method, String path, int status, @Nullable String bodyAs) {
        this(method, path, status, bodyAs, false);
    }

    /** The same, but answered with {@link #CREATED} where something was made. */
    public HttpBinding orMakes() {
        return new HttpBinding(method, path, status, bodyAs, true);
    }

    /** Whether a body has something to say: not with GET, and not when the path holds all params there are. */
    public boolean takesBody(Class<?> params) {
        if (method.equals("GET")) {
            return false;
        }
        for (RecordComponent component : params.getRecordComponents()) {
            if (!(path + "/").contains("/:" + component.getName() + "/")) {
                return true;
            }
        }
        return false;
    }
}
