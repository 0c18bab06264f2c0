package dev.tilewright.ir.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.dtype.CodebookType;
import dev.tilewright.dtype.DType;
import dev.tilewright.ir.BinaryKind;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.Literal;
import dev.tilewright.ir.Location;
import dev.tilewright.ir.Op;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Rounding;
import dev.tilewright.ir.Traversal;
import dev.tilewright.ir.Type;
import dev.tilewright.ir.Value;
import dev.tilewright.ir.random.RandomPrograms;
import dev.tilewright.ir.random.Staging;
import dev.tilewright.ir.verify.Problem;
import dev.tilewright.ir.verify.Verifier;
import dev.tilewright.layout.SizeExpr;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class TextFormTest {

  @Provide
  Arbitrary<RandomPrograms.Program> programs() {
    return RandomPrograms.arbitrary(RandomPrograms.EVERYTHING);
  }

  @Property
  void whatIsPrintedParsesBackEqual(@ForAll("programs") RandomPrograms.Program program) {
    KernelFunction f = program.function();
    String text = Printer.print(f);
    assertEquals(f, Parser.parse(text), text);
    assertEquals(text, Printer.print(Parser.parse(text)));
  }

  @Property
  void layoutsAndAttributesParseBackEqual(@ForAll("programs") RandomPrograms.Program program) {
    KernelFunction f = Staging.attributes(program.function(), program.seed());
    String text = Printer.print(f);
    assertEquals(f, Parser.parse(text), text);
  }

  @Property
  void withoutLocationsOnlyLocationsAreLost(@ForAll("programs") RandomPrograms.Program program) {
    KernelFunction bare = Parser.parse(Printer.printWithoutLocations(program.function()));
    assertTrue(Traversal.ops(bare).allMatch(op -> op.location().equals(Location.UNKNOWN)));
    assertEquals(
        Printer.printWithoutLocations(program.function()), Printer.printWithoutLocations(bare));
    assertEquals(Traversal.ops(program.function()).count(), Traversal.ops(bare).count());
  }

  /** The properties above say nothing of an operation that no program has. */
  @Test
  void randomProgramsHaveEveryOperation() {
    Set<Class<?>> seen = new HashSet<>();
    for (long seed = 0; seed < 400; seed++) {
      var program = RandomPrograms.program(RandomPrograms.EVERYTHING, seed, 20);
      Traversal.ops(program.function()).forEach(op -> seen.add(op.getClass()));
    }
    seen.add(Op.ConvertLayout.class);
    Set<Class<?>> all = new HashSet<>();
    Arrays.stream(Op.class.getDeclaredClasses()).filter(Class::isRecord).forEach(all::add);
    assertEquals(all, seen);
  }

  @Test
  void aTextWrittenByHandMayNameItsValues() {
    KernelFunction f =
        Parser.parse(
            """
            // Twice x.
            #0 = [register:4 -> dim0*32, lane:32 -> dim0*1] : (dim0:128)

            kernel @twice(
              %m = dim m : i32,
              %x = in x [m] unit 0 align 16 : tensor<f16, rank 1>,
              %y = out "for" [m] unit 0 align 16 : tensor<f16, rank 1>
            ) grid (ceildiv(m, 128), mul(add(m, 1), 2)) launch(target "sm_80", warps 1, shared 0) {
              %7 = constant 0 : i32
              %t = load %x[%7 checked] fill -0.0 : tile<128xf16, #0>
              %u = convert_layout %t : tile<128xf16>
              store %u to %y[%7] loc("A.java":3 in "a.A$B")
            }
            """);
    assertEquals(
        """
        #0 = [register:4 -> dim0*32, lane:32 -> dim0*1] : (dim0:128)

        kernel @twice(
            %8 = dim m : i32,
            %9 = in x [m] unit 0 align 16 : tensor<f16, rank 1>,
            %10 = out "for" [m] unit 0 align 16 : tensor<f16, rank 1>
        ) grid (ceildiv(m, 128), mul(add(m, 1), 2)) launch(target "sm_80", warps 1, shared 0) {
          %7 = constant 0 : i32
          %11 = load %9[%7 checked] fill -0.0 : tile<128xf16, #0>
          %12 = convert_layout %11 : tile<128xf16>
          store %12 to %10[%7] loc("A.java":3 in "a.A$B")
        }
        """,
        Printer.print(f));
    assertEquals("store %12 to %10[%7]", Printer.headline(f.body().ops().getLast()));
    assertEquals(f, Parser.parse(Printer.print(f)));
    assertEquals(List.of(11, 12), List.of(idOf(f, 1), idOf(f, 2)));
  }

  private static int idOf(KernelFunction f, int op) {
    return f.body().ops().get(op).results().getFirst().id();
  }

  /** A table of values is written out where its type is. */
  @Test
  void storedTypesParseBack() {
    for (DType type : List.of(DType.NF4, DType.TERNARY, CodebookType.of(-1.5, 0, 1e-7, 3e20))) {
      OpBuilder b = new OpBuilder(0);
      Value tile = b.constant(new Type.Tile(List.of(4, 8), type), Literal.of(1.0));
      b.cast(tile, DType.F16, Rounding.NEAREST_EVEN, false);
      KernelFunction f =
          new KernelFunction(
              "stored",
              List.of(),
              List.of(new SizeExpr.Constant(1)),
              Optional.empty(),
              b.block(List.of()));
      assertEquals(f, Parser.parse(Printer.print(f)), Printer.print(f));
      assertEquals(List.of(), Verifier.verify(f));
      b.binary(BinaryKind.ADD, tile, tile);
      KernelFunction sum =
          new KernelFunction(
              "sum",
              List.of(),
              List.of(new SizeExpr.Constant(1)),
              Optional.empty(),
              b.block(List.of()));
      assertEquals(
          List.of(
              "in '%2 = add %0, %0 : tile<4x8x"
                  + type.name()
                  + ">' "
                  + type.name()
                  + " is stored and converted: cast first, then add"),
          Verifier.verify(sum).stream().map(Problem::message).toList());
    }
  }
}
