package dev.tilewright.emulator.decode;

import dev.tilewright.emulator.instruction.Decoded;
import dev.tilewright.emulator.instruction.Decoding;
import dev.tilewright.emulator.instruction.Families;
import dev.tilewright.emulator.instruction.Register;
import dev.tilewright.emulator.instruction.Registers;
import dev.tilewright.emulator.instruction.Scope;
import dev.tilewright.emulator.instruction.Symbol;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.FunctionBody;
import dev.tilewright.emulator.machine.Instruction;
import dev.tilewright.emulator.machine.Place;
import dev.tilewright.emulator.ptx.Function;
import dev.tilewright.emulator.ptx.Module;
import dev.tilewright.emulator.ptx.PtxException;
import dev.tilewright.emulator.ptx.StateSpace;
import dev.tilewright.emulator.ptx.Statement;
import dev.tilewright.emulator.ptx.Variable;
import java.util.ArrayList;
import java.util.List;

/** Decodes one function: first its names, then its instructions. */
final class FunctionDecoder {
  /** Where variables of the block go while a function is read. */
  interface SharedLayout {
    Symbol place(Variable variable);
  }

  private record Pending(Statement.Instruction text, Scope scope) {}

  private final Module module;
  private final Function function;
  private final Registers registers;
  private final SharedLayout shared;
  private final int start;
  private final List<Pending> pending = new ArrayList<>();
  private final List<Place> parameters = new ArrayList<>();
  private final List<Place> results = new ArrayList<>();
  private final FunctionBody.Range words;
  private final FunctionBody.Range longs;
  private final FunctionBody.Range predicates;
  private int frameBytes;
  private int parameterBytes;
  private int lastLine;

  FunctionDecoder(
      Module module,
      Function function,
      Registers registers,
      Scope global,
      SharedLayout shared,
      int start) {
    this.module = module;
    this.function = function;
    this.registers = registers;
    this.shared = shared;
    this.start = start;
    this.lastLine = function.line();
    int word = registers.words();
    int wide = registers.longs();
    int predicate = registers.predicates();
    Scope scope = new Scope(global);
    for (Variable result : function.results()) {
      results.add(formal(result, scope));
    }
    for (Variable parameter : function.parameters()) {
      parameters.add(formal(parameter, scope));
    }
    flatten(function.body(), new Scope(scope));
    words = new FunctionBody.Range(word, registers.words());
    longs = new FunctionBody.Range(wide, registers.longs());
    predicates = new FunctionBody.Range(predicate, registers.predicates());
  }

  /** Instructions of this function, with the one that ends it. */
  int size() {
    return pending.size() + 1;
  }

  /** Bytes of an entry's parameter buffer. */
  int parameterBytes() {
    return parameterBytes;
  }

  FunctionBody body(boolean recursive) {
    int bytes = Math.ceilDiv(frameBytes, 16) * 16;
    return new FunctionBody(
        function.name(), start, bytes, parameters, results, recursive, words, longs, predicates);
  }

  private Place formal(Variable variable, Scope scope) {
    if (variable.space() == StateSpace.REG) {
      Register register = registers.declare(variable.name(), variable.type());
      scope.put(variable.name(), new Symbol.Registered(List.of(register)));
      return switch (register.kind()) {
        case WORD -> new Place.WordRegister(register.slot(), register.id());
        case LONG -> new Place.LongRegister(register.slot(), register.id());
        case PREDICATE -> new Place.PredicateRegister(register.slot(), register.id());
        case QUAD -> throw invalid(variable, "128-bit register parameters are not supported");
      };
    }
    int bytes = bytes(variable);
    if (function.entry()) {
      int offset = align(parameterBytes, variable.alignment());
      parameterBytes = offset + bytes;
      scope.put(variable.name(), new Symbol.Stored(AddressSpace.PARAMETER, offset, false, bytes));
      return new Place.FrameBytes(offset, bytes);
    }
    int offset = inFrame(variable);
    scope.put(variable.name(), new Symbol.Stored(AddressSpace.LOCAL, offset, true, bytes));
    return new Place.FrameBytes(offset, bytes);
  }

