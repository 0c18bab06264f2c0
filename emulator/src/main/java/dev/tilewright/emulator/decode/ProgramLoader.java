package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.instruction.Registers;
import dev.tilewright.emulator.instruction.Scope;
import dev.tilewright.emulator.instruction.Symbol;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.FunctionBody;
import dev.tilewright.emulator.machine.GlobalMemory;
import dev.tilewright.emulator.machine.Instruction;
import dev.tilewright.emulator.machine.Program;
import dev.tilewright.emulator.ptx.Function;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.emulator.ptx.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Resolves a module into a program that starts at one of its entries. */
public final class ProgramLoader {
  private final Module module;
  private final Variables variables;
  private final Registers registers = new Registers();
  private final Scope global = new Scope(null);
  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<Function> functions = new ArrayList<>();

  private ProgramLoader(Module module, GlobalMemory memory) {
    this.module = module;
    this.variables = new Variables(module, memory);
  }

  /**
   * A program with what its launch needs to know.
   *
   * @param parameterBytes size of the entry's parameter buffer
   * @param entry the entry function as it was written
   * @param variables device addresses of the module's global variables
   */
  public record Loaded(Program program, int parameterBytes, Function entry, List<Long> variables) {
    public Loaded {
      variables = List.copyOf(variables);
    }
  }

  /**
   * @param memory where the module's global variables are allocated
   * @throws PtxException if the module cannot be run
   */
  public static Loaded load(Module module, String entry, GlobalMemory memory) {
    if (module.addressSize() != 64) {
      throw new PtxException("EMU-INVALID-MODULE", 1, "needs .address_size 64");
    }
    TargetGate.check(module);
    ProgramLoader loader = new ProgramLoader(module, memory);
    try {
      return loader.load(entry);
    } catch (RuntimeException e) {
      loader.variables.allocations().forEach(memory::free);
      throw e;
    }
  }

  private Loaded load(String entry) {
    for (Function f : module.functions()) {
      if (f.declared() && !numbers.containsKey(f.name())) {
        numbers.put(f.name(), functions.size());
        global.put(f.name(), new Symbol.Callable(functions.size()));
        functions.add(f);
      }
    }
    Integer entryNumber = numbers.get(entry);
    if (entryNumber == null || !functions.get(entryNumber).entry()) {
      List<String> entries =
          functions.stream().filter(Function::entry).map(Function::name).toList();
      throw new PtxException(
          "EMU-INVALID-MODULE", 1, "has no entry '" + entry + "'; it has " + entries);
    }
    variables.declareShared(functions);
    variables.declareModule(global);
    variables.initialize(numbers);
    List<FunctionDecoder> decoders = new ArrayList<>();
    int size = 0;
    for (Function f : functions) {
      FunctionDecoder decoder =
          new FunctionDecoder(module, f, registers, global, variables::shared, size);
      decoders.add(decoder);
      size += decoder.size();
    }
    Instruction[] code = new Instruction[size];
    decoders.forEach(d -> d.decode(code));
    boolean[] leader = new boolean[size];
    int[] rank = new int[size];
    List<FunctionBody> bodies = new ArrayList<>();
    boolean[] recursive = recursive(decoders, code);
    int from = 0;
    for (int f = 0; f < decoders.size(); f++) {
      FunctionDecoder decoder = decoders.get(f);
      new ControlFlow(code, from, from + decoder.size(), leader).analyse(rank, from);
      from += decoder.size();
      bodies.add(decoder.body(recursive[f]));
    }
    AccessSurvey survey = AccessSurvey.of(module);
    Program program =
        new Program(
            code,
            rank,
            leader,
            bodies,
            entryNumber,
            registers.layout(),
            variables.staticSharedBytes(),
            variables.constants(),
            survey.sharedGranule(),
            survey.globalGranule(),
            RegistersPerThread.of(functions.get(entryNumber)),
            survey.ordersBlocks(),
            survey.bulk());
    return new Loaded(
        program,
        decoders.get(entryNumber).parameterBytes(),
        functions.get(entryNumber),
        variables.allocations());
  }

  /** Which functions can be active twice: those on a cycle of the call graph. */
  private static boolean[] recursive(List<FunctionDecoder> decoders, Instruction[] code) {
    int n = decoders.size();
    boolean[][] reaches = new boolean[n][n];
    int from = 0;
    for (int f = 0; f < n; f++) {
      for (int pc = from; pc < from + decoders.get(f).size(); pc++) {
        if (code[pc].action() instanceof Action.Call call) {
          for (int callee = 0; callee < n; callee++) {
            // An indirect call may reach any function.
            reaches[f][callee] |= call.callee() < 0 || call.callee() == callee;
          }
        }
      }
      from += decoders.get(f).size();
    }
    for (int via = 0; via < n; via++) {
      for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
          reaches[a][b] |= reaches[a][via] && reaches[via][b];
        }
      }
    }
    boolean[] result = new boolean[n];
    for (int f = 0; f < n; f++) {
      result[f] = reaches[f][f];
    }
    return result;
  }

  /** All instruction statements of a function, scopes opened. */
  static List<Statement.Instruction> instructions(List<Statement> statements) {
    List<Statement.Instruction> result = new ArrayList<>();
    for (Statement s : statements) {
      switch (s) {
        case Statement.Instruction i -> result.add(i);
        case Statement.Scope scope -> result.addAll(instructions(scope.statements()));
        case Statement.Label l -> {}
        case Statement.Declaration v -> {}
        case Statement.Targets t -> {}
        case Statement.Prototype p -> {}
      }
    }
    return result;
  }
}
