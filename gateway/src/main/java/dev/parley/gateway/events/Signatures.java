package dev.parley.gateway.events;

import dev.parley.gateway.config.WebhookRules;
import dev.parley.store.Webhook;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Secrets of webhooks and what is signed with them, after Standard Webhooks 1.0. Safe for use from any thread. */
final class Signatures {
    private static final int SECRET_BYTES = 32;
    private static final String ALGORITHM = "HmacSHA256";
    private static final SecureRandom RANDOM = new SecureRandom();

    private Signatures() {}

    /** A new secret. */
    static String newSecret() {
        byte[] bytes = new byte[SECRET_BYTES];
        RANDOM.nextBytes(bytes);
        return WebhookRules.SECRET_PREFIX + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * The value of {@code webhook-signature}: one signature for each secret that is in use, newest first.
     *
     * @param seconds since 1970
     */
    static String of(List<Webhook.Secret> secrets, String id, long seconds, byte[] body) {
        List<String> signatures = new ArrayList<>(secrets.size());
        for (Webhook.Secret secret : secrets) {
            Instant until = secret.until();
            if (until == null || until.getEpochSecond() > seconds) {
                signatures.add("v1," + of(secret.value(), id, seconds, body));
            }
        }
        return String.join(" ", signatures);
    }

    private static String of(String secret, String id, long seconds, byte[] body) {
        byte[] key = WebhookRules.key(secret);
        if (key == null) {
            throw new IllegalArgumentException("not a secret");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update((id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
