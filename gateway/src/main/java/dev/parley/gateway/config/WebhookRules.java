package dev.parley.gateway.config;

import dev.parley.store.Happening;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a webhook may be, wherever it comes from. Each rule answers what would do, or null. Pure; any thread. */
public final class WebhookRules {
    /** What a secret begins with. */
    public static final String SECRET_PREFIX = "whsec_";

    private static final int LONGEST_URL = 2048;
    private static final int LEAST_SECRET = 24;
    private static final int MOST_SECRET = 64;

    private WebhookRules() {}

    /** The names of all events that a webhook can be told of. */
    public static List<String> events() {
        return Stream.of(Happening.Kind.values()).map(Happening.Kind::wireName).toList();
    }

    /**
     * What is wrong with an address.
     *
     * @param allowPrivate whether it may be one that is not of the public internet
     * @return what would do; null when nothing is wrong
     */
    public static @Nullable String wrongUrl(String url, boolean allowPrivate) {
        String form =
                "an http or https URL of up to " + LONGEST_URL + " characters, without user, password and fragment";
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return form;
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String host = uri.getHost();
        if (url.length() > LONGEST_URL
                || !(scheme.equals("http") || scheme.equals("https"))
                || host == null
                || uri.getRawUserInfo() != null
                || uri.getRawFragment() != null
                || uri.getPort() == 0
                || uri.getPort() > 65_535) {
            return form;
        }
        InetAddress literal = PublicAddresses.literal(host);
        boolean isPrivate = host.equalsIgnoreCase("localhost")
                || host.toLowerCase(Locale.ROOT).endsWith(".localhost")
                || (literal != null && !PublicAddresses.isPublic(literal));
        return isPrivate && !allowPrivate
                ? "an address of the public internet; others need WEBHOOK_ALLOW_PRIVATE=true in the gateway's settings"
                : null;
    }

    /** What is wrong with a choice of events. */
    public static @Nullable String wrongEvents(List<String> names) {
        List<@Nullable String> given = new ArrayList<>(names);
        boolean known = given.stream().allMatch(name -> name != null && Happening.Kind.ofWireName(name) != null);
        return given.isEmpty() || !known
                ? "at least one of " + events().stream().collect(Collectors.joining(", "))
                : null;
    }

    /** What is wrong with a secret. */
    public static @Nullable String wrongSecret(String secret) {
        byte[] key = key(secret);
        return key == null || key.length < LEAST_SECRET || key.length > MOST_SECRET
                ? SECRET_PREFIX + " and " + LEAST_SECRET + " to " + MOST_SECRET + " bytes as base64"
                : null;
    }

    /** The bytes that a secret stands for; null when it stands for none. */
    public static byte @Nullable [] key(String secret) {
        if (!secret.startsWith(SECRET_PREFIX)) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(secret.substring(SECRET_PREFIX.length()));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
