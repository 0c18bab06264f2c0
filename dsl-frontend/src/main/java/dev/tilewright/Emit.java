package dev.tilewright;

import dev.tilewright.ir.text.Printer;
import dev.tilewright.ir.thread.ThreadPrinter;
import java.util.Optional;

/** The stages of a compilation that can be printed. */
public enum Emit {
  /** What {@code define} wrote, with the facts of the specialisation. */
  TILE_IR {
    @Override
    String text(Compilation compilation) {
      return Printer.print(compilation.traced());
    }
  },
  /** Tile IR after the last pass. */
  STAGED_IR {
    @Override
    String text(Compilation compilation) {
      return Printer.print(compilation.staged());
    }
  },
  /** What one thread runs, simplified. */
  THREAD_IR {
    @Override
    String text(Compilation compilation) {
      return ThreadPrinter.print(compilation.threads());
    }
  },
  /** The layouts that the passes chose, each with the operation that first has it. */
  LAYOUTS {
    @Override
    String text(Compilation compilation) {
      return LayoutListing.of(compilation.staged());
    }
  },
  /** What the code generator wrote: PTX, HIP. */
  CODE {
    @Override
    String text(Compilation compilation) {
      return compilation.code().text();
    }
  };

  abstract String text(Compilation compilation);

  /**
   * The stage of that name on a command line: {@code tile-ir}, {@code staged-ir}, {@code
   * thread-ir}, {@code layouts}, or a language of a code generator.
   */
  public static Optional<Emit> of(String name) {
    return switch (name) {
      case "tile-ir" -> Optional.of(TILE_IR);
      case "staged-ir" -> Optional.of(STAGED_IR);
      case "thread-ir" -> Optional.of(THREAD_IR);
      case "layouts" -> Optional.of(LAYOUTS);
      case "ptx", "hip" -> Optional.of(CODE);
      default -> Optional.empty();
    };
  }
}
