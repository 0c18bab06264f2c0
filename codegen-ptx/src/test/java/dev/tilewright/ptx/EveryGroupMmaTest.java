package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.dtype.IntType;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.thread.AsyncThreadOp;
import dev.tilewright.ir.thread.ThreadBuilder;
import dev.tilewright.ir.thread.ThreadFunction;
import dev.tilewright.ir.thread.ThreadOp;
import dev.tilewright.ir.thread.ThreadParameter;
import dev.tilewright.ir.thread.ThreadType;
import dev.tilewright.ir.thread.ThreadValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products of a warp group: every family, assembled without advice to the contrary. */
class EveryGroupMmaTest {
  private final ThreadValue global = new ThreadValue(0, ThreadType.I64);
  private final ThreadValue accumulate = new ThreadValue(1, ThreadType.PREDICATE);
  private final ThreadBuilder out = new ThreadBuilder(2);

  static List<GroupMma> families() {
    return NvidiaTargetsTest.groupFamilies();
  }

  private String text() {
    ThreadFunction function =
        new ThreadFunction(
            "products",
            "sm_90a",
            List.of(
                new ThreadParameter.Pointer("x", global),
                new ThreadParameter.Scalar("p", accumulate)),
            128,
            1 << 16,
            out.block(List.of()));
    return new PtxBackend().generate(function, NvidiaTargets.SM_90A).text();
  }

  private ThreadValue load(ThreadType type) {
    ThreadValue result = out.fresh(type);
    out.add(new ThreadOp.GlobalLoad(result, global, 16, Optional.empty(), out.location()));
    return result;
  }

  private ThreadValue descriptor(int offset) {
    ThreadValue zero = out.i32(0);
    ThreadValue result = out.fresh(ThreadType.I64);
    out.add(new ThreadOp.MatrixDescriptor(result, zero, offset, 1L << 62, out.location()));
    return result;
  }

