package dev.tilewright.ir.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.Block;
import dev.tilewright.ir.CompileException;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.UnaryKind;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.layout.SizeExpr;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every rule refuses a function that breaks it, and says so in these words. */
class VerifierTest {

  @Provide
  Arbitrary<RandomPrograms.Program> programs() {
    return RandomPrograms.arbitrary(RandomPrograms.EVERYTHING);
  }

  @Property
  void randomProgramsAreWellFormed(@ForAll("programs") RandomPrograms.Program program) {
    assertEquals(List.of(), Verifier.verify(program.function()));
    assertSame(program.function(), Verifier.verifyOrThrow(program.function()));
  }

  private static final String HEADER =
      """
      kernel @f(
        %m = dim m : i32,
        %a = in a [m, m] unit 1 align 2 : tensor<f16, rank 2>,
        %b = out b [m, m] unit 1 align 2 : tensor<f16, rank 2>
      ) grid (m) {
        %i = constant 1 : i32
        %x = constant 1.0 : f32
        %t = constant 1.0 : tile<4x8xf16>
        %u = constant 1.0 : tile<8x4xf16>
        %c = constant 1.0 : tile<4x4xf32>
        %s = shared_alloc : shared<2x4x8xf16>
        %p = compare lt %i, %i : i1
      """;

  /** Values of the header by id. */
  private static String numbered(String message) {
    List<String> names = List.of("m", "a", "b", "i", "x", "t", "u", "c", "s", "p", "r", "q", "v");
    String result = message;
    for (int id = 0; id < names.size(); id++) {
      result = result.replaceAll("%" + id + "(?![0-9])", "%" + names.get(id));
    }
    return result;
  }

