package dev.tilewright.dtype;

/** The type of one element. */
public sealed interface DType permits IntType, FloatType {

  DType I1 = new IntType(1, true);
  DType I8 = new IntType(8, true);
  DType U8 = new IntType(8, false);
  DType I16 = new IntType(16, true);
  DType I32 = new IntType(32, true);
  DType I64 = new IntType(64, true);
  DType F16 = new FloatType("f16", 5, 10, 16);
  DType BF16 = new FloatType("bf16", 8, 7, 16);
  DType TF32 = new FloatType("tf32", 8, 10, 32);
  DType F32 = new FloatType("f32", 8, 23, 32);
  DType F64 = new FloatType("f64", 11, 52, 64);

  /** Storage size in bits. */
  int bits();

  /** The name as it is written in tile IR and on the command line. */
  String name();
}