  private List<ThreadValue> registersA(GroupMma family) {
    List<ThreadValue> a = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      a.add(load(new ThreadType(family.a(), 32 / family.a().bits())));
    }
    return a;
  }

  private List<ThreadValue> multiply(
      GroupMma family,
      int n,
      List<ThreadValue> a,
      List<ThreadValue> c,
      Optional<ThreadValue> predicate,
      boolean transpose) {
    int perRegister = 32 / family.accumulator().bits();
    List<ThreadValue> results = new ArrayList<>();
    for (int i = 0; i < n / 2 / perRegister; i++) {
      results.add(out.fresh(new ThreadType(family.accumulator(), perRegister)));
    }
    out.add(
        new AsyncThreadOp.GroupMma(
            family.at(n),
            results,
            a,
            descriptor(32768),
            c,
            predicate,
            transpose && a.size() == 1,
            transpose,
            out.location()));
    return results;
  }

  private void fence() {
    out.add(new AsyncThreadOp.GroupMmaFence(out.location()));
  }

  private List<ThreadValue> ended(List<ThreadValue> values) {
    out.add(new AsyncThreadOp.GroupMmaCommit(out.location()));
    return AsyncThreadOp.GroupMmaWait.of(values, 0, out).results();
  }

  private void store(List<ThreadValue> values) {
    values.forEach(
        v -> out.add(new ThreadOp.GlobalStore(global, 0, v, Optional.empty(), out.location())));
  }

  private static Ptxas.Assembly assemble(String text) {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    return Ptxas.require().assemble(text, "sm_90a");
  }

  @ParameterizedTest
  @MethodSource("families")
  void assembles(GroupMma family) {
    for (int n : new int[] {family.nStep(), 3 * family.nStep(), 64, 208}) {
      assertTrue(family.has(n));
      List<ThreadValue> a = registersA(family);
      fence();
      List<ThreadValue> first =
          multiply(family, n, List.of(descriptor(0)), List.of(), Optional.empty(), false);
      List<ThreadValue> second =
          multiply(
              family, n, List.of(descriptor(64)), first, Optional.empty(), family.otherMajor());
      List<ThreadValue> sum = ended(second);
      fence();
      List<ThreadValue> third =
          multiply(family, n, a, sum, Optional.of(accumulate), family.otherMajor());
      store(ended(third));
    }
    assertEquals(List.of(), assemble(text()).warnings());
  }

  /** Between a fence and its commit no register is moved. */
  @Test
  void copiesComeBeforeTheFence() {
    GroupMma family = families().getFirst();
    ThreadType type = ThreadType.scalar(family.accumulator());
    ThreadValue zero = out.constant(type, Literal.of(0.0));
    fence();
    List<ThreadValue> first =
        multiply(
            family,
            64,
            List.of(descriptor(0)),
            Collections.nCopies(32, zero),
            Optional.empty(),
            false);
    List<ThreadValue> sum = ended(first);
    fence();
    List<ThreadValue> second =
        multiply(family, 64, List.of(descriptor(0)), sum, Optional.empty(), false);
    store(ended(second));
    store(sum);
    String text = text();
    int inside = 0;
    boolean open = false;
    for (String line : text.lines().toList()) {
      open = (open || line.contains("wgmma.fence")) && !line.contains("wgmma.commit_group");
      inside += open && line.contains("mov.f32") ? 1 : 0;
    }
    assertEquals(0, inside, text);
    assertEquals(64, text.split("mov\\.f32", -1).length - 1, "32 zeros, 32 copies");
    assertEquals(List.of(), assemble(text).warnings());
  }

  /** A loop adds in place, with one product in flight, and so does the next loop. */
  @Test
  void loopsAddInPlace() {
    GroupMma family = families().get(1);
    ThreadValue zero = out.constant(ThreadType.F32, Literal.of(0.0));
    List<ThreadValue> sum = Collections.nCopies(128, zero);
    ThreadValue steps = load(ThreadType.I32);
    for (int i = 0; i < 2; i++) {
      sum =
          out.forLoop(
              out.i32(0),
              steps,
              out.i32(1),
              sum,
              arguments -> {
                fence();
                List<ThreadValue> next =
                    multiply(
                        family,
                        256,
                        List.of(descriptor(0)),
                        arguments.subList(1, 129),
                        Optional.empty(),
                        true);
                out.add(new AsyncThreadOp.GroupMmaCommit(out.location()));
                AsyncThreadOp.GroupMmaWait.of(List.of(), 1, out);
                return next;
              });
    }
    store(AsyncThreadOp.GroupMmaWait.of(sum, 0, out).results());
    String text = text();
    assertEquals(128, text.split("mov\\.f32", -1).length - 1, "only the zeros are moved");
    Ptxas.Assembly assembly = assemble(text);
    assertEquals(List.of(), assembly.warnings());
    assertEquals(0, assembly.stackBytes());
  }

  @Test
  void whatIsInFlightIsNotRead() {
    GroupMma family = families().getFirst();
    fence();
    List<ThreadValue> sum =
        multiply(family, 64, List.of(descriptor(0)), List.of(), Optional.empty(), false);
    out.add(new AsyncThreadOp.GroupMmaCommit(out.location()));
    store(sum);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, this::text);
    assertTrue(
        String.valueOf(e.getMessage())
            .startsWith("reads a matrix product without having waited for it: global_store"),
        e.getMessage());
  }

  @Test
  void aProductWithoutItsFenceIsRefused() {
    GroupMma family = families().getFirst();
    multiply(family, 64, List.of(descriptor(0)), List.of(), Optional.empty(), false);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, this::text);
    assertTrue(
        String.valueOf(e.getMessage()).startsWith("a matrix product outside of a fence"),
        e.getMessage());
  }

  @Test
  void onlyHalvesMayLieTheOtherWay() {
    GroupMma family =
        families().stream().filter(f -> f.a() instanceof IntType).findFirst().orElseThrow();
    fence();
    List<ThreadValue> sum =
        multiply(family, 64, List.of(descriptor(0)), List.of(), Optional.empty(), true);
    ended(sum);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, this::text);
    assertEquals(family.at(64) + " takes matrices with k contiguous only", e.getMessage());
  }
}
