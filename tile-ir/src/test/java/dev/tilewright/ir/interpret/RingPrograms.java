package dev.tilewright.ir.interpret;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.text.Parser;
import java.util.Map;

/** One producer, a ring, and consumers that hold slots for a while: the smallest pipelines. */
public final class RingPrograms {
  static final int ELEMENTS = 2;

  private RingPrograms() {}

  /**
   * The producer puts {@code items} pieces of x into a ring; every consumer reads all of them, adds
   * its number and writes them to its part of y.
   *
   * @param held how many slots a consumer keeps before it gives back the oldest
   */
  public static KernelFunction ring(int consumers, int depth, int held, int items) {
    StringBuilder text =
        new StringBuilder(
            """
            kernel @ring(
              %%x = in x [%d] unit 0 align 16 : tensor<i32, rank 1>,
              %%y = out y [%d] unit 0 align 16 : tensor<i32, rank 1>
            ) grid (1) {
              %%zero = constant 0 : i32
              %%one = constant 1 : i32
              %%two = constant 2 : i32
              %%items = constant %d : i32
              %%ring = shared_alloc : shared<%dx2xi32>
              %%a = aref_create %%ring : aref<%d, shared<2xi32>>
              roles {
                role "producer" warps 1 single {
                  for %%i = %%zero to %%items step %%one {
                    %%p = mul %%i, %%two : i32
                    %%w, %%v = acquire_write %%a : write_token, shared<2xi32>
                    bulk_load %%x[%%p] to %%v
                    commit %%w bulk
                    yield
                  }
                  yield
                }
            """
                .formatted(items * ELEMENTS, consumers * items * ELEMENTS, items, depth, depth));
    for (int c = 0; c < consumers; c++) {
      consumer(text, c, held, items);
    }
    return Parser.parse(text.append("}\n}\n").toString());
  }

  /** Its first reads stand before the loop, its last releases after it. */
  private static void consumer(StringBuilder text, int c, int held, int items) {
    text.append("role \"consumer").append(c).append("\" warps 1 {\n");
    text.append(
        "%cC_first = constant F : i32\n".replace("C", "" + c).replace("F", "" + c * items * 2));
    text.append("%cC_number = constant C : tile<2xi32>\n".replace("C", "" + c));
    for (int i = 0; i < held; i++) {
      text.append("%cC_iI = constant I : i32\n".replace("C", "" + c).replace("I", "" + i));
      read(text, "c" + c + "_p" + i, c, "%c" + c + "_i" + i);
    }
    text.append("%cC_begin = constant H : i32\n".replace("C", "" + c).replace("H", "" + held));
    StringBuilder carried = new StringBuilder();
    StringBuilder results = new StringBuilder();
    StringBuilder types = new StringBuilder();
    StringBuilder yielded = new StringBuilder();
    for (int i = 0; i < held; i++) {
      String separator = i == 0 ? "" : ", ";
      carried.append(separator).append("%%c%d_t%d = %%c%d_p%d".formatted(c, i, c, i));
      results.append(separator).append("%%c%d_r%d".formatted(c, i));
      types.append(separator).append("read_token");
      yielded.append(separator + (i == held - 1 ? "%c" + c + "_now" : "%c" + c + "_t" + (i + 1)));
    }
    if (held > 0) {
      text.append(results).append(" = ");
    }
    text.append("for %cC_i = %cC_begin to %items step %one".replace("C", "" + c));
    if (held > 0) {
      text.append(" carry (").append(carried).append(") : ").append(types);
    }
    text.append(" {\n");
    read(text, "c" + c + "_now", c, "%c" + c + "_i");
    text.append("release %c").append(c).append(held == 0 ? "_now\n" : "_t0\n");
    text.append("yield ").append(yielded).append("\n}\n");
    for (int i = 0; i < held; i++) {
      text.append("release %c").append(c).append("_r").append(i).append('\n');
    }
    text.append("yield\n}\n");
  }

  private static void read(StringBuilder text, String token, int c, String item) {
    text.append(
        """
        %T, %T_v = acquire_read %a : read_token, shared<2xi32>
        %T_x = shared_load %T_v : tile<2xi32>
        %T_s = add %T_x, %cC_number : tile<2xi32>
        %T_o = mul ITEM, %two : i32
        %T_y = add %T_o, %cC_first : i32
        store %T_s to %y[%T_y]
        """
            .replace("%T", "%" + token)
            .replace("C", "" + c)
            .replace("ITEM", item));
  }

  static Arguments arguments(int consumers, int items) {
    HostTensor x = HostTensor.zeros(DType.I32, items * ELEMENTS);
    for (int i = 0; i < items * ELEMENTS; i++) {
      x.set(100 + i, i);
    }
    HostTensor y = HostTensor.zeros(DType.I32, consumers * items * ELEMENTS);
    return new Arguments(Map.of(), Map.of("x", x, "y", y));
  }
}
