package dev.tilewright.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every message has the place, what was expected and what was found. */
class ParserErrorsTest {

  /** The body of a kernel whose first line is line 2 of the text. */
  private static String kernel(String body) {
    return "kernel @f(%0 = dim m : i32, %1 = in a [m] unit 0 align 2 : tensor<f16, rank 1>)"
        + " grid (m) {\n"
        + body
        + "\n}\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          %2 = negg %0 : i32 | 2:6: expected 'mul', 'add', 'reduce', 'for', 'while', 'if', 'constant', 'fma', 'compare', 'select', 'cast', 'iota', …, found 'negg'
          %2 = add %0 %0 : i32 | 2:13: expected ',', found '%0'
          %2 = neg %3 : i32 | 2:10: expected a value defined above, found %3
          %2 = neg %2 : i32 | 2:10: expected a value defined above, found %2
          %0 = neg %0 : i32 | 2:1: %0 is defined already on line 1; expected a new name
          %2 = neg %0 : i9 | 2:15: no element type 'i9': integers have 1 to 8, 16, 32 or 64 bits, not 9
          %2 = neg %0 : tile<8xi32, #4> | 2:27: expected a layout defined above the kernel, found #4
          %2 = constant 99999999999999999999 : i64 | 2:15: the integer 99999999999999999999 does not fit 64 bits
          %2 = constant 1e999 : f64 | 2:15: the number 1e999 is beyond the range of f64; expected it smaller, or inf
          %2 = iota : tile<9999999999xi32> | 2:18: the extent 9999999999 does not fit 32 bits
          %2, %3 = if %0 : i32 { } | 2:1: expected as many result types after ':' as results before '=', found 1 types for 2 results
          %2 = load %1[%0 chekced] fill 0.0 : tile<2xf16> | 2:17: expected ',', ']', found 'chekced'
          %99999999999 = neg %0 : i32 | 2:1: the number of %99999999999 is too large for an id
          barrier ! | 2:9: expected '}', 'for', 'while', 'if', 'roles', 'store', 'shared_store', 'copy_async', 'async_commit', 'async_wait', 'barrier', 'keep', …, found '!'
          """)
  void pointsToThePlace(String body, String message) {
    ParseException e = assertThrows(ParseException.class, () -> Parser.parse(kernel(body)));
    assertEquals(message, e.getMessage());
  }
}
