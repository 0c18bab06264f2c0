package dev.tilewright.ir.random;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Parameter;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.layout.SizeExpr;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Reads of tensors and detours through shared memory, all within what is defined. */
final class RandomAccess {
  private final RandomBody body;
  private final Random random;
  private final OpBuilder b;
  private final List<Parameter> parameters;
  private final Map<String, Long> dimensions;

  RandomAccess(
      RandomBody body,
      Random random,
      OpBuilder b,
      List<Parameter> parameters,
      Map<String, Long> dimensions) {
    this.body = body;
    this.random = random;
    this.b = b;
    this.parameters = parameters;
    this.dimensions = dimensions;
  }

  List<Parameter.Tensor> outputs() {
    return tensors(Parameter.Access.OUT);
  }

  private List<Parameter.Tensor> tensors(Parameter.Access access) {
    return parameters.stream()
        .filter(Parameter.Tensor.class::isInstance)
        .map(Parameter.Tensor.class::cast)
        .filter(tensor -> tensor.access() == access)
        .toList();
  }

  Value dimension() {
    List<Parameter> all =
        parameters.stream().filter(Parameter.Dimension.class::isInstance).toList();
    return RandomBody.pick(random, all).value();
  }

  private record Place(List<Value> offsets, List<Boolean> bounds) {}

  Value load(List<Integer> wanted, Value somewhere) {
    Parameter.Tensor tensor = RandomBody.pick(random, tensors(Parameter.Access.IN));
    List<Integer> shape = fit(wanted, tensor.shape().size());
    Place place = place(tensor, shape, somewhere);
    return b.load(
        tensor.value(),
        shape,
        place.offsets(),
        place.bounds(),
        RandomLiterals.of(random, tensor.dtype()));
  }

  /** The tile after a way through a buffer. */
  Value throughShared(Value x) {
    Value buffer = b.sharedAlloc(new Type.Shared(x.tile().shape(), x.tile().dtype()));
    b.sharedStore(buffer, x);
    b.barrier();
    Value y = b.sharedLoad(buffer, x.tile());
    b.barrier();
    return y;
  }

  /** A block of a tensor, copied to one stage of a ring. */
  Value throughRing(List<Integer> wanted, Value somewhere) {
    Parameter.Tensor tensor = RandomBody.pick(random, tensors(Parameter.Access.IN));
    List<Integer> shape = fit(wanted, tensor.shape().size());
    List<Integer> ring = new ArrayList<>(shape);
    ring.addFirst(3);
    Value buffer = b.sharedAlloc(new Type.Shared(ring, tensor.dtype()));
    Value stage = b.sharedSlice(buffer, b.i32(random.nextInt(3)));
    Place place = place(tensor, shape, somewhere);
    b.copyAsync(stage, tensor.value(), place.offsets(), place.bounds(), Optional.empty());
    b.asyncCommit();
    int pending = random.nextInt(3);
    for (int i = 0; i < pending; i++) {
      b.asyncCommit();
    }
    b.asyncWait(pending);
    b.barrier();
    Value x = b.sharedLoad(stage, new Type.Tile(shape, tensor.dtype()));
    b.barrier();
    return x;
  }

  private List<Integer> fit(List<Integer> wanted, int rank) {
    List<Integer> shape = new ArrayList<>();
    for (int i = 0; i < rank; i++) {
      shape.add(i < wanted.size() ? wanted.get(i) : 2);
    }
    return shape;
  }

  /** Unchecked only at constant coordinates that are inside. */
  private Place place(Parameter.Tensor tensor, List<Integer> shape, Value somewhere) {
    List<Value> offsets = new ArrayList<>();
    List<Boolean> bounds = new ArrayList<>();
    for (int i = 0; i < shape.size(); i++) {
      SizeExpr size = tensor.shape().get(i);
      long room = size.evaluate(dimensions) - shape.get(i);
      boolean checked = room < 0 || random.nextBoolean();
      boolean known = somewhere.type().equals(new Type.Scalar(DType.I32)) && random.nextBoolean();
      if (!checked) {
        offsets.add(b.i32(random.nextInt((int) room + 1)));
      } else if (known) {
        offsets.add(somewhere);
      } else {
        offsets.add(body.like(new Type.Scalar(DType.I32)));
      }
      bounds.add(checked);
    }
    return new Place(offsets, bounds);
  }
}
