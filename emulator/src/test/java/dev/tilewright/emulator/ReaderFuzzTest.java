package dev.tilewright.emulator;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.runtime.spi.DeviceDriver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Damaged PTX either loads or is refused with a code and a line; it never breaks the reader. */
class ReaderFuzzTest {
  private static final List<String> KERNELS =
      List.of("bit_tricks", "calls", "half_math", "mma_sync", "cp_async_stages", "warp_votes");

  @Property
  void damagedTextIsRefusedProperly(@ForAll long seed) {
    Random random = new Random(seed);
    String name = KERNELS.get(random.nextInt(KERNELS.size()));
    String text = damage(Kernels.resource("/foreign/" + name + ".ptx"), random);
    try (DeviceDriver device = new EmulatorProvider().open("sm_80")) {
      device.load(Kernels.image(text, name, Kernels.Config.of(1, 32))).close();
    } catch (PtxException e) {
      assertTrue(String.valueOf(e.getMessage()).matches("(?s)EMU-[A-Z-]+: line \\d+: .+"));
    }
  }

  private static String damage(String text, Random random) {
    List<String> tokens = new ArrayList<>(Arrays.asList(text.split("(?<=[\\s,;.{}\\[\\]()])")));
    int at = random.nextInt(tokens.size());
    switch (random.nextInt(5)) {
      case 0 -> tokens.remove(at);
      case 1 -> tokens.add(at, tokens.get(at));
      case 2 -> tokens.set(at, tokens.get(random.nextInt(tokens.size())));
      case 3 -> tokens.set(at, "-1");
      default -> {
        String token = tokens.get(at);
        int c = random.nextInt(token.length());
        tokens.set(at, token.substring(0, c) + "\u00a7%$x9".charAt(random.nextInt(5)));
      }
    }
    return String.join("", tokens);
  }
}
