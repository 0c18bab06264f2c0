package dev.tilewright.dtype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DTypeNamesTest {

  @Test
  void namesAreUniqueAndParseBack() {
    var names = new HashSet<String>();
    for (DType type : Types.all()) {
      assertEquals(type, DType.parse(type.name()));
      assertEquals(type.name(), type.toString());
      assertTrue(names.add(type.name()), type.name());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "f8e4m3fn, f8e4m3, 8",
    "f8e5m2ieee, f8e5m2, 8",
    "f8e3m4ieee, f8e3m4, 8",
    "f6e3m2fn, f6e3m2, 6",
    "f4e2m1, f4e2m1, 4",
    "f3e1m1, f3e1m1, 3",
    "f8e4m3ieee, f8e4m3ieee, 8",
    "f8e4m3fnuz, f8e4m3fnuz, 8",
    "f8e8m0, f8e8m0, 8",
    "tf32, tf32, 32",
    "bf16, bf16, 16",
    "i1, i1, 1",
    "u7, u7, 7",
    "u64, u64, 64",
    "s8, i8, 8"
  })
  void spellings(String written, String canonical, int bits) {
    DType type = DType.parse(written);
    assertEquals(canonical, type.name());
    assertEquals(bits, type.bits());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "f",
        "i0",
        "i9",
        "i08",
        "u24",
        "i128",
        "f8",
        "f7e4m3",
        "f9e4m4",
        "f8e4m3uz",
        "F16",
        "f8e7m1",
        "f8e8m0fn",
        "f3e1m1ieee",
        "float",
        "f16 ",
        "f8e8m"
      })
  void refusedNamesAreNamed(String name) {
    var e = assertThrows(IllegalArgumentException.class, () -> DType.parse(name));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("no element type '" + name + "'"), message);
  }

  @Test
  void floatsThatDoNotExist() {
    assertThrows(IllegalArgumentException.class, () -> new FloatType(0, 3, Specials.FN));
    assertThrows(IllegalArgumentException.class, () -> new FloatType(5, 10, Specials.FN));
    assertThrows(IllegalArgumentException.class, () -> new FloatType(8, 8, Specials.IEEE));
    assertThrows(IllegalArgumentException.class, () -> new FloatType(8, 0, Specials.IEEE));
    assertThrows(IllegalArgumentException.class, () -> new FloatType(4, 0, Specials.SCALE));
    assertThrows(IllegalArgumentException.class, () -> new FloatType(4, -1, Specials.FN));
  }
}
