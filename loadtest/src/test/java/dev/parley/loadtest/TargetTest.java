package dev.parley.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TargetTest {
    @Test
    void loopbackIsAccepted() {
        assertThat(Target.of("gateway", "http://127.0.0.1:8080", 0, false).authority())
                .isEqualTo("127.0.0.1:8080");
        assertThat(Target.of("gateway", "http://[::1]:8080", 0, false).address().getPort())
                .isEqualTo(8080);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://192.0.2.7:8080", "http://10.0.0.1:80", "http://[2001:db8::1]:80"})
    void otherHostsAreRefused(String url) {
        assertThatThrownBy(() -> Target.of("gateway", url, 0, false))
                .isInstanceOf(LoadException.class)
                .hasMessageContaining("only a server on a loopback address");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense with blanks", "http://127.0.0.1"})
    void whatIsNoUrlWithAPortIsRefused(String url) {
        assertThatThrownBy(() -> Target.of("gateway", url, 0, false)).isInstanceOf(LoadException.class);
    }
}
