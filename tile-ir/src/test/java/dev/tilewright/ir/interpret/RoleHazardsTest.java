package dev.tilewright.ir.interpret;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.text.HandWritten;
import dev.tilewright.ir.text.Parser;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each misuse of slots, tokens, barriers and memory between roles is an error that names both. */
class RoleHazardsTest {

  private static String program(String first, String second) {
    return """
    kernel @f(
      %x = in x [8] unit 0 align 16 : tensor<f16, rank 1>,
      %x2 = in x2 [2, 2] unit 1 align 4 : tensor<f16, rank 2>,
      %y = out y [8] unit 0 align 16 : tensor<f16, rank 1>
    ) grid (1) {
      %0 = constant 0 : i32
      %1 = constant 1 : i32
      %ring = shared_alloc : shared<2x8xf16>
      %a = aref_create %ring : aref<2, shared<8xf16>>
      %other = shared_alloc : shared<2x8xf16>
      %b = aref_create %other : aref<2, shared<8xf16>>
      %squares = shared_alloc : shared<2x2x2xf16>
      %m = aref_create %squares : aref<2, shared<2x2xf16>>
      %s = shared_alloc : shared<8xf16>
      roles {
        role "p" warps 1 {
          %t = constant 3.0 : tile<8xf16>
    """
        + first.replace(" ; ", "\n")
        + "\nyield\n}\nrole \"c\" warps 2 {\n"
        + "%zeros = constant 0.0 : tile<2x2xf32>\n"
        + second.replace(" ; ", "\n")
        + "\nyield\n}\n}\n}\n";
  }

  /** Explored in all schedules, of which each has the error. */
  private static HostTensor run(String text) {
    KernelFunction f = Parser.parse(text);
    HostTensor y = HostTensor.zeros(DType.F16, 8);
    double[] x = {1, 2, 3, 4, 5, 6, 7, 8};
    double[] x2 = {1, 2, 3, 4};
    Interpreter.explore(
        f,
        new Arguments(
            Map.of(),
            Map.of(
                "x",
                HostTensor.of(DType.F16, x, 8),
                "x2",
                HostTensor.of(DType.F16, x2, 2, 2),
                "y",
                y)),
        new Interpreter.Exploration.Exhaustive(1000));
    return y;
  }

  private static final String PUT =
      "%w, %v = acquire_write %a : write_token, shared<8xf16> ; shared_store %t to %v ; commit %w"
          + " generic ; ";
  private static final String GET = "%r, %u = acquire_read %a : read_token, shared<8xf16> ; ";

  @Test
  void whatIsPutIsWhatIsGot() {
    HostTensor y =
        run(
            program(
                PUT, GET + "%l = shared_load %u : tile<8xf16> ; store %l to %y[%0] ; release %r"));
    assertEquals(3, y.get(7));
  }

  @Test
  void whatWasDoneBeforePuttingIsSeenAfterGetting() {
    HostTensor y =
        run(
            program(
                "shared_store %t to %s ; " + PUT,
                GET + "release %r ; %l = shared_load %s : tile<8xf16> ; store %l to %y[%0]"));
    assertEquals(3, y.get(7));
  }

