/**
 * Weights of few bits as kernels read them: in which order their codes lie, what scales and zero
 * points make of the codes, and how a matrix of numbers becomes such weights. Needs no compiler and
 * no device.
 */
@NullMarked
package dev.tilewright.layout.weights;

import org.jspecify.annotations.NullMarked;
