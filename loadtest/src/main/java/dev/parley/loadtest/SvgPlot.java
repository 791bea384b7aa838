package dev.parley.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Draws lines as inline SVG, without scripts. */
final class SvgPlot {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 300;
    private static final int LEFT = 70;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 40;
    private static final int GRID_LINES = 5;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final String[] COLOURS = {"#1f5fa8", "#c4572b", "#2d8659", "#7a4fa3", "#8a6d1d", "#b0306a"};

    private SvgPlot() {}

    /** Values over seconds. */
    static String overTime(Report.Plot plot) {
        return draw(plot.lines(), "seconds", plot.unit(), false);
    }

    /** Latency by percentile: the horizontal axis counts the nines, both axes are logarithmic. */
    static String latencies(Map<String, Histogram> latencies) {
        Map<String, List<double[]>> lines = new LinkedHashMap<>();
        latencies.forEach((name, histogram) -> {
            List<double[]> points = new ArrayList<>();
            double most = Math.log10(Math.max(10, (double) histogram.getTotalCount()));
            for (double nines = 0; nines <= most; nines += 0.05) {
                double percentile = 100 * (1 - Math.pow(10, -nines));
                points.add(new double[] {
                    nines, Math.max(1e-3, histogram.getValueAtPercentile(percentile) / NANOS_PER_MILLI)
                });
            }
            lines.put(name, points);
        });
        return draw(lines, "nines (1 = 90 %, 2 = 99 %, 3 = 99.9 %)", "ms", true);
    }

    private static String draw(Map<String, List<double[]>> lines, String across, String unit, boolean logarithmic) {
        double maxX = 0;
        double minY = logarithmic ? Double.MAX_VALUE : 0;
        double maxY = 0;
        for (List<double[]> points : lines.values()) {
            for (double[] point : points) {
                maxX = Math.max(maxX, point[0]);
                minY = Math.min(minY, point[1]);
                maxY = Math.max(maxY, point[1]);
            }
        }
        if (maxX <= 0 || maxY <= 0) {
            return "";
        }
        double low = logarithmic ? Math.floor(Math.log10(minY)) : minY;
        double high = logarithmic ? Math.max(low + 1, Math.ceil(Math.log10(maxY))) : round(maxY);
        maxX = round(maxX);
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" font-family=\"system-ui,sans-serif\""
                        + " font-size=\"12\">",
                WIDTH,
                HEIGHT,
                WIDTH,
                HEIGHT));
        int rows = logarithmic ? (int) (high - low) : GRID_LINES;
        for (int i = 0; i <= rows; i++) {
            double value = low + (high - low) * i / rows;
            double y = y(value, low, high);
            String label = number(logarithmic ? Math.pow(10, value) : value);
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dde3ea\"/>"
                            + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
                    LEFT,
                    WIDTH - RIGHT,
                    y,
                    y,
                    LEFT - 6,
                    y + 4,
                    label));
        }
        for (int i = 0; i <= GRID_LINES; i++) {
            double value = maxX * i / GRID_LINES;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    x(value, maxX),
                    HEIGHT - BOTTOM + 16,
                    number(value)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text><text x=\"8\" y=\"%d\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 6,
                escape(across),
                TOP - 24,
                escape(unit)));
        int line = 0;
        int legend = LEFT;
        for (Map.Entry<String, List<double[]>> entry : lines.entrySet()) {
            String colour = COLOURS[line++ % COLOURS.length];
            svg.append("<polyline fill=\"none\" stroke-width=\"1.8\" stroke=\"")
                    .append(colour)
                    .append("\" points=\"");
            for (double[] point : entry.getValue()) {
                double value = logarithmic ? Math.log10(point[1]) : point[1];
                svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point[0], maxX), y(value, low, high)));
            }
            svg.append(String.format(
                    Locale.ROOT,
                    "\"/><rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/><text x=\"%d\" y=\"%d\">%s</text>",
                    legend,
                    TOP - 20,
                    colour,
                    legend + 14,
                    TOP - 11,
                    escape(entry.getKey())));
            legend += 30 + 7 * entry.getKey().length();
        }
        return svg.append("</svg>\n").toString();
    }

    /** The next number above that five grid lines divide into round ones. */
    private static double round(double max) {
        double unit = Math.pow(10, Math.floor(Math.log10(max / GRID_LINES)));
        for (double step : new double[] {1, 2, 2.5, 5, 10}) {
            if (max <= step * unit * GRID_LINES) {
                return step * unit * GRID_LINES;
            }
        }
        return max;
    }

    private static double x(double value, double max) {
        return LEFT + value / max * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double low, double high) {
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    }

    private static String number(double value) {
        if (value == 0) {
            return "0";
        }
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : value >= 1 ? "%.1f" : "%.3f", value);
    }

    /** Text that is safe inside HTML. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
