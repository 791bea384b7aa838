/**
 * Microbenchmarks of the steps that every message takes: decode, append to the embedded store, encode. Built with the profile
 * {@code bench} and run by {@code java -cp loadtest/target/parley-loadtest.jar org.openjdk.jmh.Main -prof gc}, on JMH's own
 * threads. Allocation per operation is the steadier figure on a shared machine.
 */
@NullMarked
package dev.parley.loadtest.micro;

import org.jspecify.annotations.NullMarked;
