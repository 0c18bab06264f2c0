package dev.tilewright.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tilewright.dtype.DType;
import dev.tilewright.layout.SizeExpr.Constant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KernelImageTest {

  private static KernelImage withCode(byte[] code) {
    KernelImage i = Images.copy();
    return new KernelImage(
        i.entry(),
        i.target(),
        i.format(),
        code,
        i.parameters(),
        i.grid(),
        i.threads(),
        i.sharedBytes(),
        i.requirements(),
        i.fingerprint());
  }

  @Test
  void equalContentIsEqual() {
    assertEquals(Images.copy(), Images.copy());
    assertEquals(Images.copy().hashCode(), Images.copy().hashCode());
    assertNotEquals(Images.copy(), Images.gemm());
    assertNotEquals(withCode(new byte[] {1}), withCode(new byte[] {2}));
    assertEquals(withCode(new byte[] {1}), withCode(new byte[] {1}));
  }

  @Test
  void theCodeCannotBeChanged() {
    byte[] code = {1, 2, 3};
    KernelImage image = withCode(code);
    code[0] = 9;
    image.code()[1] = 9;
    assertEquals(withCode(new byte[] {1, 2, 3}), image);
    assertFalse(image.toString().contains("[B@"));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Images.of(List.of(), List.of(), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TensorRequirement("x", DType.F32, List.of(new Constant(1)), 1, 4, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> new TensorRequirement("x", DType.F32, List.of(new Constant(1)), 0, 12, false));
  }
}
