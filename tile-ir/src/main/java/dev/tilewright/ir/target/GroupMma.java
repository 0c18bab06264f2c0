package dev.tilewright.ir.target;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.LayoutBuilder;
import dev.tilewright.layout.Space;

/**
 * A family of matrix instructions of a warp group: d = a · b + d with a m×k, b k×n, for every n
 * that is a multiple of {@code nStep} up to {@code nMost}. Executed asynchronously; a is in shared
 * memory or registers, b in shared memory, each described to the instruction by where it lies.
 *
 * @param name how code generators know it, with {@code nN} for n: {@code
 *     wgmma.m64nNk16.f32.bf16.bf16}
 * @param otherMajor whether operands in shared memory may also lie with m, or n, contiguous; k
 *     always may
 * @param aLayout of a in registers: (register, lane, warp) to (dim0 = m, dim1 = k)
 * @param accumulatorLayout for n = nStep: (register, lane, warp) to (dim0 = m, dim1 = n); wider
 *     ones repeat it along n
 */
public record GroupMma(
    String name,
    int m,
    int nStep,
    int nMost,
    int k,
    DType a,
    DType b,
    DType accumulator,
    boolean otherMajor,
    Layout aLayout,
    Layout accumulatorLayout) {

  /** The name of the instruction for one n. */
  public String at(int n) {
    return name.replace("nN", "n" + n);
  }

  /** The n of an instruction of this family. */
  public int width(String instruction) {
    return Integer.parseInt(betweenNames(instruction));
  }

  /** What an instruction has where the family's name has {@code N}. */
  private String betweenNames(String instruction) {
    int before = name.indexOf("nN") + 1;
    int after = name.length() - before - 1;
    return instruction.substring(before, instruction.length() - after);
  }

  /** The accumulators of the instruction for that n: (register, lane, warp) to (dim0, dim1). */
  public Layout accumulator(int n) {
    LayoutBuilder layout = Layout.into(Space.tile(m, n)).digit(Axis.REGISTER, 1);
    accumulatorLayout.digits().forEach(layout::digit);
    return layout.digit(Axis.REGISTER, n / nStep, Axis.dim(1), nStep).build();
  }

  /** Whether there is an instruction for that n. */
  public boolean has(int n) {
    return n > 0 && n % nStep == 0 && n <= nMost;
  }

  /** Whether {@code instruction} is {@link #at} some n. */
  public boolean includes(String instruction) {
    String[] around = name.split("nN", 2);
    return instruction.startsWith(around[0] + "n")
        && instruction.endsWith(around[1])
        && betweenNames(instruction).chars().allMatch(Character::isDigit);
  }
}
