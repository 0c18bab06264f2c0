package dev.tilewright.ir.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.text.Parser;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of the staged form: one function that keeps them, and one that breaks each. */
class StagedVerifierTest {
  private static final String LAYOUTS =
      """
      #0 = [register:4 -> dim1*1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)
      #1 = [register:4 -> dim0*1, lane:4 -> dim1*1, warp:2 -> dim1*4] : (dim0:4, dim1:8)
      #2 = [register:4 -> dim0*1, lane:4 -> dim1*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)
      #3 = [register:1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8)
      #4 = [register:4 -> dim1*1, lane:4 -> dim0*1] : (dim0:8, dim1:4)
      #5 = [register:2 -> dim1*1, lane:8 -> dim0*1, warp:2 -> dim1*2] : (dim0:8, dim1:4)
      #6 = [register:4, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)
      #7 = [register:1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:1)
      #8 = [dim0:2 -> offset*32, dim1:8 -> offset*4, dim2:4 -> offset*1] : (offset:64)
      #9 = [dim0:8 -> offset*4, dim1:4 -> offset*1] : (offset:32)
      #10 = [dim0:8 -> offset*1, dim1:4 -> offset*8] : (offset:32)
      #11 = [dim0:8 -> offset*1, dim1:4] : (offset:8)
      #13 = [register:8 -> dim1*1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:8)
      #12 = [register:1, lane:4 -> dim0*1, warp:2] : (dim0:4)
      #14 = [register:4 -> dim1*1, lane:4 -> dim0*2, warp:2 -> dim0*1] : (dim0:8, dim1:4)
      #15 = [dim0:8 -> offset*2, dim1:4 -> offset*16] : (offset:63)
      """;

  private static String problems(String launch, String body) {
    return Verifier.verifyStaged(
            Parser.parse(
                LAYOUTS
                    + "kernel @f(%a = in a [8, 4] unit 1 align 2 : tensor<f16, rank 2>) grid (1) "
                    + launch
                    + " {\n"
                    + "%t = constant 1.0 : tile<8x4xf16, #0>\n"
                    + "%i = constant 0 : i32\n"
                    + body.replace(" ; ", "\n")
                    + "\n}\n"))
        .stream()
        .map(p -> p.code() + " " + p.message())
        .collect(Collectors.joining(" & "));
  }

  private static final String LAUNCH = "launch(target \"sm_80\", warps 2, shared 256)";

