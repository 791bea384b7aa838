package dev.parley.loadtest;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Sends signals to processes that this program started. Blocks; any thread. */
final class Signals {
    private Signals() {}

    /** SIGSTOP: the process stands still, its sockets stay open, nothing is answered. */
    static void freeze(Process process) {
        send(process, "-STOP");
    }

    /** SIGCONT: a process that stands still goes on. */
    static void thaw(Process process) {
        send(process, "-CONT");
    }

    private static void send(Process process, String signal) {
        try {
            int exit = new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
            if (exit != 0 && process.isAlive()) {
                throw new LoadException("kill " + signal + " " + process.pid() + " failed with " + exit);
            }
        } catch (IOException e) {
            throw new LoadException("cannot send signals: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
    }

    /** SIGKILL, and waits until the process is gone. */
    static void kill(Process process) {
        process.destroyForcibly();
        awaitEnd(process, 10);
    }

    /** Waits until a process has ended; kills it when that takes longer than so many seconds. Answers whether it had to. */
    static boolean awaitEnd(Process process, long seconds) {
        try {
            if (process.waitFor(seconds, TimeUnit.SECONDS)) {
                return false;
            }
            process.destroyForcibly().waitFor();
            return true;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new LoadException("interrupted", e);
        }
    }
}
