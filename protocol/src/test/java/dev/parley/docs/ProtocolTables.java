package dev.parley.docs;

import dev.parley.protocol.CloseCode;
import dev.parley.protocol.ErrorCode;
import dev.parley.protocol.HttpBinding;
import dev.parley.protocol.Operation;
import dev.parley.protocol.catalog.EventTypes;
import dev.parley.protocol.catalog.Operations;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The tables of {@code docs/protocol.md}, made from the catalogue as Markdown. */
final class ProtocolTables {
    private ProtocolTables() {}

    /** Every generated table by the name that marks its place in the document. */
    static Map<String, String> all() {
        return new TreeMap<>(Map.of(
                "operations", operations(),
                "params", params(),
                "results", results(),
                "pushParams", pushParams(),
                "errors", errors(),
                "closeCodes", closeCodes()));
    }

    private static String operations() {
        StringJoiner rows = table("method", "over HTTP", "who", "limit", "does");
        for (Operation<?, ?> operation : Operations.all()) {
            HttpBinding http = operation.http();
            rows.add(row(
                    code(operation.name()),
                    http == null
                            ? "–"
                            : code(http.method() + " " + http.path()) + " → " + http.status()
                                    + (http.mayMake() ? " or " + HttpBinding.CREATED : ""),
                    lower(operation.permission()),
                    lower(operation.cost()),
                    operation.summary()));
        }
        return rows.toString();
    }

    private static String params() {
        StringJoiner rows = table("method", "params", "result");
        for (Operation<?, ?> operation : Operations.all()) {
            String params = members(operation.params());
            rows.add(row(
                    code(operation.name()),
                    params.isEmpty() ? "–" : params,
                    operation.result().getSimpleName()));
        }
        return rows.toString();
    }

    private static String results() {
        Map<String, String> byName = new TreeMap<>();
        for (Operation<?, ?> operation : Operations.all()) {
            byName.put(operation.result().getSimpleName(), members(operation.result()));
        }
        StringJoiner rows = table("result", "members");
        byName.forEach((name, members) -> rows.add(row(name, members)));
        return rows.toString();
    }

    private static String pushParams() {
        StringJoiner rows = table("push", "params");
        for (String push : EventTypes.all()) {
            Class<? extends Record> params = Objects.requireNonNull(EventTypes.paramsOf(push));
            rows.add(row(code(push), members(params)));
        }
        return rows.toString();
    }

    private static String errors() {
        StringJoiner rows = table("code", "HTTP status", "JSON-RPC code");
        for (ErrorCode error : ErrorCode.values()) {
            rows.add(row(code(error.name()), String.valueOf(error.status()), String.valueOf(error.rpcCode())));
        }
        return rows.toString();
    }

    private static String closeCodes() {
        StringJoiner rows = table("code", "reason", "connect again?");
        for (CloseCode close : CloseCode.values()) {
            rows.add(row(
                    String.valueOf(close.code()),
                    close.reason(),
                    CloseCode.reconnectAdvised(close.code()) ? "yes" : "no"));
        }
        return rows.toString();
    }

    private static String members(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(component -> code(component.getName() + (optional(component) ? "?" : "")))
                .collect(Collectors.joining(" "));
    }

    private static boolean optional(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private static StringJoiner table(String... heads) {
        StringJoiner rows = new StringJoiner("\n", "", "\n");
        rows.add(row(heads));
        rows.add("|" + "---|".repeat(heads.length));
        return rows;
    }

    private static String row(String... cells) {
        return Arrays.stream(cells)
                .map(cell -> cell.replace("|", "\\|"))
                .collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
