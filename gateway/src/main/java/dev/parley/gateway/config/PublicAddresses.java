package dev.parley.gateway.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses anybody may be sent to: those of the public internet, after the IANA registries of special-purpose addresses
 * (RFC 6890). Pure; any thread.
 */
public final class PublicAddresses {
    /** Address and length of the prefix of what is not public, of IPv4. */
    private static final int[][] SPECIAL = {
        {0, 8},
        {10 << 24, 8},
        {100 << 24 | 64 << 16, 10},
        {127 << 24, 8},
        {169 << 24 | 254 << 16, 16},
        {172 << 24 | 16 << 16, 12},
        {192 << 24, 24},
        {192 << 24 | 2 << 8, 24},
        {192 << 24 | 88 << 16 | 99 << 8, 24},
        {192 << 24 | 168 << 16, 16},
        {198 << 24 | 18 << 16, 15},
        {198 << 24 | 51 << 16 | 100 << 8, 24},
        {203 << 24 | 113 << 8, 24},
        {224 << 24, 3},
    };

    private PublicAddresses() {}

    /** Whether an address is one of the public internet: not loopback, private, link-local, multicast or reserved. */
    public static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            return isPublic4(bytes, 0);
        }
        int head = ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff);
        int next = ((bytes[2] & 0xff) << 8) | (bytes[3] & 0xff);
        if (head == 0x64 && next == 0xff9b) {
            // An IPv4 address behind a translator (RFC 6052); the local prefix (RFC 8215) has the next bits set.
            return bytes[4] == 0 && bytes[5] == 0 && isPublic4(bytes, 12);
        }
        if (head == 0x2002) {
            return isPublic4(bytes, 2);
        }
        // Global unicast is 2000::/3; of that, 2001::/23 is for protocols and 2001:db8::/32 and 3fff::/20 for
        // documents.
        boolean isSpecial = (head == 0x2001 && (next < 0x200 || next == 0xdb8)) || (head == 0x3fff && next < 0x1000);
        return (head & 0xe000) == 0x2000 && !isSpecial;
    }

    /** The address that a host of a URL is by itself, without asking anybody; null when it is a name. */
    public static @Nullable InetAddress literal(String host) {
        boolean isSix = host.startsWith("[");
        if (!isSix && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
            return null;
        }
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static boolean isPublic4(byte[] bytes, int at) {
        int address = ((bytes[at] & 0xff) << 24)
                | ((bytes[at + 1] & 0xff) << 16)
                | ((bytes[at + 2] & 0xff) << 8)
                | (bytes[at + 3] & 0xff);
        for (int[] special : SPECIAL) {
            if ((address ^ special[0]) >>> (32 - special[1]) == 0) {
                return false;
            }
        }
        return true;
    }
}