  @Test
  void aStagedFunctionPasses() {
    assertEquals(
        "",
        problems(
            LAUNCH,
            """
            %r = shared_alloc at 0 : shared<2x8x4xf16, #8>
            %s = shared_slice %r[%i] : shared<8x4xf16, #9>
            copy_async %a[%i, %i] to %s layout #0
            async_commit
            async_wait 0
            barrier
            %u = shared_load %s : tile<8x4xf16, #0>
            %v = add %t, %u : tile<8x4xf16, #0>
            %c = convert_layout %v : tile<8x4xf16, #2>
            %w = transpose %v [1, 0] : tile<4x8xf16, #1>
            %x = reduce %v axis 1 : tile<8xf16, #3> (%p: f16, %q: f16) {
              %z = add %p, %q : f16
              yield %z
            }
            %y = reshape %x : tile<8x1xf16, #7>
            %b = broadcast %y : tile<8x4xf16, #0>
            barrier
            %o = shared_alloc at 0 : shared<8x4xf16, #10>
            shared_store %b to %o\
            """));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          %u = neg %t : tile<8x4xf16> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' %3 has no layout; AssignLayouts must give it one
          %u = neg %t : tile<8x4xf16, #1> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' the layout of %3 goes from (register:4, lane:4, warp:2) to (dim0:4, dim1:8); expected (register, lane, warp) to (dim0:8, dim1:4)
          %u = neg %t : tile<8x4xf16, #4> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' the layout of %3 is for 1 warps; 2 execute this & TW-V12 in '%3 = neg %1 : tile<8x4xf16>' the layout of %3 leaves element 16 (row-major) of the tile to no thread: [register:4 -> dim1*1, lane:4 -> dim0*1] : (dim0:8, dim1:4)
          %u = neg %t : tile<8x4xf16, #5> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' the layout of %3 is for 8 lanes; others are for 4
          %u = neg %t : tile<8x4xf16, #6> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' the layout of %3 leaves element 1 (row-major) of the tile to no thread: [register:4, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)
          %u = neg %t : tile<8x4xf16, #2> | TW-V12 in '%3 = neg %1 : tile<8x4xf16>' %1 has type tile<8x4xf16, [register:4 -> dim1*1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)>, but %3 has tile<8x4xf16, [register:4 -> dim0*1, lane:4 -> dim1*1, warp:2 -> dim0*4] : (dim0:8, dim1:4)>; their layouts must be equal: convert one
          %u = convert_layout %t : tile<8x4xf16, #14> | TW-V12 in '%3 = convert_layout %1 : tile<8x4xf16>' from [register:4 -> dim1*1, lane:4 -> dim0*1, warp:2 -> dim0*4] : (dim0:8, dim1:4) to [register:4 -> dim1*1, lane:4 -> dim0*2, warp:2 -> dim0*1] : (dim0:8, dim1:4) is no renaming and no warp shuffles do it: a warp needs what another one holds, lanes read from no linear choice of lanes, or more than two bits of the lane change places with bits of the register; convert through shared memory
          %u = constant 1.0 : tile<8x4xf16, #2> ; %v = reduce %u axis 0 : tile<4xf16, #12> (%p: f16, %q: f16) { yield %p } | TW-V12 in '%4 = reduce %3 axis 0 : tile<4xf16> (%5: f16, %6: f16)' dimension 0 is spread over warps by [register:4 -> dim0*1, lane:4 -> dim1*1, warp:2 -> dim0*4] : (dim0:8, dim1:4); convert it to registers and lanes
          %u = shared_alloc : shared<8x4xf16, #9> | TW-V13 in '%3 = shared_alloc : shared<8x4xf16>' the buffer has no offset; PlanMemory must place it
          %u = shared_alloc at 0 : shared<8x4xf16> | TW-V12 in '%3 = shared_alloc at 0 : shared<8x4xf16>' %3 has no layout; PlanMemory must give it one
          %u = shared_alloc at 1 : shared<8x4xf16, #9> | TW-V13 in '%3 = shared_alloc at 1 : shared<8x4xf16>' the offset 1 is not a multiple of 2, the element's size in bytes
          %u = shared_alloc at 224 : shared<8x4xf16, #9> | TW-V13 in '%3 = shared_alloc at 224 : shared<8x4xf16>' the buffer ends at byte 288; the launch has 256 bytes of shared memory
          %u = shared_alloc at 0 : shared<8x4xf16, #8> | TW-V12 in '%3 = shared_alloc at 0 : shared<8x4xf16>' the layout of %3 goes from (dim0:2, dim1:8, dim2:4) to (offset:64); expected (dim0:8, dim1:4) to (offset)
          %u = shared_alloc at 0 : shared<8x4xf16, #11> | TW-V12 in '%3 = shared_alloc at 0 : shared<8x4xf16>' the layout of %3 puts two elements at offset 0: [dim0:8 -> offset*1, dim1:4] : (offset:8)
          %u = shared_alloc at 0 : shared<8x4xf16, #9> ; %v = shared_alloc at 32 : shared<8x4xf16, #9> ; shared_store %t to %u | TW-V13 in '%4 = shared_alloc at 32 : shared<8x4xf16>' the buffer takes bytes 32 to 96 while %3 lives in bytes 0 to 64; place them apart
          %u = shared_alloc at 0 : shared<2x8x4xf16, #8> ; %v = shared_slice %u[%i] : shared<8x4xf16, #15> | TW-V12 in '%4 = shared_slice %3[%2] : shared<8x4xf16>' stage 1 of the buffer, laid out by [dim0:2 -> offset*32, dim1:8 -> offset*4, dim2:4 -> offset*1] : (offset:64), begins at 32; stages of offsets 0 to 62 need equal distances of more than that
          %u = shared_alloc at 0 : shared<8x4xf16, #9> ; copy_async %a[%i, %i] to %u | TW-V12 in 'copy_async %0[%2, %2] to %3' the copy has no layout; AssignLayouts must give it one
          """)
  void brokenRulesOfLayoutsAndMemoryAreNamed(String body, String expected) {
    assertEquals(expected, problems(LAUNCH, body));
  }

  @Test
  void aLaunchIsNeeded() {
    assertEquals(
        "TW-V11 kernel f has no launch; the number of warps must be chosen", problems("", ""));
    assertEquals(
        "TW-V11 0 warps in a block; expected 1 or more",
        problems("launch(target \"sm_80\", warps 0, shared 256)", ""));
  }

  @Test
  void aMatrixInstructionIsNeeded() {
    assertEquals(
        "TW-V12 in '%5 = mma %3, %1, %4 : tile<8x4xf16>' no matrix instruction is chosen;"
            + " SelectMma must run before",
        problems(
            LAUNCH,
            """
            %l = constant 1.0 : tile<8x8xf16, #13>
            %c = constant 1.0 : tile<8x4xf16, #0>
            %d = mma %l, %t, %c : tile<8x4xf16, #0>\
            """));
  }
}
