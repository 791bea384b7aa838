package dev.parley.loadtest;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The answer to a request of the set-up, off the hot path.
 *
 * @param ok whether it is a result rather than an error
 * @param json the result or the error as it came
 */
record Reply(boolean ok, String json) {
    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final byte[] RESULT = Scan.name("result");
    private static final byte[] ERROR = Scan.name("error");

    static Reply of(Scan scan) {
        int result = scan.outer(RESULT);
        return result != Scan.ABSENT
                ? new Reply(true, scan.text(result))
                : new Reply(false, scan.text(scan.outer(ERROR)));
    }

    /** The result or error as a tree. */
    JsonNode tree() {
        return MAPPER.readTree(json.getBytes(StandardCharsets.UTF_8));
    }

    /** The domain code of an error ({@code data.code}), or the empty string. */
    String code() {
        return ok ? "" : tree().path("data").path("code").asString("");
    }

    /**
     * The result.
     *
     * @throws LoadException when it is an error
     */
    JsonNode orThrow(String what) {
        if (!ok) {
            throw new LoadException(what + " was refused: " + json);
        }
        return tree();
    }
}
