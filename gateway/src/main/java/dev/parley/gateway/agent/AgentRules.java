package dev.parley.gateway.agent;

import dev.parley.gateway.operation.Call;
import dev.parley.gateway.operation.Caller;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.Json;
import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import dev.parley.protocol.agent.AgentParams;
import dev.parley.protocol.catalog.PathWords;
import dev.parley.protocol.frame.JsonText;
import dev.parley.store.AgentStore.Capability;
import dev.parley.store.AgentStore.Registration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What agents may say of themselves, and who may speak for them. Stateless; any thread. */
public final class AgentRules {
    /** The health of an agent that says nothing of it. */
    public static final String HEALTHY = "healthy";

    /** The most channels that an agent follows. */
    static final int MOST_FOLLOWED = 100;

    private static final Set<String> HEALTHS = Set.of(HEALTHY, "degraded", "unhealthy");
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_WORD = 128;
    private static final int MOST_BYTES = 16 << 10;
    /** As elsewhere: what is kept is read again within answers that nest a few levels themselves. */
    private static final int DEEPEST = 100;

    private static final int SHOWN = 200;

    private AgentRules() {}

    /**
     * What an agent says, checked.
     *
     * @param maxMetadata in UTF-16 units
     * @param asked when a connection was asked for; null when it only registers
     * @throws ProtocolException {@code VALIDATION_ERROR}, {@code PAYLOAD_TOO_LARGE}
     */
    public static Registration registration(
            AgentParams.Register said, String workspaceId, int maxMetadata, @Nullable Instant asked) {
        if (PathWords.isOneOf(PathWords.OF_AGENTS, said.id())) {
            throw invalid(
                    "id", said.id(), "1 to 128 of A-Z a-z 0-9 . _ : / ~ -, " + PathWords.not(PathWords.OF_AGENTS));
        }
        health(said.health(), said.load());
        RawJson capabilities = said.capabilities();
        List<String> follows = said.follows();
        if (follows != null) {
            if (follows.size() > MOST_FOLLOWED) {
                throw invalid("follows", follows.size() + " channels", "at most " + MOST_FOLLOWED + " channels");
            }
            for (String channel : follows) {
                word("follows", channel);
            }
        }
        RawJson profile = object("profile", said.profile(), MOST_BYTES);
        if (profile != null) {
            profile(profile);
        }
        return new Registration(
                said.id(),
                workspaceId,
                name("name", said.name()),
                name("label", said.label()),
                name("framework", said.framework()),
                capabilities == null ? null : capabilities(capabilities),
                said.health(),
                said.load(),
                profile,
                object("sessionDefaults", said.sessionDefaults(), MOST_BYTES),
                follows == null ? null : List.copyOf(follows),
                object("metadata", said.metadata(), maxMetadata),
                asked);
    }

    /** The refusal of an id that belongs to another workspace. */
    public static ProtocolException taken(String id) {
        return ProtocolException.of(
                        ErrorCode.AGENT_CONFLICT, "This agent id belongs to another workspace; choose another id.")
                .with("id", id);
    }

    /** Capabilities are objects with a name; a plain text is taken as a name. Of the same name the last one counts. */
    static List<Capability> capabilities(RawJson given) {
        String form = "a list of {name, metadata?}, each name of 1 to " + LONGEST_NAME + " characters";
        shallow("capabilities", given);
        JsonNode list = tree("capabilities", given);
        if (!list.isArray()) {
            throw invalid("capabilities", shown(given), form);
        }
        Map<String, Capability> all = new LinkedHashMap<>();
        int bytes = 0;
        for (JsonNode each : list) {
            JsonNode named = each.isString() ? each : each.path("name");
            if (!named.isString()
                    || named.asString().isBlank()
                    || named.asString().length() > LONGEST_NAME) {
                throw invalid("capabilities", shown(RawJson.of(Json.write(each))), form);
            }
            String name = named.asString();
            RawJson json = RawJson.of(Json.write(each.isString() ? Map.of("name", name) : each));
            bytes += json.length();
            all.put(name, new Capability(name, json));
        }
        if (all.size() > Capability.MOST) {
            throw invalid("capabilities", all.size() + " capabilities", "at most " + Capability.MOST + " capabilities");
        }
        if (bytes > Capability.MOST_BYTES) {
            throw ProtocolException.tooLarge("capabilities", bytes, Capability.MOST_BYTES, "bytes");
        }
        return new ArrayList<>(all.values());
    }

