package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScanTest {
    private final Scan scan = new Scan();

    private void read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        byte[] among = new byte[bytes.length + 20];
        Arrays.fill(among, (byte) '}');
        System.arraycopy(bytes, 0, among, 10, bytes.length);
        scan.read(among, 10, 10 + bytes.length);
    }

    private static byte[] name(String text) {
        return Scan.name(text);
    }

    @Test
    void findsMembersOfAPushInAnyOrder() {
        read(
                "{\"params\":{\"seq\":12,\"metadata\":{\"seq\":99,\"a\":[1,{\"seq\":98}]},\"content\":\"hi\",\"role\":\"user\"},"
                        + "\"method\":\"message\",\"jsonrpc\":\"2.0\"}");

        assertThat(scan.is(scan.outer(name("method")), name("message"))).isTrue();
        assertThat(scan.number(scan.inner(name("seq")), -1)).isEqualTo(12);
        assertThat(scan.text(scan.inner(name("content")))).isEqualTo("hi");
        assertThat(scan.inner(name("method"))).isEqualTo(Scan.ABSENT);
        assertThat(scan.outer(name("seq"))).isEqualTo(Scan.ABSENT);
    }

    @Test
    void isNotMisledByTextThatLooksLikeMembers() {
        read("{\"method\":\"message\",\"params\":{\"content\":\"\\\"seq\\\":7,}{[\\\\\",\"seq\":8}}");

        assertThat(scan.number(scan.inner(name("seq")), -1)).isEqualTo(8);
        assertThat(scan.text(scan.inner(name("content")))).isEqualTo("\\\"seq\\\":7,}{[\\\\");
    }

    @Test
    void readsAnswersWithBlanksAndNegativeNumbers() {
        read(" { \"id\" : 5 , \"result\" : { \"seq\" : -3 , \"duplicate\" : true } } ");

        assertThat(scan.number(scan.outer(name("id")), 0)).isEqualTo(5);
        assertThat(scan.number(scan.inner(name("seq")), 0)).isEqualTo(-3);
        assertThat(scan.isTrue(scan.inner(name("duplicate")))).isTrue();
        assertThat(scan.outer(name("error"))).isEqualTo(Scan.ABSENT);
    }

    @Test
    void scansAValueByItself() {
        read("{\"method\":\"session.attached\",\"params\":{\"entry\":{\"sessionId\":\"s1\",\"seq\":4}}}");
        Scan entry = new Scan();

        scan.into(scan.inner(name("entry")), entry);

        assertThat(entry.text(entry.outer(name("sessionId")))).isEqualTo("s1");
        assertThat(entry.number(entry.outer(name("seq")), -1)).isEqualTo(4);
    }

    @Test
    void numbersThatAreNoneAreToldApart() {
        read("{\"a\":\"12\",\"b\":1.5,\"c\":null,\"d\":12345678901234567890}");

        for (String member : new String[] {"a", "b", "c", "d", "e"}) {
            assertThat(scan.number(scan.outer(name(member)), -7)).isEqualTo(-7);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":\"x",
                "{\"a\":{\"b\":1}",
                "{\"a\":1}x",
                "{a:1}"
            })
    void whatIsNotOneObjectIsRefused(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IllegalArgumentException.class);
    }
}
