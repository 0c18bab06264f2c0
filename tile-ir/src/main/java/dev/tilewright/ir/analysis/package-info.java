/**
 * What is known about the values of a function without running it. Analyses compute facts once per
 * function; passes and the expansion to thread IR ask the same ones, so that they never disagree.
 */
@NullMarked
package dev.tilewright.ir.analysis;

import org.jspecify.annotations.NullMarked;
