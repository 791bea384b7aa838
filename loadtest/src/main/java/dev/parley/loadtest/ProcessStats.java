package dev.parley.loadtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the operating system says of a process (Linux: {@code /proc}) and what {@code jcmd} says of its heap. Figures that
 * cannot be had are −1. Blocks; not for event loops.
 */
final class ProcessStats {
    /** {@code USER_HZ} of every Linux in use: the unit of the times in {@code /proc/PID/stat}. */
    private static final long NANOS_PER_TICK = 10_000_000L;

    private static final Pattern HEAP_USED = Pattern.compile("used (\\d+)([KMG])");
    private static final Pattern VERSION = Pattern.compile("(?m)^JDK (\\S+)");
    private static final Pattern COLLECTOR = Pattern.compile("-XX:\\+Use(\\w+GC)\\b");
    private static final Pattern SOCKET_PAGES = Pattern.compile("TCP: .* mem (\\d+)");

    private ProcessStats() {}

    /** User and system time so far, in nanoseconds. */
    static long cpuNanos(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * NANOS_PER_TICK;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    /**
     * Time since the machine's start in which it had work and its processors were given to other machines, all processors
     * together, in nanoseconds; 0 on a machine of its own ({@code /proc/stat}, proc(5): steal).
     */
    static long stolenNanos() {
        try {
            String all = Files.readAllLines(Path.of("/proc/stat"), StandardCharsets.ISO_8859_1)
                    .get(0);
            return Long.parseLong(all.trim().split("\\s+", -1)[8]) * NANOS_PER_TICK;
        } catch (IOException | RuntimeException e) {
            return -1;
        }
    }

    /** Resident set size in bytes. */
    static long residentBytes(long pid) {
        return kilobytes(Path.of("/proc", Long.toString(pid), "status"), "VmRSS:") * 1024;
    }

    /** Kernel memory of all TCP sockets of the machine, both ends included, in bytes. */
    static long socketBytes() {
        try {
            Matcher pages = SOCKET_PAGES.matcher(Files.readString(Path.of("/proc/net/sockstat")));
            return pages.find() ? Long.parseLong(pages.group(1)) * 4096 : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** The most files that a process may have open. */
    static long openFileLimit(long pid) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "limits"))) {
                if (line.startsWith("Max open files")) {
                    String limit = line.trim().split("\\s{2,}", -1)[1];
                    return limit.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(limit);
                }
            }
        } catch (IOException | RuntimeException e) {
            return -1;
        }
        return -1;
    }

    /** Makes a Java process collect its garbage now. */
    static void collectGarbage(long pid) {
        jcmd(pid, "GC.run");
    }

    /** Used heap in bytes, as {@code jcmd PID GC.heap_info} tells it. */
    static long heapBytes(long pid) {
        long sum = 0;
        boolean found = false;
        for (String line : jcmd(pid, "GC.heap_info").lines().toList()) {
            Matcher used = HEAP_USED.matcher(line);
            // Metaspace is told in the same way but is not heap; class space is a part of it.
            if (!line.contains("Metaspace") && !line.contains("class space") && used.find()) {
                found = true;
                long unit = switch (used.group(2)) {
                    case "K" -> 1024L;
                    case "M" -> 1024L * 1024;
                    default -> 1024L * 1024 * 1024;
                };
                sum += Long.parseLong(used.group(1)) * unit;
            }
        }
        return found ? sum : -1;
    }

    /** Which virtual machine a Java process runs on and which collector it uses; empty when that cannot be had. */
    static String virtualMachine(long pid) {
        Matcher version = VERSION.matcher(jcmd(pid, "VM.version"));
        Matcher collector = COLLECTOR.matcher(jcmd(pid, "VM.flags"));
        return (version.find() ? "JDK " + version.group(1) : "") + (collector.find() ? ", " + collector.group(1) : "");
    }

    private static String jcmd(long pid, String command) {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        try {
            Process process = new ProcessBuilder(List.of(tool.toString(), Long.toString(pid), command))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor(30, TimeUnit.SECONDS);
            return output;
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static long kilobytes(Path file, String label) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(label)) {
                    return Long.parseLong(
                            line.substring(label.length()).replace("kB", "").trim());
                }
            }
        } catch (IOException | RuntimeException e) {
            return -1;
        }
        return -1;
    }
}