  @Test
  void copiesOfAWriterArriveWithTheSlot() {
    HostTensor y =
        run(
            program(
                "%w, %v = acquire_write %a : write_token, shared<8xf16>"
                    + " ; copy_async %x[%0] to %v ; commit %w copy_group",
                GET + "%l = shared_load %u : tile<8xf16> ; store %l to %y[%0] ; release %r"));
    assertEquals(8, y.get(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          PUT ; commit %w generic | GET ; release %r | 'commit %w generic' in block (0, 0, 0) uses the token %w, which 'commit %w generic' has used up
          PUT | GET ; release %r ; %l = shared_load %u : tile<8xf16> | '%l = shared_load %u : tile<8xf16>' in block (0, 0, 0) uses slot 0 of %a, which 'release %r' has given away
          PUT | GET ; %q = constant 1.0 : tile<8xf16> ; shared_store %q to %u ; release %r | 'shared_store %q to %u' in block (0, 0, 0) writes to slot 0 of %a, which '%r, %u = acquire_read %a : read_token, shared<8xf16>' holds for reading only
          %w, %v = acquire_write %a : write_token, shared<8xf16> ; shared_store %t to %v ; commit %w bulk | GET ; release %r | 'commit %w bulk' in block (0, 0, 0) does not cover 'shared_store %t to %v', which writes the slot; its completion must be that of all writes
          %w, %v = acquire_write %a : write_token, shared<8xf16> ; bulk_load %x[%0] to %v ; commit %w generic | GET ; release %r | 'commit %w generic' in block (0, 0, 0) does not cover 'bulk_load %x[%0] to %v', which writes the slot; its completion must be that of all writes
          %w, %v = acquire_write %a : write_token, shared<8xf16> ; copy_async %x[%0] to %v ; commit %w generic | GET ; release %r | 'commit %w generic' in block (0, 0, 0) does not cover 'copy_async %x[%0] to %v', which writes the slot; its completion must be that of all writes
          %w, %v = acquire_write %a : write_token, shared<8xf16> ; shared_store %t to %v | %q = constant 1.0 : tile<8xf16> | at the end of block (0, 0, 0) slot 0 of %a, acquired by '%w, %v = acquire_write %a : write_token, shared<8xf16>' of role 'p', is never committed
          PUT | GET | at the end of block (0, 0, 0) slot 0 of %a, acquired by '%r, %u = acquire_read %a : read_token, shared<8xf16>' of role 'c', is never released
          PUT ; %w1, %v1 = acquire_write %a : write_token, shared<8xf16> ; shared_store %t to %v1 ; commit %w1 generic | GET ; release %r | at the end of block (0, 0, 0) slot 1 of %a, written by '%w1, %v1 = acquire_write %a : write_token, shared<8xf16>', is never read by role 'c'
          shared_store %t to %s | %l = shared_load %s : tile<8xf16> | RACE
          shared_store %t to %s | %q = constant 1.0 : tile<8xf16> ; shared_store %q to %s | RACE
          PUT ; %w1, %v1 = acquire_write %a : write_token, shared<8xf16> ; commit %w1 generic | GET ; release %r ; %r1, %u1 = acquire_read %a : read_token, shared<8xf16> ; %l = shared_load %u1 : tile<8xf16> ; release %r1 | '%l = shared_load %u1 : tile<8xf16>' in block (0, 0, 0) reads element [1, 0], which nothing has written since it was allocated
          bulk_load %x[%0] to %s | %q = constant 1.0 : tile<8xf16> | 'bulk_load %x[%0] to %s' in block (0, 0, 0) has no barrier and is in no acquired slot: nobody could wait for it
          shared_store %t to %s ; barrier ; bulk_store %s to %y[%0] ; bulk_commit | %q = constant 1.0 : tile<8xf16> | 'bulk_store %s to %y[%0]' in block (0, 0, 0): role 'p' ends with no bulk_wait for it, while it may still be reading
          shared_store %t to %s ; bulk_store %s to %y[%0] ; bulk_commit ; bulk_wait 0 | %q = constant 1.0 : tile<8xf16> | 'bulk_store %s to %y[%0]' in block (0, 0, 0) reads element [0], written by 'shared_store %t to %s' with no barrier in between
          shared_store %t to %s ; barrier ; bulk_store %s to %y[%0] ; bulk_commit ; shared_store %t to %s ; bulk_wait 0 | %q = constant 1.0 : tile<8xf16> | 'shared_store %t to %s' in block (0, 0, 0) writes element [0], which 'bulk_store %s to %y[%0]' may still be reading
          """)
  void hazards(String first, String second, String message) {
    String text =
        program(
            first.replace("PUT ;", PUT).replace("PUT", PUT),
            second.replace("GET ;", GET).replace("GET", GET));
    String found = error(text);
    // Which of two racing operations comes second is a matter of the schedule.
    assertEquals(message, message.equals("RACE") ? race(found) : found);
  }

  private static String race(String message) {
    return message.matches(
                ".* reads element \\[0\\], written by 'shared_store.*' of role 'p', which nothing"
                    + " orders before")
            || message.matches(
                ".* reads element \\[0\\], which nothing has written since it was allocated")
            || message.matches(
                ".* writes element \\[0\\], which .* of role '[pc]' writes, too, and nothing orders"
                    + " the two")
        ? "RACE"
        : message;
  }

  private static final String SQUARE =
      "%w, %v = acquire_write %m : write_token, shared<2x2xf16> ; bulk_load %x2[%0, %0] to %v ;"
          + " commit %w bulk";
  private static final String PRODUCT =
      "%r, %u = acquire_read %m : read_token, shared<2x2xf16> ; %d, %g = mma_async %u, %u, %zeros :"
          + " tile<2x2xf32>, pending ; ";

  @Test
  void aProductHoldsItsSlot() {
    run(program(SQUARE, PRODUCT + "release %r after %g"));
    // Whoever reads its result has waited for it.
    run(program(SQUARE, PRODUCT + "%n = neg %d : tile<2x2xf32> ; release %r"));
    assertEquals(
        "'release %r' in block (0, 0, 0) gives slot 0 of %m back while '%d, %g = mma_async %u, %u,"
            + " %zeros : tile<2x2xf32>, pending' may still be reading it; name it after 'after', or"
            + " wait for it",
        error(program(SQUARE, PRODUCT + "release %r")));
  }

  /** Products end in order: the last one's end is that of all. */
  @Test
  void aReleaseAfterTheLastProductIsOneAfterAll() {
    run(
        program(
            SQUARE,
            PRODUCT
                + "%d1, %g1 = mma_async %u, %u, %d : tile<2x2xf32>, pending ; release %r after"
                + " %g1"));
    assertEquals(
        "'release %r after %g' in block (0, 0, 0) gives slot 0 of %m back while '%d1, %g1 ="
            + " mma_async %u, %u, %d : tile<2x2xf32>, pending' may still be reading it; name it"
            + " after 'after', or wait for it",
        error(
            program(
                SQUARE,
                PRODUCT
                    + "%d1, %g1 = mma_async %u, %u, %d : tile<2x2xf32>, pending ;"
                    + " release %r after %g")));
  }

  private static String error(String text) {
    InterpreterException e = assertThrows(InterpreterException.class, () -> run(text));
    return HandWritten.named(text, String.valueOf(e.getMessage()));
  }

  @Test
  void aDeadlockNamesWhoWaitsForWhom() {
    String text =
        program(
            "%w, %v = acquire_read %b : read_token, shared<8xf16> loc(\"A.java\":5 in \"A\") ;"
                + " release %w ; %w1, %v1 = acquire_write %a : write_token, shared<8xf16> ; commit"
                + " %w1 generic",
            "%r, %u = acquire_read %a : read_token, shared<8xf16> loc(\"A.java\":9 in \"A\") ;"
                + " release %r ; %w2, %v2 = acquire_write %b : write_token, shared<8xf16> ; commit"
                + " %w2 generic");
    InterpreterException e = assertThrows(InterpreterException.class, () -> run(text));
    assertEquals(5, e.location().line());
    assertEquals(
        """
        deadlock in block (0, 0, 0):
          role 'p' waits in '%w, %v = acquire_read %b : read_token, shared<8xf16>' at A.java:5:\
         slot 0 of %b in round 0 is empty: nobody has acquired it for writing
          role 'c' waits in '%r, %u = acquire_read %a : read_token, shared<8xf16>' at A.java:9:\
         slot 0 of %a in round 0 is empty: nobody has acquired it for writing\
        """,
        HandWritten.named(text, String.valueOf(e.getMessage())));
  }

  /** A ring of two: the third slot is missing while the second is held and the first was lost. */
  @Test
  void aDeadlockNamesWhoHoldsTheSlot() {
    String put = "%w#, %v# = acquire_write %a : write_token, shared<8xf16> ; commit %w# generic ; ";
    String text =
        program(
            put.replace("#", "1") + put.replace("#", "2") + put.replace("#", "3"),
            GET + "%r2, %u2 = acquire_read %a : read_token, shared<8xf16> ; release %r2");
    assertEquals(
        """
        deadlock in block (0, 0, 0):
          role 'p' waits in '%w3, %v3 = acquire_write %a : write_token, shared<8xf16>':\
         slot 0 of %a in round 1 is full, held by role 'c' since '%r, %u = acquire_read %a :\
         read_token, shared<8xf16>'
          role 'c' has ended\
        """,
        error(text));
  }
}
