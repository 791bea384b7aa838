/** The assembled gateway and its command line: builds every part by hand, one method per feature; starts, drains, closes. */
@NullMarked
package dev.parley.gateway;

import org.jspecify.annotations.NullMarked;
