/** Tests of the catalogue: schemas against what is really written, evolution of params. */
@NullMarked
package dev.parley.protocol.catalog;

import org.jspecify.annotations.NullMarked;
