package dev.parley.loadtest;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Looks once a second at some counters and at the CPU and memory of the processes, shows a line of progress, and keeps the
 * values for the plots. Runs on a thread of its own; {@link #close} stops it and makes the values visible to the caller.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A task that fails says so through the listener or the socket.
final class Sampler implements AutoCloseable {
    private static final double NANOS_PER_SECOND = 1e9;

    private static final class Watched {
        final LongSupplier value;
        final double scale;
        final boolean rate;
        final String unit;
        final List<double[]> points = new ArrayList<>();
        long last;

        Watched(LongSupplier value, double scale, boolean rate, String unit) {
            this.value = value;
            this.scale = scale;
            this.rate = rate;
            this.unit = unit;
        }
    }

    private final Map<String, Watched> watched = new LinkedHashMap<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread daemon = new Thread(task, "sampler");
        daemon.setDaemon(true);
        return daemon;
    });
    private final PrintStream out;
    private long startedAt;
    private long lastAt;

    Sampler(PrintStream out) {
        this.out = out;
    }

    /** Watches a growing counter: shown as its growth per second. */
    Sampler rate(String name, String unit, LongSupplier counter) {
        watched.put(name, new Watched(counter, 1, true, unit));
        return this;
    }

    /** Watches a value as it stands. */
    Sampler level(String name, String unit, double scale, LongSupplier value) {
        watched.put(name, new Watched(value, scale, false, unit));
        return this;
    }

    /** Watches the CPU and resident memory of a server and the CPU of this process. */
    Sampler processes(Target target) {
        if (target.pid() > 0) {
            watched.put(
                    target.name() + " CPU",
                    new Watched(() -> ProcessStats.cpuNanos(target.pid()), 100 / NANOS_PER_SECOND, true, "%"));
            level(target.name() + " memory", "MB", 1e-6, () -> ProcessStats.residentBytes(target.pid()));
        }
        long self = ProcessHandle.current().pid();
        watched.put("generator CPU", new Watched(() -> ProcessStats.cpuNanos(self), 100 / NANOS_PER_SECOND, true, "%"));
        return this;
    }

    /** Begins to sample. */
    Sampler start() {
        startedAt = System.nanoTime();
        lastAt = startedAt;
        watched.values().forEach(each -> each.last = each.value.getAsLong());
        thread.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
        return this;
    }

    private void sample() {
        long now = System.nanoTime();
        double seconds = (now - lastAt) / NANOS_PER_SECOND;
        double at = (now - startedAt) / NANOS_PER_SECOND;
        lastAt = now;
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%5.0f s", at));
        watched.forEach((name, each) -> {
            long value = each.value.getAsLong();
            double shown = (each.rate ? (value - each.last) / seconds : value) * each.scale;
            each.last = value;
            each.points.add(new double[] {at, shown});
            line.append(String.format(Locale.ROOT, "  %s %,.0f %s", name, shown, each.unit));
        });
        out.println(line);
    }

    /** Adds what was seen to a report. */
    void into(Report report) {
        watched.forEach((name, each) -> {
            String title =
                    each.unit.equals("%") ? "CPU over time" : each.unit.equals("MB") ? "Memory over time" : "Over time";
            report.line(title, each.unit, name, each.points);
        });
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
