package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Launch;
import dev.tilewright.emulator.machine.SpecialRegister;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.emulator.ptx.PtxType;
import dev.tilewright.emulator.ptx.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One instruction while it is decoded. Families take the modifiers they know, in any order the ISA
 * allows, and resolve operands to register-file indices; what is left over is an error that names
 * the instruction.
 */
public final class Decoding {
  /** Special registers that never change, by name. */
  private static final Map<String, SpecialRegister> SPECIALS =
      Map.ofEntries(
          Map.entry("%laneid", SpecialRegister.LANEID),
          Map.entry("%warpid", SpecialRegister.WARPID),
          Map.entry("%nwarpid", SpecialRegister.NWARPID),
          Map.entry("%smid", SpecialRegister.SMID),
          Map.entry("%nsmid", SpecialRegister.NSMID),
          Map.entry("%lanemask_eq", SpecialRegister.LANEMASK_EQ),
          Map.entry("%lanemask_le", SpecialRegister.LANEMASK_LE),
          Map.entry("%lanemask_lt", SpecialRegister.LANEMASK_LT),
          Map.entry("%lanemask_ge", SpecialRegister.LANEMASK_GE),
          Map.entry("%lanemask_gt", SpecialRegister.LANEMASK_GT),
          Map.entry("%dynamic_smem_size", SpecialRegister.DYNAMIC_SHARED_BYTES),
          Map.entry("%total_smem_size", SpecialRegister.TOTAL_SHARED_BYTES),
          Map.entry("%aggr_smem_size", SpecialRegister.TOTAL_SHARED_BYTES),
          Map.entry("%cluster_ctarank", SpecialRegister.CLUSTER_CTARANK),
          Map.entry("%cluster_nctarank", SpecialRegister.CLUSTER_NCTARANK),
          Map.entry("%is_explicit_cluster", SpecialRegister.IS_EXPLICIT_CLUSTER),
          Map.entry("%gridid", SpecialRegister.ZERO),
          Map.entry("WARP_SZ", SpecialRegister.ZERO));

  private static final Map<String, SpecialRegister[]> VECTORS =
      Map.of(
          "%tid",
          specials(SpecialRegister.TID_X, SpecialRegister.TID_Y, SpecialRegister.TID_Z),
          "%ntid",
          specials(SpecialRegister.NTID_X, SpecialRegister.NTID_Y, SpecialRegister.NTID_Z),
          "%ctaid",
          specials(SpecialRegister.CTAID_X, SpecialRegister.CTAID_Y, SpecialRegister.CTAID_Z),
          "%nctaid",
          specials(SpecialRegister.NCTAID_X, SpecialRegister.NCTAID_Y, SpecialRegister.NCTAID_Z),
          "%clusterid",
          specials(
              SpecialRegister.CLUSTERID_X,
              SpecialRegister.CLUSTERID_Y,
              SpecialRegister.CLUSTERID_Z),
          "%nclusterid",
          specials(
              SpecialRegister.NCLUSTERID_X,
              SpecialRegister.NCLUSTERID_Y,
              SpecialRegister.NCLUSTERID_Z),
          "%cluster_ctaid",
          specials(
              SpecialRegister.CLUSTER_CTAID_X,
              SpecialRegister.CLUSTER_CTAID_Y,
              SpecialRegister.CLUSTER_CTAID_Z),
          "%cluster_nctaid",
          specials(
              SpecialRegister.CLUSTER_NCTAID_X,
              SpecialRegister.CLUSTER_NCTAID_Y,
              SpecialRegister.CLUSTER_NCTAID_Z));

  private final Statement.Instruction text;
  private final Scope scope;
  private final Registers registers;
  private final String target;
  private final List<String> modifiers;
  private final List<Integer> reads = new ArrayList<>();
  private final List<Integer> writes = new ArrayList<>();

  /**
   * @param target what the module's {@code .target} names
   */
  public Decoding(Statement.Instruction text, Scope scope, Registers registers, String target) {
    this.text = text;
    this.scope = scope;
    this.registers = registers;
    this.target = target;
    this.modifiers = new ArrayList<>(text.modifiers());
  }

