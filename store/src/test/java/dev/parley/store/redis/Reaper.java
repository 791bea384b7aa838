package dev.parley.store.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Sees to it that no server outlives the JVM that started it, even when that is killed: a shell that reads who was started and
 * who has ended from this JVM, and kills the rest and removes their files when the pipe closes. Safe for use from any thread.
 */
final class Reaper {
    private static final String SCRIPT = "pids=' '; trap '' INT TERM HUP;"
            + " while read -r sign pid; do case $sign in"
            + " +) pids=\"$pids$pid \";;"
            + " -) pids=\"${pids%% $pid *} ${pids#* $pid }\";;"
            + " esac; done;"
            + " for pid in $pids; do kill -9 \"$pid\" 2>/dev/null; done; rm -rf \"$0\"";

    private static final Reaper INSTANCE = new Reaper();

    private final Path root;
    private final Writer toShell;

    private Reaper() {
        try {
            root = Files.createTempDirectory("parley-redis");
            Process shell = new ProcessBuilder("/bin/sh", "-c", SCRIPT, root.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            toShell = shell.outputWriter(StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new directory that is removed at the end. */
    static Path newDirectory() {
        try {
            return Files.createTempDirectory(INSTANCE.root, "server");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Notes a process that was started. */
    static void started(Process process) {
        INSTANCE.tell("+ ", process);
    }

    /** Notes that a process has ended. */
    static void ended(Process process) {
        INSTANCE.tell("- ", process);
    }

    private synchronized void tell(String sign, Process process) {
        try {
            toShell.write(sign + process.pid() + "\n");
            toShell.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
