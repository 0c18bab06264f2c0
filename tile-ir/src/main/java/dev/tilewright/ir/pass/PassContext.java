package dev.tilewright.ir.pass;

import dev.tilewright.ir.target.Target;

/**
 * What passes may look at besides the function.
 *
 * @param target what is compiled for
 * @param schedule the choices made for this compilation
 * @param report where a pass says what it chose, and why it did not do more
 */
public record PassContext(Target target, Schedule schedule, CompileReport report) {}
