package dev.parley.loadtest;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes a report as a table for people, as JSON for programs, and as one HTML page with plots that needs nothing else. */
final class ReportWriter {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Report report;

    ReportWriter(Report report) {
        this.report = report;
    }

    /** Prints the tables. */
    void print(PrintStream out) {
        report.tables().forEach((title, figures) -> {
            out.println();
            out.println(title);
            figures.forEach(
                    (name, figure) -> out.println(String.format(Locale.ROOT, "  %-46s %18s", name, figure.show())));
        });
        if (!report.latencies().isEmpty()) {
            out.println();
            out.println(String.format(
                    Locale.ROOT,
                    "%-40s %9s %9s %9s %9s %9s %10s",
                    "latency, ms",
                    "p50",
                    "p90",
                    "p99",
                    "p99.9",
                    "max",
                    "count"));
            report.latencies().forEach((name, histogram) -> {
                StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "  %-38s", name));
                for (double percentile : Report.PERCENTILES) {
                    row.append(String.format(
                            Locale.ROOT, " %9.3f", histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI));
                }
                out.println(row.append(String.format(Locale.ROOT, " %,10d", histogram.getTotalCount())));
            });
        }
        if (!report.tally().failures().isEmpty()) {
            out.println();
            report.tally().failures().forEach(failure -> out.println("failure: " + failure));
        }
        out.println();
    }

    /** Writes the JSON and, beside it, the page. */
    void write(Path json, Path html) {
        try {
            Path directory = json.toAbsolutePath().getParent();
            Files.createDirectories(directory == null ? Path.of(".") : directory);
            JsonMapper mapper = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            Files.writeString(json, mapper.writeValueAsString(tree()) + "\n");
            Path pages = html.toAbsolutePath().getParent();
            Files.createDirectories(pages == null ? Path.of(".") : pages);
            Files.writeString(html, page(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("scenario", report.scenario());
        tree.put("ok", report.tally().ok());
        tree.put("verdict", report.tally().line());
        tree.put("settings", report.settings());
        tree.put("counts", report.tally().counts());
        tree.put("failures", report.tally().failures());
        Map<String, Object> tables = new LinkedHashMap<>();
        report.tables().forEach((title, figures) -> {
            Map<String, Object> rows = new LinkedHashMap<>();
            figures.forEach((name, figure) -> rows.put(
                    figure.unit().isEmpty() ? name : name + " [" + figure.unit() + "]", finite(figure.value())));
            tables.put(title, rows);
        });
        tree.put("tables", tables);
        Map<String, Object> latencies = new LinkedHashMap<>();
        report.latencies().forEach((name, histogram) -> latencies.put(name, percentiles(histogram)));
        tree.put("latencyMs", latencies);
        Map<String, Object> plots = new LinkedHashMap<>();
        report.plots().forEach((title, plot) -> plots.put(title, plot));
        tree.put("series", plots);
        return tree;
    }

    private static Object finite(Object value) {
        return value instanceof Double number && !Double.isFinite(number) ? number.toString() : value;
    }

    private static Map<String, Object> percentiles(Histogram histogram) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("count", histogram.getTotalCount());
        values.put("mean", histogram.getMean() / NANOS_PER_MILLI);
        for (double percentile : Report.PERCENTILES) {
            String name = percentile == 100
                    ? "max"
                    : "p" + String.format(Locale.ROOT, "%.4g", percentile).replaceAll("\\.?0+$", "");
            values.put(name, histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI);
        }
        return values;
    }

    private String page() {
        StringBuilder page =
                new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
                        + SvgPlot.escape(report.scenario())
                        + "</title><style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
                        + "color:#1c2430}table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.2rem .8rem;text-align:"
                        + "right;border-bottom:1px solid #dde3ea}td:first-child,th:first-child{text-align:left}.ok{color:#0a7a3d}"
                        + ".bad{color:#b3261e}svg{max-width:100%;height:auto}</style></head><body>\n");
        page.append("<h1>")
                .append(SvgPlot.escape(report.scenario()))
                .append("</h1>\n<p class=\"")
                .append(report.tally().ok() ? "ok" : "bad")
                .append("\"><strong>")
                .append(SvgPlot.escape(report.tally().line()))
                .append("</strong></p>\n");
        for (String failure : report.tally().failures()) {
            page.append("<p class=\"bad\">").append(SvgPlot.escape(failure)).append("</p>\n");
        }
        report.tables().forEach((title, figures) -> {
            heading(page, title);
            page.append("<table>");
            figures.forEach((name, figure) -> row(page, "td", List.of(name, figure.show())));
            page.append("</table>\n");
        });
        if (!report.latencies().isEmpty()) {
            heading(page, "Latency, ms");
            page.append("<table>");
            row(page, "th", List.of("", "p50", "p90", "p99", "p99.9", "max", "count"));
            report.latencies().forEach((name, histogram) -> {
                List<String> cells = new ArrayList<>(List.of(name));
                for (double percentile : Report.PERCENTILES) {
                    cells.add(String.format(
                            Locale.ROOT, "%.3f", histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI));
                }
                cells.add(String.format(Locale.ROOT, "%,d", histogram.getTotalCount()));
                row(page, "td", cells);
            });
            page.append("</table>\n").append(SvgPlot.latencies(report.latencies()));
        }
        report.plots().forEach((title, plot) -> {
            heading(page, title);
            page.append(SvgPlot.overTime(plot));
        });
        heading(page, "Settings");
        page.append("<table>");
        report.settings().forEach((name, value) -> row(page, "td", List.of(name, String.valueOf(value))));
        return page.append("</table>\n</body></html>\n").toString();
    }

    private static void heading(StringBuilder page, String title) {
        page.append("<h2>").append(SvgPlot.escape(title)).append("</h2>\n");
    }

    private static void row(StringBuilder page, String cell, List<String> values) {
        page.append("<tr>");
        for (String value : values) {
            page.append('<')
                    .append(cell)
                    .append('>')
                    .append(SvgPlot.escape(value))
                    .append("</")
                    .append(cell)
                    .append('>');
        }
        page.append("</tr>\n");
    }
}