  private int inFrame(Variable variable) {
    int offset = align(frameBytes, Math.max(1, variable.alignment()));
    frameBytes = offset + bytes(variable);
    return offset;
  }

  private int bytes(Variable variable) {
    long bytes = variable.bytes();
    if (bytes > Integer.MAX_VALUE) {
      throw invalid(variable, variable.name() + " has " + bytes + " bytes");
    }
    return (int) bytes;
  }

  private static PtxException invalid(Variable variable, String why) {
    return new PtxException("EMU-INVALID-MODULE", variable.line(), why);
  }

  static int align(int offset, int alignment) {
    return Math.ceilDiv(offset, alignment) * alignment;
  }

  private void flatten(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      lastLine = statement.line();
      switch (statement) {
        case Statement.Label l -> scope.put(l.name(), new Symbol.Position(start + pending.size()));
        case Statement.Declaration v -> declare(v.variable(), scope);
        case Statement.Scope s -> flatten(s.statements(), new Scope(scope));
        case Statement.Targets t -> scope.put(t.name(), new Symbol.Targets(t.targets()));
        case Statement.Prototype p -> scope.put(p.name(), new Symbol.Targets(List.of()));
        case Statement.Instruction i -> pending.add(new Pending(i, scope));
      }
    }
  }

  private void declare(Variable v, Scope scope) {
    switch (v.space()) {
      case REG -> declareRegisters(v, scope);
      case SHARED -> scope.put(v.name(), shared.place(v));
      case LOCAL, PARAM ->
          scope.put(v.name(), new Symbol.Stored(AddressSpace.LOCAL, inFrame(v), true, bytes(v)));
      case GLOBAL, CONST ->
          throw invalid(v, "a " + v.space() + " variable inside a function is not supported");
    }
  }

  private void declareRegisters(Variable v, Scope scope) {
    if (v.count() < 0) {
      List<Register> elements = new ArrayList<>();
      for (int e = 0; e < v.vector(); e++) {
        elements.add(registers.declare(v.name(), v.type()));
      }
      scope.put(v.name(), new Symbol.Registered(elements));
      return;
    }
    for (int i = 0; i < v.count(); i++) {
      String name = v.name() + i;
      scope.put(name, new Symbol.Registered(List.of(registers.declare(name, v.type()))));
    }
  }

  void decode(Instruction[] code) {
    int pc = start;
    for (Pending p : pending) {
      code[pc++] = decode(p.text, p.scope);
    }
    // Control that runs off the end returns.
    code[pc] =
        new Instruction(
            "ret",
            lastLine,
            java.util.Optional.empty(),
            -1,
            -1,
            false,
            new int[0],
            new int[0],
            dev.tilewright.emulator.counters.Counter.CONTROL,
            new Action.Return());
  }

  private Instruction decode(Statement.Instruction text, Scope scope) {
    Decoding d = new Decoding(text, scope, registers, module.target());
    Decoded decoded = Families.decode(d);
    int guard = -1;
    int guardId = -1;
    if (text.guard().isPresent()) {
      String name = text.guard().get();
      if (!(scope.find(name) instanceof Symbol.Registered r)
          || r.elements().getFirst().kind() != Register.Kind.PREDICATE) {
        throw new PtxException(
            "EMU-INVALID-MODULE", text.line(), "'" + name + "' is not a predicate");
      }
      guard = r.elements().getFirst().slot();
      guardId = r.elements().getFirst().id();
    }
    return new Instruction(
        text.mnemonic(),
        text.line(),
        text.source().flatMap(module::describe),
        guard,
        guardId,
        text.guardInverted(),
        d.readIds(),
        d.writeIds(),
        decoded.counter(),
        decoded.action());
  }
}
