package dev.tilewright;

import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.OpBuilder;
import dev.tilewright.ir.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One run of a kernel's {@code define}: the program so far, and where in it the run is. */
final class Trace {
  private final OpBuilder ops = new OpBuilder(0);
  private final ScalarTerms scalars = new ScalarTerms(ops);
  private final Sizes sizes = new Sizes(this);
  private final Declarations declarations = new Declarations(this);
  private final Writers writers = new Writers(this);
  private final Region root;
  private Region region;
  private int tiles;
  private int products;
  private final List<Slot> held = new ArrayList<>();
  private boolean finished;
  private @Nullable KernelDefinitionException failure;
  private @Nullable Site abandoned;

  private Site first = Site.UNKNOWN;

  private Trace() {
    root = new Region(Region.Kind.KERNEL, null, Site.UNKNOWN, ops);
    region = root;
  }

  /** Runs {@code kernel.define} and returns the program it wrote. */
  static KernelFunction of(Kernel kernel) {
    Trace trace = new Trace();
    try {
      kernel.define(new KernelBuilder(trace));
      trace.checkWhole();
      return trace.declarations.function(nameOf(kernel), trace.ops.block(List.of()));
    } finally {
      trace.finished = true;
      trace.root.close();
    }
  }

  /** The class's own name; a lambda's or anonymous class's is no name. */
  private static String nameOf(Kernel kernel) {
    Class<?> type = kernel.getClass();
    return type.isHidden() || type.isAnonymousClass() || type.isSynthetic()
        ? "kernel"
        : type.getSimpleName();
  }

  /** An error that user code caught is an error all the same. */
  private void checkWhole() {
    if (failure != null) {
      throw failure;
    }
    if (abandoned != null) {
      throw fail(
          abandoned,
          Misuse.REGION_ABANDONED,
          "an exception that left this region was caught by the kernel",
          List.of(),
          "let exceptions leave define: after one, the region is only half written");
    }
    checkNothingHeld(root);
    writers.checkAllWritten(declarations.tensors());
    declarations.checkComplete();
  }

  OpBuilder ops() {
    return ops;
  }

  ScalarTerms scalars() {
    return scalars;
  }

  Sizes sizes() {
    return sizes;
  }

  Declarations declarations() {
    return declarations;
  }

  Writers writers() {
    return writers;
  }

  /** Where the definition begins, as the place of what is missing in it. */
  Site first() {
    return first;
  }

  Region root() {
    return root;
  }

  Region region() {
    return region;
  }

  // ---------------------------------------------------------------- calls from user code

  /** Notes the user's line: operations and errors from here on are of that line. */
  Site enter() {
    Site site = Site.ofCaller();
    if (finished) {
      throw fail(
          site,
          Misuse.DEFINITION_FINISHED,
          "the definition of this kernel is finished",
          List.of(),
          "use the builder and its handles only while define runs");
    }
    ops.at(site.location());
    if (first == Site.UNKNOWN) {
      first = site;
    }
    return site;
  }

  /** Checks that a handle is of this kernel and that its region has not ended. */
  void checkUsable(Site site, Handle handle) {
    if (handle.trace != this) {
      throw fail(
          site,
          Misuse.FOREIGN_HANDLE,
          "this " + handle.describe() + " is a handle of another kernel",
          List.of(handle.note("made here")),
          "each run of define makes its own handles; pass data between kernels in tensors");
    }
    if (handle instanceof Tile && handle.home.isOpen() && handle.home.role() != region.role()) {
      throw acrossRoles(site, handle);
    }
    if (!handle.home.isOpen()) {
      Region home = handle.home;
      Misuse misuse =
          handle instanceof ScalarValue ? Misuse.SCALAR_OUT_OF_SCOPE : Misuse.TILE_OUT_OF_SCOPE;
      throw fail(
          site,
          misuse,
          "this " + handle.describe() + " is used outside the region that made it",
          List.of(
              handle.note("made here"),
              home.opened.note("in the region opened here, which has ended")),
          handle instanceof ScalarValue
              ? "use it inside the lambda; a lambda runs once, when range or when is called"
              : "make the tile before the region and update it inside with assign, plusAssign,"
                  + " mma");
    }
  }

  KernelDefinitionException fail(
      Site site, Misuse misuse, String message, List<Diagnostic.Note> notes) {
    return fail(site, misuse, message, notes, Optional.empty());
  }

  KernelDefinitionException fail(
      Site site, Misuse misuse, String message, List<Diagnostic.Note> notes, String help) {
    return fail(site, misuse, message, notes, Optional.of(help));
  }

  private KernelDefinitionException fail(
      Site site,
      Misuse misuse,
      String message,
      List<Diagnostic.Note> notes,
      Optional<String> help) {
    KernelDefinitionException exception =
        new KernelDefinitionException(
            new Diagnostic(misuse.code(), message, site.location(), site.call(), notes, help));
    if (failure == null) {
      failure = exception;
    }
    return exception;
  }

  // ---------------------------------------------------------------- handles

  Scalar scalar(Site site, Value value) {
    return new Scalar(this, region, site, value);
  }

  Tile tile(Site site, Value value) {
    Tile tile = new Tile(this, region, site, value.tile(), tiles++);
    region.define(tile, value);
    return tile;
  }

  Value read(Site site, Tile tile) {
    checkNoCombiner(site);
    return region.read(tile);
  }

  void write(Site site, Tile tile, Value value) {
    checkNoCombiner(site);
    region.write(tile, value);
  }

  private KernelDefinitionException acrossRoles(Site site, Handle handle) {
    return fail(
        site,
        Misuse.ACROSS_ROLES,
        "this " + handle.describe() + " was made outside the role that uses it",
        List.of(
            handle.note("made here, in registers of other warps"),
            region.opened.note("used in the region opened here")),
        "make it within the role, or send it through an aref");
  }

  // ---------------------------------------------------------------- slots

  /** A slot that has to be given away before its region ends. */
  void held(Slot slot) {
    held.add(slot);
  }

  /** The number of the next asynchronous product. */
  int nextProduct() {
    return products++;
  }

  private void checkNothingHeld(Region ending) {
    for (Slot slot : held) {
      if (slot.home == ending && slot.isHeld()) {
        throw fail(
            slot.defined,
            Misuse.SLOT_KEPT,
            "this slot is never given away",
            List.of(),
            slot instanceof WriteSlot
                ? "commit it before the region ends"
                : "give it back with consumed or release before the region ends");
      }
    }
    held.removeIf(slot -> !slot.isHeld());
  }

  /** Checks that this is no reduction's combiner, which only computes with its two numbers. */
  void checkNoCombiner(Site site) {
    if (region.kind == Region.Kind.COMBINER) {
      throw fail(
          site,
          Misuse.NOT_IN_COMBINER,
          site.call() + " is not possible in a reduction's combiner",
          List.of(region.opened.note("in the combiner of this reduction")),
          "a combiner only computes with its two numbers");
    }
  }

  // ---------------------------------------------------------------- regions

  /** Runs {@code body} as a region of its own. */
  <T> T inside(Region inner, Function<Region, T> body) {
    Region outer = region;
    region = inner;
    boolean completed = false;
    try {
      T result = body.apply(inner);
      checkNothingHeld(inner);
      completed = true;
      return result;
    } finally {
      if (!completed && abandoned == null) {
        abandoned = inner.opened;
      }
      inner.close();
      region = outer;
    }
  }

  Region nested(Region.Kind kind, Site opened) {
    return new Region(kind, region, opened, ops);
  }
}
