/**
 * What a store that is remote needs and an embedded one does not: a deadline for each call, and an eye on whether it answers at
 * all. Used by the assembly, which puts it between the store and everything else; called from any thread.
 */
@NullMarked
package dev.parley.gateway.availability;

import org.jspecify.annotations.NullMarked;
