package dev.parley.gateway;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Has all tests of this module look for what they wait for more often than ten times a second. Found by JUnit by its name. */
public final class QuickPolling implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        // A limit is there only to fail: a slow and busy machine must not reach it.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }
}
