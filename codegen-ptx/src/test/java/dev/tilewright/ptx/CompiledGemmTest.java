package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.ir.expand.ExpandTiles;
import dev.tilewright.ir.pass.CompileReport;
import dev.tilewright.ir.pass.PassContext;
import dev.tilewright.ir.pass.Pipeline;
import dev.tilewright.ir.pass.Schedule;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.ir.thread.ThreadFunction;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products through the whole compiler: assembled, without a spill or a warning. */
class CompiledGemmTest {
  private static final String GEMM =
      """
      kernel @gemm(
        %m = dim m : i32, %n = dim n : i32, %k = dim k : i32,
        %a = in a [m, k] unit 1 align 16 : tensor<{in}, rank 2>,
        %b = in b [n, k] unit 1 align 16 : tensor<{in}, rank 2>,
        %c = out c [m, n] unit 1 align 16 : tensor<{out}, rank 2>
      ) grid (ceildiv(m, {bm}), ceildiv(n, {bn})) {
        %i = program_id 0 : i32
        %j = program_id 1 : i32
        %em = constant {bm} : i32
        %en = constant {bn} : i32
        %row = mul %i, %em : i32
        %col = mul %j, %en : i32
        %first = constant 0 : i32
        %step = constant {bk} : i32
        %start = constant {zero} : tile<{bm}x{bn}x{acc}>
        %sum = for %l = %first to %k step %step carry (%s = %start) : tile<{bm}x{bn}x{acc}> {
          %x = load %a[%row checked, %l checked] fill {zero} : tile<{bm}x{bk}x{in}>
          %y = load %b[%col checked, %l checked] fill {zero} : tile<{bn}x{bk}x{in}>
          %z = transpose %y [1, 0] : tile<{bk}x{bn}x{in}>
          %t = mma %x, %z, %s : tile<{bm}x{bn}x{acc}>
          yield %t
        }
        %o = cast %sum nearest_even : tile<{bm}x{bn}x{out}>
        store %o to %c[%row checked, %col checked]
      }
      """;

  /** One configuration of the kernel. */
  record Shape(String in, String acc, String out, int bm, int bn, int bk) {
    ThreadFunction expand(Target target) {
      String zero = acc.startsWith("i") ? "0" : "0.0";
      String text =
          GEMM.replace("{in}", in)
              .replace("{acc}", acc)
              .replace("{out}", out)
              .replace("{bm}", "" + bm)
              .replace("{bn}", "" + bn)
              .replace("{bk}", "" + bk)
              .replace("{zero}", zero);
      PassContext context = new PassContext(target, Schedule.AUTOMATIC, new CompileReport());
      return ExpandTiles.expand(Pipeline.run(Parser.parse(text), context, (_, _) -> {}), target);
    }
  }

  private static final Shape LARGE = new Shape("f16", "f32", "f16", 128, 128, 32);

  static Stream<Shape> shapes() {
    return Stream.of(
        LARGE,
        new Shape("bf16", "f32", "bf16", 128, 64, 32),
        new Shape("tf32", "f32", "f32", 64, 64, 16),
        new Shape("i8", "i32", "i32", 64, 128, 64),
        new Shape("f16", "f16", "f16", 64, 64, 32),
        new Shape("f16", "f32", "f32", 16, 8, 16));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void assemblesForEveryTarget(Shape shape) {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    for (Target target : NvidiaTargets.ALL) {
      String text = new PtxBackend().generate(shape.expand(target), target).text();
      Ptxas.Assembly assembly = Ptxas.require().assemble(text, target.name());
      assertEquals(List.of(), assembly.warnings(), target.name());
      assertEquals(0, assembly.spillStoreBytes() + assembly.spillLoadBytes(), target.name());
      assertEquals(0, assembly.stackBytes(), target.name());
    }
  }

  /** What the loop over k does for each of its eight copies: nothing that could be done before. */
  @Test
  void theInnerLoopHasNoAddressArithmeticToSpare() {
    String text =
        new PtxBackend().generate(LARGE.expand(NvidiaTargets.SM_80), NvidiaTargets.SM_80).text();
    List<String> lines = text.lines().toList();
    // Only the loop branches backwards, and it begins by waiting.
    int head = lines.indexOf("\tcp.async.wait_group 2;");
    String label = lines.get(head - 1).replace(":", "");
    int end = lines.size() - 1;
    while (!lines.get(end).endsWith("bra.uni " + label + ";")) {
      end--;
    }
    List<String> loop = lines.subList(head, end);
    assertEquals(0, count(loop, "mul\\.|mad\\.|cvt\\.|div\\.|rem\\."), "multiplications");
    assertEquals(8, count(loop, "cp\\.async\\.cg"));
    assertEquals(8, count(loop, "add\\.s64"), "a bump for each pointer");
    assertEquals(64, count(loop, "mma\\.sync"));
    assertEquals(0, count(loop, "mov\\.f32"), "accumulators are added to in place");
  }

  private static long count(List<String> lines, String pattern) {
    return lines.stream()
        .filter(line -> line.matches("\\s*(@!?%p\\d+ )?(" + pattern + ").*"))
        .count();
  }

  @Test
  void sameInputSameText() {
    Target target = NvidiaTargets.SM_90;
    String first = new PtxBackend().generate(LARGE.expand(target), target).text();
    assertEquals(first, new PtxBackend().generate(LARGE.expand(target), target).text());
    assertTrue(first.lines().count() > 500);
  }
}
