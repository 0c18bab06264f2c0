/**
 * Modulo scheduling of loops: which operation of which iteration is executed when, so that
 * iterations overlap and no unit is asked for two things at once.
 */
@NullMarked
package dev.tilewright.ir.schedule;

import org.jspecify.annotations.NullMarked;
