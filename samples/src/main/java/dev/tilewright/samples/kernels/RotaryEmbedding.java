package dev.tilewright.samples.kernels;

import static dev.tilewright.dtype.DType.F32;

import dev.tilewright.Kernel;
import dev.tilewright.KernelBuilder;
import dev.tilewright.dtype.DType;
import java.util.List;

/**
 * Rotary position embedding: in every head, element i of the first half and element i of the second
 * are a point that is turned by the angle of its token's position (Su et al., <i>RoFormer</i>,
 * 2021; the halves as in GPT-NeoX and Llama). x and y are tokens×heads×dim; cosine and sine hold
 * the angles, tokens×(dim/2).
 *
 * @param dtype the element type of x and y
 * @param angles the element type of cosine and sine
 * @param tokens that a block turns
 * @param dim of a head: even, its half a power of two
 */
public record RotaryEmbedding(DType dtype, DType angles, int tokens, int dim) implements Kernel {

  @Override
  public void define(KernelBuilder k) {
    var n = k.dim("tokens");
    var heads = k.dim("heads");
    int half = dim / 2;
    var x = k.in("x", dtype, n, heads, k.dim(dim));
    var cosine = k.in("cosine", angles, n, k.dim(half));
    var sine = k.in("sine", angles, n, k.dim(half));
    var y = k.out("y", dtype, n, heads, k.dim(dim));
    var grid = k.grid2d(n.ceilDiv(tokens), heads);
    var zero = k.constant(0);
    var one = k.constant(1);
    var cos = cosine.tile(grid.row(), 0, tokens, half).cast(F32).expand(1);
    var sin = sine.tile(grid.row(), 0, tokens, half).cast(F32).expand(1);
    var first = x.tile(List.of(grid.row(), grid.col(), zero), tokens, 1, half).cast(F32);
    var second = x.tile(List.of(grid.row(), grid.col(), one), tokens, 1, half).cast(F32);
    y.tile(List.of(grid.row(), grid.col(), zero), tokens, 1, half)
        .set(first.times(cos).minus(second.times(sin)).cast(dtype));
    y.tile(List.of(grid.row(), grid.col(), one), tokens, 1, half)
        .set(second.times(cos).plus(first.times(sin)).cast(dtype));
  }
}
