package dev.tilewright.ir.target;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.Layout;

/**
 * A matrix instruction of one warp: d = a · b + c with a m×k, b k×n, c and d m×n.
 *
 * @param name unique within the target; code generators know it by this name
 * @param aLayout (register, lane) to (dim0 = m, dim1 = k); registers count elements
 * @param bLayout (register, lane) to (dim0 = k, dim1 = n)
 * @param cLayout (register, lane) to (dim0 = m, dim1 = n), for c and d
 */
public record MmaInstruction(
    String name,
    int m,
    int n,
    int k,
    DType a,
    DType b,
    DType accumulator,
    Layout aLayout,
    Layout bLayout,
    Layout cLayout) {}
