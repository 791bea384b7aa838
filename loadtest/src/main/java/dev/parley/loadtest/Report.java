package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What a run found, in the order in which it is shown: settings, tables of figures, latencies, lines over time, and the
 * tally. Filled on the main thread.
 */
final class Report {
    /** The percentiles that every latency is told with. */
    static final double[] PERCENTILES = {50, 90, 99, 99.9, 100};

    /**
     * One figure.
     *
     * @param value a number or a text
     * @param unit what it counts; empty for a text
     */
    record Figure(Object value, String unit) {
        /** As people read it. */
        String show() {
            String text = value instanceof Double number
                    ? String.format(Locale.ROOT, Math.abs(number) >= 1000 ? "%,.0f" : "%.3g", number)
                    : value instanceof Long number ? String.format(Locale.ROOT, "%,d", number) : value.toString();
            if (value instanceof Double number && Math.abs(number) < 1000 && text.contains("e")) {
                text = String.format(Locale.ROOT, "%.4f", number);
            }
            return unit.isEmpty() ? text : text + " " + unit;
        }
    }

    /** Lines over time that share a plot: the name of a line to its {@code {seconds, value}} points. */
    record Plot(String unit, Map<String, List<double[]>> lines) {}

    private final String scenario;
    private final Map<String, Object> settings = new LinkedHashMap<>();
    private final Map<String, Map<String, Figure>> tables = new LinkedHashMap<>();
    private final Map<String, Histogram> latencies = new LinkedHashMap<>();
    private final Map<String, Plot> plots = new LinkedHashMap<>();
    private final Tally tally = new Tally();

    Report(String scenario) {
        this.scenario = scenario;
        setting("generator JVM", Runtime.version().toString());
        setting("processors", (long) Runtime.getRuntime().availableProcessors());
        setting("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    }

    /** Notes how the run was set up. */
    void setting(String name, Object value) {
        settings.put(name, value);
    }

    /** Adds a figure to a table. */
    void figure(String table, String name, double value, String unit) {
        tables.computeIfAbsent(table, title -> new LinkedHashMap<>()).put(name, new Figure(value, unit));
    }

    /** Adds a count to a table. */
    void count(String table, String name, long value, String unit) {
        tables.computeIfAbsent(table, title -> new LinkedHashMap<>()).put(name, new Figure(value, unit));
    }

    /** Adds latencies, in nanoseconds; an empty histogram is left out. */
    void latency(String name, Histogram histogram) {
        if (histogram.getTotalCount() > 0) {
            latencies.put(name, histogram);
        }
    }

    /** Adds a line to a plot. */
    void line(String plot, String unit, String name, List<double[]> points) {
        plots.computeIfAbsent(plot, title -> new Plot(unit, new LinkedHashMap<>()))
                .lines()
                .put(name, new ArrayList<>(points));
    }

    /** The scenario's name. */
    String scenario() {
        return scenario;
    }

    /** How the run was set up. */
    Map<String, Object> settings() {
        return settings;
    }

    /** All tables. */
    Map<String, Map<String, Figure>> tables() {
        return tables;
    }

    /** All latencies, in nanoseconds. */
    Map<String, Histogram> latencies() {
        return latencies;
    }

    /** All plots. */
    Map<String, Plot> plots() {
        return plots;
    }

    /** The counts and failures. */
    Tally tally() {
        return tally;
    }

    /** The middle one of some values, or the mean of the two in the middle; NaN for none. */
    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int size = sorted.size();
        if (size == 0) {
            return Double.NaN;
        }
        return size % 2 == 1 ? sorted.get(size / 2) : (sorted.get(size / 2 - 1) + sorted.get(size / 2)) / 2;
    }
}
