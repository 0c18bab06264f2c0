package dev.tilewright.ir.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.ir.text.ThreadParser;
import org.junit.jupiter.api.Test;

/** Counts by hand of what is in use at once. */
class RegisterEstimateTest {
  private static int estimate(String body) {
    return RegisterEstimate.of(
        ThreadParser.parse(
            """
            thread @f(
                %0 = dim "m" : i32,
                %1 = pointer "a" : i64
            ) launch(target "sm_80", threads 32, shared 0) {
            """
                + body
                + "}\n"));
  }

  /** The pointer (2), m (1), and m + 1 (1) when it is made; the constant is immediate. */
  @Test
  void constantsAreFreeAndPointersAreTwo() {
    assertEquals(
        4,
        estimate(
            """
            %2 = constant 1 : i32
            %3 = add %0, %2 : i32
            %4 = mul %3, %0 : i32
            global_store %4 to [%1]
            """));
  }

  /** A value that dies where another is born leaves its register to it only after. */
  @Test
  void predicatesAreFree() {
    assertEquals(
        4,
        estimate(
            """
            %2 = add %0, %0 : i32
            %3 = compare lt %0, %2 : i1
            global_store %2 to [%1] when %3
            """));
  }

  /** In the loop: the pointer 2, the upper bound m, the loop's own count, and the vector 4. */
  @Test
  void whatALoopReadsIsInUseThroughout() {
    assertEquals(
        8,
        estimate(
            """
            %2 = constant 0 : i32
            %3 = constant 1 : i32
            for %4 = %2 to %0 step %3 {
              %5 = global_load [%1] : f32x4
              global_store %5 to [%1]
              yield
            }
            """));
  }

  /** What only one branch uses is in use before the branch, not after. */
  @Test
  void branchesJoin() {
    assertEquals(
        6,
        estimate(
            """
            %2 = add %0, %0 : i32
            %3 = add %2, %0 : i32
            %4 = mul %3, %2 : i32
            %5 = compare lt %0, %2 : i1
            if %5 {
              global_store %3 to [%1]
              yield
            } else {
              global_store %4 to [%1]
              yield
            }
            """));
  }
}