  private static SpecialRegister[] specials(SpecialRegister... all) {
    return all;
  }

  // ---- errors

  /** This instruction, or this form of it, is not implemented (or not PTX). */
  public PtxException unsupported(String why) {
    return new PtxException(
        "EMU-UNSUPPORTED-INSTRUCTION", text.line(), text.mnemonic() + ": " + why);
  }

  PtxException invalid(String why) {
    return new PtxException("EMU-INVALID-MODULE", text.line(), text.mnemonic() + ": " + why);
  }

  /** Fails unless the module is for this target, which alone has the instruction. */
  void needTarget(String only) {
    if (!target.equals(only)) {
      throw invalid("needs .target " + only + "; the module has .target " + target);
    }
  }

  /** Fails if a modifier was left over. */
  public void finish() {
    if (!modifiers.isEmpty()) {
      throw unsupported("modifier ." + modifiers.getFirst() + " is not known here");
    }
  }

  // ---- modifiers

  public String opcode() {
    return text.opcode();
  }

  /** Takes a modifier if it is there. */
  boolean take(String modifier) {
    return modifiers.remove(modifier);
  }

  /** Takes the first of these modifiers that is there, or returns null. */
  @Nullable String takeAny(String... choices) {
    for (String choice : choices) {
      if (modifiers.remove(choice)) {
        return choice;
      }
    }
    return null;
  }

  /** Takes the first modifier that is left. */
  String next() {
    if (modifiers.isEmpty()) {
      throw unsupported("is incomplete");
    }
    return modifiers.removeFirst();
  }

  /** Takes one of these modifiers, which must be there. */
  String need(String... choices) {
    String taken = takeAny(choices);
    if (taken == null) {
      throw unsupported("needs one of ." + String.join(" .", choices));
    }
    return taken;
  }

  /** Takes every modifier that starts with {@code prefix} and drops it: a mere hint. */
  void dropHints(String... prefixes) {
    for (String prefix : prefixes) {
      modifiers.removeIf(m -> m.startsWith(prefix));
    }
  }

  /** Takes the first modifier that names a type. */
  PtxType type() {
    for (String m : modifiers) {
      PtxType type = PtxType.named(m);
      if (type != null) {
        modifiers.remove(m);
        return type;
      }
    }
    throw unsupported("has no type that the emulator knows");
  }

  boolean hasType() {
    return modifiers.stream().anyMatch(m -> PtxType.named(m) != null);
  }

  /** The first modifier that is left, or "". */
  String peek() {
    return modifiers.isEmpty() ? "" : modifiers.getFirst();
  }

  // ---- operands

  int count() {
    return text.operands().size();
  }

  Operand operand(int i) {
    if (i >= text.operands().size()) {
      throw invalid("has no operand " + (i + 1));
    }
    return text.operands().get(i);
  }

  void needOperands(int... counts) {
    for (int c : counts) {
      if (c == count()) {
        return;
      }
    }
    throw invalid("has " + count() + " operands");
  }

  /** The elements of a vector operand, or the operand itself. */
  List<Operand> elements(int i) {
    return operand(i) instanceof Operand.Vector v ? v.elements() : List.of(operand(i));
  }

  List<Operand> vector(int i, int size) {
    List<Operand> elements = elements(i);
    if (elements.size() != size) {
      throw invalid("operand " + (i + 1) + " needs " + size + " elements");
    }
    return elements;
  }

  Symbol symbol(String name) {
    Symbol symbol = scope.find(name);
    if (symbol == null) {
      throw invalid("'" + name + "' is not declared");
    }
    return symbol;
  }

  @Nullable Symbol findSymbol(String name) {
    return scope.find(name);
  }

  @Nullable Register register(Operand operand) {
    if (operand instanceof Operand.Name n && scope.find(n.name()) instanceof Symbol.Registered r) {
      return element(n, r);
    }
    return null;
  }

