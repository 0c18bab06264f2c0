package dev.tilewright.emulator.machine;

import java.util.List;

/**
 * What a reader (of PTX text, of LLVM IR) hands to the machine: code ready to run.
 *
 * @param code all functions' instructions
 * @param rank the order of basic blocks that reconvergence follows: a reverse postorder of each
 *     function's control flow graph in which a loop's blocks come before its exits, per instruction
 * @param leader whether an instruction starts a basic block
 * @param staticSharedBytes shared memory that the program declares
 * @param constants the contents of constant memory
 * @param sharedGranule the narrowest access to shared memory in bytes (1, 2 or 4): races are told
 *     apart at this width
 * @param globalGranule the same for global memory
 * @param registersPerThread 32-bit registers of a thread at launch, or 0 if that is not known
 * @param ordersBlocks whether blocks may talk to each other through atomics or flags: they then run
 *     in turns on one worker, in order, so that results are reproducible
 * @param bulk whether it has bulk copies, which complete on mbarriers
 */
public record Program(
    Instruction[] code,
    int[] rank,
    boolean[] leader,
    List<FunctionBody> functions,
    int entry,
    RegisterLayout registers,
    int staticSharedBytes,
    byte[] constants,
    int sharedGranule,
    int globalGranule,
    int registersPerThread,
    boolean ordersBlocks,
    boolean bulk) {
  public Program {
    functions = List.copyOf(functions);
  }
}