    static void health(@Nullable String health, @Nullable Double load) {
        if (health != null && !HEALTHS.contains(health)) {
            throw invalid("health", health, "healthy, degraded or unhealthy");
        }
        if (load != null && !(load >= 0 && load <= 1)) {
            throw invalid("load", load, "a number from 0 to 1");
        }
    }

    /** The agent that a caller speaks for: itself, or, for those who are trusted, any. */
    static String own(Call call, @Nullable String id) {
        Caller caller = call.caller();
        if (id == null) {
            if (caller.isAgent()) {
                return caller.id();
            }
            throw invalid("id", null, "the id of an agent; agents may leave out their own");
        }
        if (!caller.trusted() && !(caller.isAgent() && caller.id().equals(id))) {
            throw ProtocolException.of(
                            ErrorCode.FORBIDDEN, "An agent speaks for itself only; leave out id, or give your own.")
                    .with("id", id);
        }
        return id;
    }

    /** A short text without control characters: a channel, an action. */
    static String word(String field, String given) {
        if (given.isEmpty() || given.length() > LONGEST_WORD || given.chars().anyMatch(Character::isISOControl)) {
            throw invalid(field, given, "1 to " + LONGEST_WORD + " characters, none of them a control character");
        }
        return given;
    }

    /** Refuses what nests too deeply to be read within an answer. */
    static void shallow(String field, RawJson given) {
        int depth = JsonText.depth(given);
        if (depth > DEEPEST) {
            throw invalid(field, depth + " levels", "JSON of at most " + DEEPEST + " levels within each other");
        }
    }

    static ProtocolException invalid(String field, @Nullable Object provided, String expected) {
        return ProtocolException.of(ErrorCode.VALIDATION_ERROR, field + " must be " + expected + ".")
                .with("field", field)
                .with("providedValue", provided)
                .with("expectedFormat", expected);
    }

    /** A value to look into; all that well-formed JSON can have wrong then is a member that is given twice. */
    private static JsonNode tree(String field, RawJson given) {
        try {
            return Json.MAPPER.readTree(given.array(), given.offset(), given.length());
        } catch (JacksonException twice) {
            String text = given.toString();
            // As a text: whoever reads the refusal may not bear what is refused either.
            throw invalid(
                    field,
                    text.length() <= SHOWN ? text : text.substring(0, SHOWN / 2) + "…",
                    "JSON whose members are given only once");
        }
    }

    private static @Nullable RawJson object(String field, @Nullable RawJson given, int most) {
        if (given == null) {
            return null;
        }
        if (!given.isObject()) {
            throw invalid(field, shown(given), "a JSON object");
        }
        shallow(field, given);
        int length = given.toString().length();
        if (length > most) {
            throw ProtocolException.tooLarge(field, length, most, "bytes");
        }
        return given.compact();
    }

    private static void profile(RawJson profile) {
        JsonNode given = tree("profile", profile);
        JsonNode types = given.path("taskTypes");
        boolean texts = types.isArray();
        for (JsonNode type : types) {
            texts &= type.isString();
        }
        if (given.hasNonNull("taskTypes") && !texts) {
            throw invalid("profile.taskTypes", shown(RawJson.of(Json.write(types))), "a list of texts");
        }
        number(given, "successRate", 1);
        number(given, "avgResponseMs", Double.MAX_VALUE);
        number(given, "concurrency", Integer.MAX_VALUE);
    }

    private static void number(JsonNode given, String name, double most) {
        JsonNode value = given.path(name);
        if (given.hasNonNull(name) && !(value.isNumber() && value.asDouble() >= 0 && value.asDouble() <= most)) {
            throw invalid(
                    "profile." + name,
                    shown(RawJson.of(Json.write(value))),
                    most == 1 ? "a number from 0 to 1" : "a number of 0 or more");
        }
    }

    private static @Nullable String name(String field, @Nullable String given) {
        if (given != null && given.length() > LONGEST_NAME) {
            throw invalid(
                    field, given.substring(0, SHOWN / 2) + "…", "a text of up to " + LONGEST_NAME + " characters");
        }
        return given;
    }

    private static Object shown(RawJson value) {
        return value.length() <= SHOWN ? value : value.toString().substring(0, SHOWN / 2) + "…";
    }
}