  private Register element(Operand.Name name, Symbol.Registered symbol) {
    int index =
        switch (name.element()) {
          case "", "x", "r" -> 0;
          case "y", "g" -> 1;
          case "z", "b" -> 2;
          case "w", "a" -> 3;
          default -> throw invalid("no element ." + name.element());
        };
    if (index >= symbol.elements().size()) {
      throw invalid(name + " has no such element");
    }
    return symbol.elements().get(index);
  }

  /** The base of a 32-bit (or narrower) source. */
  int word(int i, PtxType type) {
    return word(operand(i), type);
  }

  int word(Operand operand, PtxType type) {
    Register register = register(operand);
    if (register != null) {
      if (register.kind() != Register.Kind.WORD) {
        throw invalid(register.name() + " is not a 32-bit register");
      }
      reads.add(register.id());
      return register.base();
    }
    return switch (operand) {
      case Operand.IntegerConstant c ->
          registers.constant(
              type == PtxType.F32 ? Float.floatToRawIntBits(c.value()) : narrow(c.value(), type));
      case Operand.FloatConstant c -> registers.constant(singleBits(c));
      case Operand.Name n -> specialOrAddress(n);
      default -> throw invalid("operand form not allowed here: " + operand);
    };
  }

  private static int narrow(long value, PtxType type) {
    return type.bits() == 16 ? (int) value & 0xffff : (int) value;
  }

  private static int singleBits(Operand.FloatConstant c) {
    return c.single()
        ? c.singleBits()
        : Float.floatToRawIntBits((float) Double.longBitsToDouble(c.doubleBits()));
  }

  private int specialOrAddress(Operand.Name n) {
    if (n.name().equals("WARP_SZ")) {
      return registers.constant(32);
    }
    SpecialRegister special = special(n);
    if (special != null) {
      return registers.special(special);
    }
    if (scope.find(n.name()) instanceof Symbol.Stored s && !s.framed()) {
      return registers.constant((int) (s.address() + n.offset()));
    }
    throw invalid("'" + n + "' is not a 32-bit value");
  }

  private static @Nullable SpecialRegister special(Operand.Name n) {
    SpecialRegister[] vector = VECTORS.get(n.name());
    if (vector != null) {
      return switch (n.element()) {
        case "", "x" -> vector[0];
        case "y" -> vector[1];
        case "z" -> vector[2];
        default -> SpecialRegister.ZERO;
      };
    }
    return SPECIALS.get(n.name());
  }

  /** The base of a 64-bit source. */
  int wide(int i, PtxType type) {
    return wide(operand(i), type);
  }

  int wide(Operand operand, PtxType type) {
    Register register = register(operand);
    if (register != null) {
      if (register.kind() != Register.Kind.LONG) {
        throw invalid(register.name() + " is not a 64-bit register");
      }
      reads.add(register.id());
      return register.base();
    }
    return switch (operand) {
      case Operand.IntegerConstant c ->
          registers.constant(
              type == PtxType.F64 ? Double.doubleToRawLongBits(c.value()) : c.value());
      case Operand.FloatConstant c -> registers.constant(c.doubleBits());
      case Operand.Name n -> wideAddress(n);
      default -> throw invalid("operand form not allowed here: " + operand);
    };
  }

  private int wideAddress(Operand.Name n) {
    return switch (scope.find(n.name())) {
      case Symbol.Stored s when !s.framed() -> registers.constant(s.address() + n.offset());
      case Symbol.Callable f -> registers.constant(Launch.functionAddress(f.number()));
      case null, default -> throw invalid("'" + n + "' is not a 64-bit value");
    };
  }

  /** The index of a predicate source; see {@link #inverted}. */
  int predicate(int i) {
    return predicate(operand(i));
  }

  int predicate(Operand operand) {
    Operand name = operand instanceof Operand.Inverted inverted ? inverted.name() : operand;
    if (name instanceof Operand.IntegerConstant c) {
      return registers.constant(c.value() != 0);
    }
    Register register = register(name);
    if (register == null || register.kind() != Register.Kind.PREDICATE) {
      throw invalid("operand is not a predicate: " + operand);
    }
    reads.add(register.id());
    return register.base();
  }

