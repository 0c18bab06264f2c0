package dev.tilewright.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.ir.AsyncOp;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.verify.Verifier;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roles, asynchronous references, bulk copies and barriers as text. */
class AsyncTextTest {

  /** Every asynchronous operation and type, as the printer writes it. */
  private static final String TEXT =
      """
      #0 = [dim0:2 -> offset*8, dim1:8 -> offset*1] : (offset:16)
      #1 = [dim0:8 -> offset*1] : (offset:8)

      kernel @f(
          %0 = in a [64] unit 0 align 16 : tensor<f16, rank 1>,
          %1 = out b [64] unit 0 align 16 : tensor<f16, rank 1>
      ) grid (1) launch(target "sm_90a", warps 8, shared 1024) {
        %2 = constant 0 : i32
        %3 = shared_alloc at 0 : shared<2x8xf16, #0>
        %4 = aref_create %3 : aref<2, shared<8xf16, #1>> loc("A.java":3 in "a.A")
        %5 = shared_alloc : shared<1x8x8xf16>
        %6 = shared_alloc : shared<1x8x8xf16>
        %7 = aref_create %5, %6 : aref<1, cluster, shared<8x8xf16>, shared<8x8xf16>>
        %8 = mbarrier_create arrivals 1 at 512 : mbarriers<2>
        %9 = mbarrier_create arrivals 4 : mbarriers<1>
        roles {
          role "producer" warps 4 registers 40 single {
            %10, %11 = acquire_write %4 : write_token, shared<8xf16, #1>
            bulk_load %0[%2] to %11
            commit %10 bulk loc("A.java":5 in "a.A")
            mbarrier_expect %8[%2] bytes 16
            bulk_load %0[%2] to %11 counted_by %8[%2]
            %12, %13, %14 = acquire_write %7 : write_token, shared<8x8xf16>, shared<8x8xf16>
            commit %12 copy_group
            yield
          }
          role "two words" warps 4 {
            %15, %16 = acquire_read %4 : read_token, shared<8xf16, #1>
            release %15
            %17, %18, %19 = acquire_read %7 : read_token, shared<8x8xf16>, shared<8x8xf16>
            %20 = constant 0.0 : tile<8x8xf32>
            %21, %22 = mma_async %18, %19 transposed, %20 using "wgmma \\"x\\"" : tile<8x8xf32>, pending
            %23, %24 = mma_async %18 transposed, %19, %21 : tile<8x8xf32>, pending
            release %17 after %22, %24
            %25 = mma_wait %23 pending 1 : tile<8x8xf32>
            mma_wait pending 0
            mbarrier_wait %8[%2] parity %2
            mbarrier_arrive %9[%2]
            proxy_fence
            bulk_store %16 to %1[%2]
            bulk_commit
            bulk_wait 0
            yield
          }
        }
      }
      """;

  @Test
  void printingIsTheInverseOfParsing() {
    assertEquals(TEXT, Printer.print(Parser.parse(TEXT)));
    KernelFunction f = Parser.parse(TEXT);
    assertEquals(f, Parser.parse(Printer.print(f)));
    // As a whole it makes no sense; its operations do.
    assertEquals(List.of(), Verifier.wellFormed(f));
  }

  @Test
  void theTextHasEveryAsynchronousOperation() {
    Set<Class<?>> seen = new HashSet<>();
    Traversal.ops(Parser.parse(TEXT)).forEach(op -> seen.add(op.getClass()));
    Arrays.stream(AsyncOp.class.getDeclaredClasses())
        .filter(Op.class::isAssignableFrom)
        .forEach(c -> assertEquals(true, seen.contains(c), c.getSimpleName()));
  }

  @Test
  void rolesMayBeNoneAndHaveALocation() {
    String text =
        """
        kernel @f() grid (1) {
          roles loc("A.java":7 in "a.A") {
          }
        }
        """;
    assertEquals(text, Printer.print(Parser.parse(text)));
  }

  @Test
  void aHeadlineIsOneLine() {
    List<String> headlines =
        Traversal.ops(Parser.parse(TEXT))
            .filter(op -> op instanceof AsyncOp.Roles || op instanceof AsyncOp.ArefCreate)
            .map(Printer::headline)
            .toList();
    assertEquals(
        List.of(
            "%4 = aref_create %3 : aref<2, shared<8xf16>>",
            "%7 = aref_create %5, %6 : aref<1, cluster, shared<8x8xf16>, shared<8x8xf16>>",
            "roles"),
        headlines);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          %1 = commit %0 bulk : i32 | 2:6: 'commit' cannot have 1 results
          acquire_read %0 | 2:1: 'acquire_read' cannot have 0 results
          %1 = mma_async %0, %0, %0 : f32 | 2:6: 'mma_async' cannot have 1 results
          %1 = aref_create %0 : aref<0, shared<8xf16>> | 2:28: an aref has one slot or more, not 0
          %1 = aref_create %0 : aref<1, f16> | 2:31: a slot holds shared buffers; expected a type such as shared<8xf16>
          commit %0 maybe | 2:11: expected 'mma', 'bulk', 'copy_group', 'generic', found 'maybe'
          """)
  void errorsPointToThePlace(String body, String message) {
    ParseException e =
        assertThrows(
            ParseException.class,
            () -> Parser.parse("kernel @f(%0 = dim m : i32) grid (m) {\n" + body + "\n}\n"));
    assertEquals(message, e.getMessage());
  }
}
