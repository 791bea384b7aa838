/** Holds the README and the documents under {@code docs/} to the code: run by the tests alone, on their thread. */
@NullMarked
package dev.parley.docs;

import org.jspecify.annotations.NullMarked;