  private static String problems(String body) {
    KernelFunction f = Parser.parse(HEADER + body.replace(" ; ", "\n") + "\n}\n");
    return Verifier.verify(f).stream()
        .map(p -> p.code() + " " + numbered(p.message()))
        .collect(Collectors.joining(" & "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          %r = add %i, %x : i32 | TW-V04 in '%r = add %i, %x : i32' the second operand %x has type f32; expected i32
          %r = add %i, %i : i64 | TW-V04 in '%r = add %i, %i : i64' the result %r has type i64; expected i32
          %r = neg %a : f16 | TW-V04 in '%r = neg %a : f16' expected a scalar or a tile, found %a of type tensor<f16, rank 2>
          %r = not %x : f32 | TW-V05 in '%r = not %x : f32' not is for integers, not for f32; cast first
          %r = exp %i : i32 | TW-V05 in '%r = exp %i : i32' exp is for floats, not for i32; cast first
          %r = xor %x, %x : f32 | TW-V05 in '%r = xor %x, %x : f32' xor is for integers, not for f32; cast first
          %r = fma %i, %i, %i : i32 | TW-V05 in '%r = fma %i, %i, %i : i32' fma is for floats, not for i32; cast first
          %r = compare lt %x, %x : f32 | TW-V04 in '%r = compare lt %x, %x : f32' the result %r has type f32; expected i1
          %r = select %i, %x, %x : f32 | TW-V04 in '%r = select %i, %x, %x : f32' the condition %i has type i32; expected i1
          %r = cast %x nearest_even : tile<2xf32> | TW-V04 in '%r = cast %x nearest_even : tile<2xf32>' the result %r has type tile<2xf32>; expected f32
          %r = constant 1 : f32 | TW-V05 in '%r = constant 1 : f32' the number 1 is not of type f32; write a decimal point
          %r = constant 1.0 : i32 | TW-V05 in '%r = constant 1.0 : i32' the number 1.0 is not of type i32; write an integer
          %r = constant 1.0 : tile<0xf32> | TW-V06 in '%r = constant 1.0 : tile<0xf32>' the shape [0] has an extent below 1
          %r = iota : tile<4xi64> | TW-V04 in '%r = iota : tile<4xi64>' iota counts along the one dimension of an i32 tile, not of tile<4xi64>
          %r = splat %i : tile<4xf32> | TW-V04 in '%r = splat %i : tile<4xf32>' the operand %i has type i32; expected f32
          %r = broadcast %t : tile<8x8xf16> | TW-V06 in '%r = broadcast %t : tile<8x8xf16>' a broadcast repeats along dimensions of extent 1 and keeps the others; [4, 8] does not become [8, 8]; reshape first
          %r = broadcast %t : tile<4x8xf32> | TW-V05 in '%r = broadcast %t : tile<4x8xf32>' the result has elements of f32; expected f16, as the operand has
          %r = reshape %t : tile<4x4xf16> | TW-V06 in '%r = reshape %t : tile<4x4xf16>' a reshape keeps the number of elements; [4, 8] has 32, [4, 4] has 16
          %r = transpose %t [1, 1] : tile<8x8xf16> | TW-V06 in '%r = transpose %t [1, 1] : tile<8x8xf16>' [1, 1] is not a permutation of the dimensions [0, 1]
          %r = transpose %t [1, 0] : tile<4x8xf16> | TW-V06 in '%r = transpose %t [1, 0] : tile<4x8xf16>' the result has shape [4, 8]; expected [8, 4]
          %r = reduce %t axis 2 : tile<4xf16> (%q: f16, %v: f16) { yield %q } | TW-V06 in '%r = reduce %t axis 2 : tile<4xf16> (%q: f16, %v: f16)' there is no dimension 2 in [4, 8]
          %r = reduce %t axis 1 : tile<8xf16> (%q: f16, %v: f16) { yield %q } | TW-V06 in '%r = reduce %t axis 1 : tile<8xf16> (%q: f16, %v: f16)' the result has shape [8]; expected [4]
          %r = reduce %t axis 1 : tile<4xf16> (%q: f16) { yield %q } | TW-V07 in '%r = reduce %t axis 1 : tile<4xf16> (%q: f16)' the combiner takes two arguments of type f16; found f16
          %r = reduce %t axis 1 : tile<4xf16> (%q: f16, %v: f16) { yield %i } | TW-V07 in '%r = reduce %t axis 1 : tile<4xf16> (%q: f16, %v: f16)' the combiner yields one f16; found i32
          %r = reduce %t axis 1 : tile<4xf16> (%q: f16, %v: f16) { barrier ; yield %q } | TW-V07 in '%r = reduce %t axis 1 : tile<4xf16> (%q: f16, %v: f16)' the combiner has the effect 'barrier'; it may only compute
          %r = mma %t, %t, %c : tile<4x4xf32> | TW-V06 in '%r = mma %t, %t, %c : tile<4x4xf32>' a [4, 8] and b [4, 8] cannot be multiplied; expected m×k and k×n
          %r = mma %u, %t, %c : tile<4x4xf32> | TW-V06 in '%r = mma %u, %t, %c : tile<4x4xf32>' the accumulator has shape [4, 4]; expected [8, 8]
          %r = mma %t, %u, %c : tile<4x4xf16> | TW-V04 in '%r = mma %t, %u, %c : tile<4x4xf16>' the result %r has type tile<4x4xf16>; expected tile<4x4xf32>
          %r = constant 1 : tile<8x4xi8> ; %q = mma %t, %r, %c : tile<4x4xf32> | TW-V05 in '%q = mma %t, %r, %c : tile<4x4xf32>' a, b and the accumulator are f16, i8 and f32; expected all floats or all integers
          %r = constant 1.0 : tile<4x4xf8e4m3> ; %q = mma %t, %u, %r : tile<4x4xf8e4m3> | TW-V05 in '%q = mma %t, %u, %r : tile<4x4xf8e4m3>' the accumulator of f8e4m3 is narrower than a or b; expected at least as many bits
          %r = convert_layout %t : tile<8x4xf16> | TW-V04 in '%r = convert_layout %t : tile<8x4xf16>' the result %r has type tile<8x4xf16>; expected tile<4x8xf16>
          %r = program_id 3 : i32 | TW-V10 in '%r = program_id 3 : i32' the grid axis is 3; expected 0 (x), 1 (y) or 2 (z)
          %r = load %a[%i] fill 0.0 : tile<4x8xf16> | TW-V08 in '%r = load %a[%i] fill 0.0 : tile<4x8xf16>' the tensor has 2 dimensions; found 1 coordinates, 1 bounds and a block of shape [4, 8]
          %r = load %a[%i, %x] fill 0.0 : tile<4x8xf16> | TW-V04 in '%r = load %a[%i, %x] fill 0.0 : tile<4x8xf16>' the coordinate %x has type f32; expected i32
          %r = load %a[%i, %i] fill 0.0 : tile<4x8xf32> | TW-V05 in '%r = load %a[%i, %i] fill 0.0 : tile<4x8xf32>' the tensor has elements of f16, the block of f32; cast the tile
          %r = load %a[%i, %i] fill 0 : tile<4x8xf16> | TW-V05 in '%r = load %a[%i, %i] fill 0 : tile<4x8xf16>' the number 0 is not of type f16; write a decimal point
          %r = load %b[%i, %i] fill 0.0 : tile<4x8xf16> | TW-V09 in '%r = load %b[%i, %i] fill 0.0 : tile<4x8xf16>' tensor 'b' is declared 'out' and is read here; declare it 'inout'
          %r = load %t[%i, %i] fill 0.0 : tile<4x8xf16> | TW-V04 in '%r = load %t[%i, %i] fill 0.0 : tile<4x8xf16>' expected a tensor, found %t of type tile<4x8xf16>
          store %t to %a[%i, %i] | TW-V09 in 'store %t to %a[%i, %i]' tensor 'a' is declared 'in' and is written here; declare it 'inout'
          store %x to %b[%i, %i] | TW-V04 in 'store %x to %b[%i, %i]' expected the value to be a tile, found %x of type f32
          %r = shared_alloc : tile<4xf16> | TW-V04 in '%r = shared_alloc : tile<4xf16>' expected the result to be in shared memory, found %r of type tile<4xf16>
          %r = shared_slice %s[%i] : shared<8xf16> | TW-V06 in '%r = shared_slice %s[%i] : shared<8xf16>' the result is shared<8xf16>; expected shared<4x8xf16>
          %r = shared_slice %s[%x] : shared<4x8xf16> | TW-V04 in '%r = shared_slice %s[%x] : shared<4x8xf16>' the index %x has type f32; expected i32
          %r = shared_load %s : tile<4x8xf16> | TW-V04 in '%r = shared_load %s : tile<4x8xf16>' the tile %r has type tile<4x8xf16>; expected tile<2x4x8xf16>
          shared_store %t to %s | TW-V04 in 'shared_store %t to %s' the tile %t has type tile<4x8xf16>; expected tile<2x4x8xf16>
          copy_async %a[%i, %i] to %s | TW-V08 in 'copy_async %a[%i, %i] to %s' the tensor has 2 dimensions; found 2 coordinates, 2 bounds and a block of shape [2, 4, 8]
          copy_async %b[%i, %i] to %t | TW-V04 in 'copy_async %b[%i, %i] to %t' expected the destination to be in shared memory, found %t of type tile<4x8xf16> & TW-V09 in 'copy_async %b[%i, %i] to %t' tensor 'b' is declared 'out' and is read here; declare it 'inout'
          async_wait -1 | TW-V10 in 'async_wait -1' the number of pending groups is -1; expected 0 or more
          for %r = %i to %x step %i { yield } | TW-V04 in 'for %r = %i to %x step %i' the upper bound %x has type f32; expected i32
          %r = for %q = %i to %i step %i carry (%v = %x) : f32 { yield %i } | TW-V07 in '%r = for %q = %i to %i step %i carry (%v = %x) : f32' the body yields i32; expected f32
          %r = for %q = %i to %i step %i carry (%v = %s) : shared<2x4x8xf16> { yield %v } | TW-V04 in '%r = for %q = %i to %i step %i carry (%v = %s) : shared<2x4x8xf16>' loops and branches hand on scalars and tiles, not shared<2x4x8xf16>
          for %q = %i to %i step %i { barrier } | TW-V03 in 'for %r = %i to %i step %i' a region does not end with a yield; add one
          %r = if %p : i32 { yield %i } else { yield %x } | TW-V07 in '%r = if %p : i32' the second branch yields f32; expected i32
          if %i { yield } | TW-V04 in 'if %i' the condition %i has type i32; expected i1
          yield | TW-V03 in 'yield' a yield stands in the body of the kernel, which hands on nothing; remove it
          if %p { yield ; yield } | TW-V03 in 'yield' a yield stands before the end of its region; it must be the last operation
          if %p { %r = neg %i : i32 ; yield } ; %q = neg %r : i32 | TW-V02 in '%q = neg %r : i32' %r is defined in a region that has ended; hand it out with a yield
          """)
  void brokenRulesAreNamed(String body, String expected) {
    assertEquals(expected, problems(body));
  }

  // ---------------------------------------------------------------- what text cannot say

  private static final Type.Scalar I32 = new Type.Scalar(DType.I32);

  private static String problems(Op... ops) {
    Block body = new Block(List.of(), List.of(ops));
    KernelFunction f =
        new KernelFunction(
            "f", List.of(), List.of(new SizeExpr.Constant(1)), Optional.empty(), body);
    return Verifier.verify(f).stream()
        .map(p -> p.code() + " " + p.message())
        .collect(Collectors.joining(" & "));
  }

  private static Op constant(int id) {
    return new Op.Constant(new Value(id, I32), Literal.of(1), new Location("C", "C.java", id));
  }

  private static Op neg(Value x) {
    return new Op.Unary(new Value(9, x.type()), UnaryKind.NEG, x, Location.UNKNOWN);
  }

  @Test
  void valuesAreDefinedOnce() {
    assertEquals(
        "TW-V02 %4 is defined here and by an operation at C.java:4;"
            + " every value needs an id of its own",
        problems(constant(4), constant(4)));
  }

  @Test
  void valuesAreDefinedBeforeTheirUses() {
    assertEquals(
        "TW-V02 in '%9 = neg %4 : i32' %4 is not defined before this use; define it above",
        problems(neg(new Value(4, I32)), constant(4)));
  }

  @Test
  void valuesHaveOneType() {
    assertEquals(
        "TW-V02 in '%9 = neg %4 : i64' %4 has another type here than where it is defined",
        problems(constant(4), neg(new Value(4, new Type.Scalar(DType.I64)))));
  }

  @Test
  void regionsHaveTerminators() {
    Block empty = new Block(List.of(), List.of());
    Value p = new Value(1, new Type.Scalar(DType.I1));
    Op condition = new Op.Constant(p, Literal.of(1), Location.UNKNOWN);
    Op branch =
        new Op.If(
            List.of(), p, empty, new Block(List.of(), List.of(constant(3))), Location.UNKNOWN);
    assertEquals(
        "TW-V03 in 'if %1' a region does not end with a yield; add one"
            + " & TW-V03 in 'if %1' a region does not end with a yield; add one",
        problems(condition, branch));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          %0 = dim m : i64 | (m) | parameter 'm' has type i64; expected i32
          %0 = dim m : i32, %1 = dim m : i32 | (m) | two parameters have the name 'm'; give each its own
          %0 = scalar s : tile<4xi32> | (1) | parameter 's' has type tile<4xi32>; expected a scalar type
          %0 = dim m : i32 | (n) | the grid is in terms of 'n', which is no dimension of this kernel; declare it as a parameter
          %0 = dim m : i32 | (1, 1, 1, 1) | the grid has 4 axes; expected one to three
          %0 = in a [m] unit 0 align 2 : tensor<f16, rank 1> | (1) | the shape of tensor 'a' is in terms of 'm', which is no dimension of this kernel; declare it as a parameter
          %0 = in a [4, 4] unit 0 align 2 : tensor<f16, rank 1> | (1) | parameter 'a' has type tensor<f16, rank 1>; expected a tensor type of rank 2, as its shape has
          %0 = in a [4, 4] unit 2 align 2 : tensor<f16, rank 2> | (1) | tensor 'a' has unit dimension 2; expected -1 to 1
          """)
  void parametersAndGrid(String parameters, String grid, String expected) {
    KernelFunction f = Parser.parse("kernel @f(" + parameters + ") grid " + grid + " {\n}\n");
    assertEquals(List.of(new Problem("TW-V01", Location.UNKNOWN, expected)), Verifier.verify(f));
  }

  @Test
  void theFirstProblemIsThrown() {
    KernelFunction f =
        Parser.parse(
            """
            kernel @f() grid (1) {
              %0 = constant 1 : i32
              %1 = exp %0 : i32 loc("A.java":7 in "a.A")
              %2 = exp %0 : i32 loc("A.java":8 in "a.A")
            }
            """);
    CompileException e = assertThrows(CompileException.class, () -> Verifier.verifyOrThrow(f));
    assertEquals("TW-V05", e.code());
    assertEquals(new Location("a.A", "A.java", 7), e.location());
    assertEquals(
        """
        kernel f is not well-formed: in '%1 = exp %0 : i32' exp is for floats, not for i32; cast first
          also A.java:8: TW-V05: in '%2 = exp %0 : i32' exp is for floats, not for i32; cast first\
        """,
        e.getMessage());
  }
}