  boolean inverted(int i) {
    return operand(i) instanceof Operand.Inverted;
  }

  /** The base of a destination of the given kind; -1 for the sink {@code _}. */
  int destination(Operand operand, Register.Kind kind) {
    if (isSink(operand)) {
      return -1;
    }
    Register register = register(operand);
    if (register == null || register.kind() != kind) {
      throw invalid("destination is not a register of the right size: " + operand);
    }
    writes.add(register.id());
    return register.base();
  }

  static boolean isSink(Operand operand) {
    return operand instanceof Operand.Name n && n.name().equals("_");
  }

  int wordOut(int i) {
    return destination(operand(i), Register.Kind.WORD);
  }

  int wideOut(int i) {
    return destination(operand(i), Register.Kind.LONG);
  }

  int predicateOut(int i) {
    return destination(operand(i), Register.Kind.PREDICATE);
  }

  /** Notes that the instruction reads a register found by other means. */
  void reads(Register register) {
    reads.add(register.id());
  }

  void writes(Register register) {
    writes.add(register.id());
  }

  Registers registers() {
    return registers;
  }

  /**
   * An address operand.
   *
   * @param space the space the modifiers named
   */
  AddressOperand address(int i, AddressSpace space) {
    Operand.Address a = bracketed(i);
    if (!a.more().isEmpty()) {
      throw invalid("operand " + (i + 1) + " is no tensor");
    }
    return address(a, space);
  }

  private Operand.Address bracketed(int i) {
    if (operand(i) instanceof Operand.Address a) {
      return a;
    }
    throw invalid("operand " + (i + 1) + " is not an address");
  }

  /**
   * A tensor operand, {@code [map, {coordinates}]}.
   *
   * @param map the map's address
   * @param coordinates the coordinates' word registers, innermost first
   */
  record TensorOperand(AddressOperand map, int[] coordinates) {}

  TensorOperand tensor(int i, int rank) {
    Operand.Address a = bracketed(i);
    if (a.more().size() != 1) {
      throw invalid("operand " + (i + 1) + " needs a tensor map and its coordinates");
    }
    List<Operand> elements =
        a.more().getFirst() instanceof Operand.Vector v ? v.elements() : a.more();
    if (elements.size() != rank) {
      throw invalid("has " + elements.size() + " coordinates for " + rank + " dimensions");
    }
    int[] coordinates = elements.stream().mapToInt(e -> word(e, PtxType.S32)).toArray();
    return new TensorOperand(address(a, AddressSpace.GENERIC), coordinates);
  }

  private AddressOperand address(Operand.Address a, AddressSpace space) {
    switch (a.base()) {
      case Operand.IntegerConstant c -> {
        return new AddressOperand(space, true, registers.constant(c.value()), 0);
      }
      case Operand.Name n -> {
        Register register = register(new Operand.Name(n.name(), n.element(), 0));
        if (register != null) {
          reads.add(register.id());
          boolean wide = register.kind() == Register.Kind.LONG;
          if (!wide && register.kind() != Register.Kind.WORD) {
            throw invalid(register.name() + " cannot be an address");
          }
          return new AddressOperand(space, wide, register.base(), n.offset());
        }
        if (symbol(n.name()) instanceof Symbol.Stored s) {
          return stored(s, n.offset(), space);
        }
        throw invalid("'" + n + "' cannot be an address");
      }
      default -> throw invalid("address form not allowed: " + a);
    }
  }

  private AddressOperand stored(Symbol.Stored s, long offset, AddressSpace space) {
    if (s.framed()) {
      return new AddressOperand(
          AddressSpace.LOCAL, true, registers.frameBase(), s.address() + offset);
    }
    // A variable named in a generic access stands for its generic address.
    AddressSpace actual = space == AddressSpace.GENERIC ? s.space() : space;
    return new AddressOperand(actual, true, registers.constant(s.address() + offset), 0);
  }

  public int[] readIds() {
    return reads.stream().mapToInt(Integer::intValue).distinct().toArray();
  }

  public int[] writeIds() {
    return writes.stream().mapToInt(Integer::intValue).distinct().toArray();
  }
}
