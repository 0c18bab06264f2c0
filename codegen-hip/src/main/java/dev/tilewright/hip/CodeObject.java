package dev.tilewright.hip;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What clang made of a kernel, and what the code object says of it (LLVM, <i>User Guide for AMDGPU
 * Backend</i>, "Code Object Metadata").
 *
 * @param elf the machine code, an ELF file that the HIP runtime loads
 * @param vectorRegisters of a lane, accumulation registers included
 * @param scalarRegisters of a wave
 * @param vectorSpills vector registers that went to memory
 * @param scalarSpills scalar registers that went to lanes of vector registers, or to memory
 * @param localBytes of local memory that a block takes
 * @param privateBytes of memory of a lane's own: stack and spills
 */
public record CodeObject(
    byte[] elf,
    int vectorRegisters,
    int scalarRegisters,
    int vectorSpills,
    int scalarSpills,
    int localBytes,
    int privateBytes) {
  public CodeObject {
    elf = elf.clone();
  }

  @Override
  public byte[] elf() {
    return elf.clone();
  }

  /**
   * @param notes as {@code llvm-readobj --notes} prints them
   */
  static CodeObject of(byte[] elf, String notes) {
    return new CodeObject(
        elf,
        number("vgpr_count", notes),
        number("sgpr_count", notes),
        number("vgpr_spill_count", notes),
        number("sgpr_spill_count", notes),
        number("group_segment_fixed_size", notes),
        number("private_segment_fixed_size", notes));
  }

  private static int number(String name, String notes) {
    Matcher matcher = Pattern.compile("\\." + name + ":\\s*(\\d+)").matcher(notes);
    if (!matcher.find()) {
      throw new ClangException("the code object does not say its ." + name);
    }
    return Integer.parseInt(matcher.group(1));
  }
}
