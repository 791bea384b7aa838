package dev.parley.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.protocol.ProtocolException;
import dev.parley.protocol.RawJson;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How targets and bodies are taken apart. */
class RequestPartsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/                        | []",
                "/a/b                     | [a, b]",
                "/a/b/                    | [a, b]",
                "/a//                     | [a, ]",
                "/a%2Fb/%c3%a9            | [a/b, é]",
                "/a+b                     | [a+b]",
                "/a?x=1#f                 | [a]",
                "http://host:1/a/b?c      | [a, b]",
                "http://host              | []",
            })
    @DisplayName("a path is split before it is decoded")
    void path(String target, String segments) {
        assertThat(Target.parse(target).path()).hasToString(segments);
    }

    @Test
    @DisplayName("query parameters keep their order and their repetitions")
    void query() {
        assertThat(Target.parse("/?a=1&b=x+y%26&a=2&c&=d&&").query())
                .isEqualTo(Map.of("a", List.of("1", "2"), "b", List.of("x y&"), "c", List.of(""), "", List.of("d")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%", "/%4", "/%4x", "/?a=%", "/%c3", "/%c0%af", "/%ed%a0%80"})
    @DisplayName("what encodes nothing is refused")
    void malformed(String target) {
        assertThatThrownBy(() -> Target.parse(target)).isInstanceOf(ProtocolException.class);
    }

    @Test
    @DisplayName("members are found without reading their values")
    void members() {
        Map<String, RawJson> members = JsonMembers.of(RawJson.of(
                " {\"a\" : {\"x\":[1,{\"y\":\"}\\\"\"}]} ,\"b\":-1.5e400,\"c\":\"\\\\\", \"\\u0064\":[ ],\"e\":null , \"f\" :true}"
                        .strip()));
        assertThat(members.keySet()).containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(members.values())
                .extracting(RawJson::toString)
                .containsExactly("{\"x\":[1,{\"y\":\"}\\\"\"}]}", "-1.5e400", "\"\\\\\"", "[ ]", "null", "true");
        assertThat(JsonMembers.of(RawJson.of("{}"))).isEmpty();
        assertThat(JsonMembers.of(RawJson.of("{ }"))).isEmpty();
        assertThatThrownBy(() -> JsonMembers.of(RawJson.of("{\"a\":1,\"\\u0061\":2}")))
                .isInstanceOf(ProtocolException.class);
    }
}
