package dev.tilewright.samples;

import dev.tilewright.runtime.KernelImage;
import java.nio.charset.StandardCharsets;

/** Images whose code is changed, and nothing else. */
public final class MutatedImage {
  private MutatedImage() {}

  /** The code of an image as text. */
  public static String text(KernelImage image) {
    return new String(image.code(), StandardCharsets.UTF_8);
  }

  /** The image with other code. */
  public static KernelImage of(KernelImage image, String text) {
    return new KernelImage(
        image.entry(),
        image.target(),
        image.format(),
        text.getBytes(StandardCharsets.UTF_8),
        image.parameters(),
        image.grid(),
        image.threads(),
        image.cluster(),
        image.sharedBytes(),
        image.requirements(),
        image.divisors(),
        "mutant");
  }
}
