package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.instruction.Scope;
import dev.tilewright.emulator.instruction.Symbol;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Allocation;
import dev.tilewright.emulator.machine.Bytes;
import dev.tilewright.emulator.machine.GlobalMemory;
import dev.tilewright.emulator.machine.Launch;
import dev.tilewright.emulator.ptx.Function;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.ptx.StateSpace;
import dev.tilewright.emulator.ptx.Statement;
import dev.tilewright.emulator.ptx.Variable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Places a module's variables and gives them their first values. */
final class Variables {
  private final Module module;
  private final GlobalMemory memory;
  private final Map<String, Symbol.Stored> placed = new LinkedHashMap<>();
  private final Map<Variable, Symbol.Stored> sharedPlaces = new LinkedHashMap<>();
  private final Map<Variable, Long> globals = new LinkedHashMap<>();
  private byte[] constants = new byte[0];
  private int sharedBytes;

  Variables(Module module, GlobalMemory memory) {
    this.module = module;
    this.memory = memory;
  }

  int staticSharedBytes() {
    return sharedBytes;
  }

  byte[] constants() {
    return constants;
  }

  List<Long> allocations() {
    return List.copyOf(globals.values());
  }

  /** Static shared variables first, then the dynamic memory behind them. */
  void declareShared(List<Function> functions) {
    List<Variable> all = new ArrayList<>();
    module.variables().stream().filter(v -> v.space() == StateSpace.SHARED).forEach(all::add);
    functions.forEach(f -> collectShared(f.body(), all));
    int dynamicAlignment = 16;
    for (Variable v : all) {
      if (isDynamic(v)) {
        dynamicAlignment = Math.max(dynamicAlignment, v.alignment());
        continue;
      }
      int offset = FunctionDecoder.align(sharedBytes, v.alignment());
      sharedPlaces.put(v, stored(offset, (int) v.bytes()));
      sharedBytes = Math.addExact(offset, (int) v.bytes());
    }
    if (all.stream().anyMatch(Variables::isDynamic)) {
      sharedBytes = FunctionDecoder.align(sharedBytes, dynamicAlignment);
    }
    for (Variable v : all) {
      if (isDynamic(v)) {
        sharedPlaces.put(v, stored(sharedBytes, 0));
      }
    }
  }

  private static boolean isDynamic(Variable v) {
    return v.external() || v.elements() == 0;
  }

  private static Symbol.Stored stored(int offset, int bytes) {
    return new Symbol.Stored(AddressSpace.SHARED, Launch.SHARED_BASE + offset, false, bytes);
  }

  private static void collectShared(List<Statement> statements, List<Variable> all) {
    for (Statement s : statements) {
      if (s instanceof Statement.Declaration d && d.variable().space() == StateSpace.SHARED) {
        all.add(d.variable());
      } else if (s instanceof Statement.Scope scope) {
        collectShared(scope.statements(), all);
      }
    }
  }

  Symbol shared(Variable variable) {
    return java.util.Objects.requireNonNull(sharedPlaces.get(variable));
  }

  void declareModule(Scope scope) {
    for (Variable v : module.variables()) {
      Symbol.Stored symbol =
          switch (v.space()) {
            case SHARED -> java.util.Objects.requireNonNull(sharedPlaces.get(v));
            case GLOBAL -> global(v);
            case CONST -> constant(v);
            case REG, PARAM, LOCAL ->
                throw new PtxException(
                    "EMU-INVALID-MODULE", v.line(), v.space() + " variable outside a function");
          };
      placed.put(v.name(), symbol);
      scope.put(v.name(), symbol);
    }
  }

  private Symbol.Stored global(Variable v) {
    if (v.external()) {
      throw new PtxException(
          "EMU-INVALID-MODULE", v.line(), "external variable " + v.name() + " is not defined");
    }
    Allocation allocation = memory.allocate(Math.max(1, v.bytes()));
    globals.put(v, allocation.base());
    return new Symbol.Stored(AddressSpace.GLOBAL, allocation.base(), false, (int) v.bytes());
  }

  private Symbol.Stored constant(Variable v) {
    int offset = FunctionDecoder.align(constants.length, v.alignment());
    constants = Arrays.copyOf(constants, offset + (int) v.bytes());
    return new Symbol.Stored(AddressSpace.CONSTANT, offset, false, (int) v.bytes());
  }

  /** Variables without initializer are zero (PTX ISA, "Initializers"). */
  void initialize(Map<String, Integer> functions) {
    for (Variable v : module.variables()) {
      if (v.space() == StateSpace.GLOBAL) {
        byte[] bytes = new byte[(int) Math.max(1, v.bytes())];
        fill(v, bytes, 0, functions);
        memory.upload(
            java.util.Objects.requireNonNull(globals.get(v)), MemorySegment.ofArray(bytes));
      } else if (v.space() == StateSpace.CONST) {
        fill(
            v,
            constants,
            (int) java.util.Objects.requireNonNull(placed.get(v.name())).address(),
            functions);
      }
    }
  }

  private void fill(Variable v, byte[] bytes, int at, Map<String, Integer> functions) {
    if (v.initializer().isEmpty()) {
      return;
    }
    List<Variable.Initializer> flat = new ArrayList<>();
    flatten(v.initializer().get(), flat);
    if (flat.size() > v.elements()) {
      throw new PtxException(
          "EMU-INVALID-MODULE", v.line(), v.name() + " has too many initial values");
    }
    int size = v.type().bytes();
    for (int i = 0; i < flat.size(); i++) {
      Bytes.put(bytes, at + i * size, size, value(v, flat.get(i), functions));
    }
  }

  private static void flatten(Variable.Initializer i, List<Variable.Initializer> flat) {
    if (i instanceof Variable.Initializer.Elements e) {
      e.elements().forEach(x -> flatten(x, flat));
    } else {
      flat.add(i);
    }
  }

  private long value(Variable v, Variable.Initializer i, Map<String, Integer> functions) {
    return switch (i) {
      case Variable.Initializer.Number n -> number(v.type(), n.constant());
      case Variable.Initializer.AddressOf a -> {
        Integer function = functions.get(a.name());
        if (function != null) {
          yield Launch.functionAddress(function);
        }
        Symbol.Stored s = placed.get(a.name());
        if (s == null) {
          throw new PtxException(
              "EMU-INVALID-MODULE", v.line(), "'" + a.name() + "' is not declared");
        }
        yield s.address() + a.offset() + (a.generic() ? s.space().window() : 0);
      }
      case Variable.Initializer.Elements e -> throw new AssertionError(e);
    };
  }

  private static long number(PtxType type, Operand constant) {
    return switch (constant) {
      case Operand.IntegerConstant c ->
          switch (type) {
            case F32 -> Float.floatToRawIntBits(c.value());
            case F64 -> Double.doubleToRawLongBits(c.value());
            default -> c.value();
          };
      case Operand.FloatConstant c ->
          type.bits() == 64
              ? c.doubleBits()
              : c.single()
                  ? c.singleBits()
                  : Float.floatToRawIntBits((float) Double.longBitsToDouble(c.doubleBits()));
      default -> throw new IllegalArgumentException(constant.toString());
    };
  }
}
