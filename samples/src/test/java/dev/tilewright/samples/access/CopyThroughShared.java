package dev.tilewright.samples.access;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.pass.Simplify;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.Axis;
import dev.tilewright.layout.SizeExpr;
import dev.tilewright.ptx.NvidiaTargets;
import dev.tilewright.ptx.PtxBackend;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.samples.StagedImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The kernel that makes a {@link RandomAccess}: staged tile IR, written as if the passes had chosen
 * those layouts, and compiled to PTX.
 *
 * @param alignment what the code may assume of both tensors, in bytes
 */
record CopyThroughShared(RandomAccess access, int alignment) {
  private static final int SHARED_OFFSET = 128;

  static Target target(RandomAccess access) {
    Target t = NvidiaTargets.SM_80;
    return new Target(
        t.name(),
        t.lanes(),
        t.sharedBytesPerBlock(),
        t.registersPerThread(),
        t.maxThreadsPerBlock(),
        t.vectorBytes().stream().filter(bytes -> bytes <= access.vectorBytes()).toList(),
        t.asyncCopyBytes(),
        access.matrixLoads(),
        t.sharedBanks(),
        t.mmaInstructions());
  }

  KernelImage image() {
    KernelFunction staged = staged();
    Verifier.verifyStagedOrThrow(staged);
    ThreadFunction threads = Simplify.run(ExpandTiles.expand(staged, target(access)));
    return StagedImage.of(staged, threads, new PtxBackend(), NvidiaTargets.SM_80);
  }

  private List<SizeExpr> sizes() {
    return access.shape().stream().<SizeExpr>map(n -> new SizeExpr.Constant(n)).toList();
  }

  private KernelFunction staged() {
    OpBuilder b = new OpBuilder(0);
    Value x = b.fresh(new Type.Tensor(access.dtype(), 2));
    Value y = b.fresh(new Type.Tensor(access.dtype(), 2));
    List<Value> origin = List.of(b.i32(0), b.i32(0));
    List<Boolean> inside = List.of(false, false);
    Type.Tile written =
        new Type.Tile(access.shape(), access.dtype(), Optional.of(access.written()));
    Type.Tile read = new Type.Tile(access.shape(), access.dtype(), Optional.of(access.read()));
    Type.Shared buffer =
        new Type.Shared(access.shape(), access.dtype(), Optional.of(access.shared()));

    Value tile =
        b.add(new Op.Load(b.fresh(written), x, origin, inside, zero(), b.location())).result();
    Value shared =
        b.add(new Op.SharedAlloc(b.fresh(buffer), OptionalInt.of(SHARED_OFFSET), b.location()))
            .result();
    b.sharedStore(shared, tile);
    b.barrier();
    b.store(y, origin, b.sharedLoad(shared, read), inside);

    long bytes = access.shared().codomain().extent(Axis.OFFSET) * access.dtype().bits() / Byte.SIZE;
    return new KernelFunction(
        "copy",
        List.of(tensor("x", x, Parameter.Access.IN), tensor("y", y, Parameter.Access.OUT)),
        List.of(new SizeExpr.Constant(1)),
        Optional.of(
            new KernelFunction.Launch(
                "sm_80", access.warps(), SHARED_OFFSET + Math.toIntExact(bytes))),
        b.block(List.of()));
  }

  private Literal zero() {
    return Literal.zero(access.dtype());
  }

  private Parameter.Tensor tensor(String name, Value value, Parameter.Access direction) {
    return new Parameter.Tensor(
        name, value, sizes(), direction, access.unit(), alignment, Location.UNKNOWN);
  }
}
