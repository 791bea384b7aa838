/**
 * A small agent that shows what a gateway does, and how to write an agent on {@link dev.parley.client.ParleyClient}. Its main
 * class is {@link dev.parley.client.sample.SampleAgent}; all of its own work runs on one thread.
 */
@NullMarked
package dev.parley.client.sample;

import org.jspecify.annotations.NullMarked;
