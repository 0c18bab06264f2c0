package dev.tilewright.ptx;

/** The register classes of PTX that we declare, with the customary names of their registers. */
enum RegisterKind {
  PREDICATE("%p", ".pred", "pred"),
  B16("%h", ".b16", "b16"),
  B32("%r", ".b32", "b32"),
  B64("%rd", ".b64", "b64"),
  F32("%f", ".f32", "f32"),
  F64("%fd", ".f64", "f64");

  private final String prefix;
  private final String declaration;
  private final String suffix;

  RegisterKind(String prefix, String declaration, String suffix) {
    this.prefix = prefix;
    this.declaration = declaration;
    this.suffix = suffix;
  }

  /** Begins the name of every register of this class. */
  String prefix() {
    return prefix;
  }

  /** The type in a {@code .reg} declaration. */
  String declaration() {
    return declaration;
  }

  /** The type of an instruction that only moves bits: {@code mov.b32}. */
  String suffix() {
    return suffix;
  }
}
