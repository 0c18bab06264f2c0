package dev.tilewright.emulator;

import static dev.tilewright.emulator.Snippet.check;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Branches, calls and where diverged lanes meet again. */
class ControlTest {

  @TestFactory
  Stream<DynamicTest> branches() {
    return Stream.of(
        check(
            """
            { .reg .b32 i; and.b32 i, %a, 3;
              T: .branchtargets A, B, C, D;
              brx.idx i, T;
              A: mov.u32 %d, 100; bra E;
              B: mov.u32 %d, 200; bra E;
              C: add.u32 %d, %a, 1; bra E;
              D: mov.u32 %d, 400;
              E: }
            """,
            "b32",
            "b32",
            s ->
                switch ((int) s[0] & 3) {
                  case 0 -> 100L;
                  case 1 -> 200L;
                  case 2 -> s[0] + 1;
                  default -> 400L;
                }),
        check(
            """
            { .reg .pred p; .reg .b32 n; and.b32 n, %a, 255; mov.u32 %d, 0;
              L: setp.eq.u32 p, n, 0; @p bra E;
              add.u32 %d, %d, n; sub.u32 n, n, 1; bra.uni L;
              E: }
            """,
            "b32", "b32", s -> (s[0] & 255) * ((s[0] & 255) + 1) / 2));
  }

  private static final String CALLS =
      """
      .version 8.0
      .target sm_80
      .address_size 64
      .func (.param .b32 r) twice(.param .b32 x)
      {
        .reg .b32 %r<3>;
        ld.param.u32 %r1, [x];
        add.u32 %r2, %r1, %r1;
        st.param.u32 [r], %r2;
        ret;
      }
      .func (.param .b32 r) square(.param .b32 x)
      {
        .reg .b32 %r<3>;
        ld.param.u32 %r1, [x];
        mul.lo.u32 %r2, %r1, %r1;
        st.param.u32 [r], %r2;
        ret;
      }
      .func (.reg .b32 sum) addUp(.reg .b32 n)
      {
        .reg .pred p;
        .reg .b32 rest, less;
        mov.u32 sum, 0;
        setp.eq.u32 p, n, 0;
        @p ret;
        sub.u32 less, n, 1;
        call (rest), addUp, (less);
        add.u32 sum, rest, n;
        ret;
      }
      .global .u64 table[2] = {twice, square};
      .visible .entry k(.param .u64 out)
      {
        .reg .b32 %r<8>;
        .reg .b64 %d<8>;
        ld.param.u64 %d0, [out];
        mov.u32 %r0, %tid.x;
        mul.wide.u32 %d1, %r0, 8;
        add.u64 %d0, %d0, %d1;
        and.b32 %r1, %r0, 1;
        mul.wide.u32 %d2, %r1, 8;
        mov.u64 %d3, table;
        add.u64 %d3, %d3, %d2;
        ld.global.u64 %d4, [%d3];
        {
          .param .b32 a;
          .param .b32 b;
          st.param.b32 [a], %r0;
          P: .callprototype (.param .b32 _) _ (.param .b32 _);
          call (b), %d4, (a), P;
          ld.param.b32 %r2, [b];
        }
        call (%r3), addUp, (%r0);
        st.global.v2.u32 [%d0], {%r2, %r3};
        ret;
      }
      """;

  @Test
  void indirectAndRecursiveCalls() {
    Kernels.Result result =
        Kernels.run(CALLS, "k", Kernels.Config.of(1, 64), new Kernels.Fresh(512));
    assertEquals(List.of(), result.report().findings());
    for (int t = 0; t < 64; t++) {
      assertEquals(t % 2 == 0 ? 2 * t : t * t, result.ints(0)[2 * t]);
      assertEquals(t * (t + 1) / 2, result.ints(0)[2 * t + 1]);
    }
  }

  @Test
  void divergedLanesMeetWhereTheirPathsJoin() {
    // Both sides of the branch, then eight instructions together: 3 + 1 + (2 + 1) + 8 + 1.
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k()
        {
          .reg .pred %p;
          .reg .b32 %r<3>;
          mov.u32 %r0, %tid.x;
          and.b32 %r1, %r0, 1;
          setp.eq.u32 %p, %r1, 0;
          @%p bra EVEN;
          mov.u32 %r1, 5;
          bra.uni JOIN;
        EVEN:
          mov.u32 %r1, 6;
        JOIN:
          add.u32 %r2, %r1, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          add.u32 %r2, %r2, 1;
          ret;
        }
        """;
    Kernels.Result result = Kernels.run(ptx, "k", Kernels.Config.of(1, 32));
    assertEquals(16, result.counter("inst.total"));
    assertEquals(1, result.counter("branches.divergent"));
  }

  @Test
  void lanesThatLeaveALoopEarlyWaitForTheOthers() {
    // 32 rounds for the slowest lane; what follows the loop is issued once.
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry k()
        {
          .reg .pred %p;
          .reg .b32 %r<3>;
          mov.u32 %r0, %tid.x;
        LOOP:
          sub.s32 %r0, %r0, 1;
          setp.ge.s32 %p, %r0, 0;
          @%p bra LOOP;
          mov.u32 %r1, 1;
          mov.u32 %r2, 2;
          ret;
        }
        """;
    Kernels.Result result = Kernels.run(ptx, "k", Kernels.Config.of(1, 32));
    assertEquals(1 + 3 * 32 + 3, result.counter("inst.total"));
  }
}
