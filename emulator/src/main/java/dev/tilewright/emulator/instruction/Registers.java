package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.machine.RegisterLayout;
import dev.tilewright.emulator.machine.SpecialRegister;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Hands out registers while a program is decoded. */
public final class Registers {
  private int words;
  private int longs;
  private int predicates;
  private final List<String> names = new ArrayList<>();
  private final Map<Integer, Integer> wordConstants = new LinkedHashMap<>();
  private final Map<Long, Integer> longConstants = new LinkedHashMap<>();
  private final Map<Boolean, Integer> predicateConstants = new LinkedHashMap<>();
  private final Map<SpecialRegister, Integer> specials = new EnumMap<>(SpecialRegister.class);

  /** The hidden register with the start of the running function's frame. */
  private final int frame = longs++;

  /** The hidden condition code of {@code add.cc} and its family. */
  private final int carry = predicates++;

  public Register declare(String name, PtxType type) {
    Register.Kind kind = Register.kind(type);
    int slot =
        switch (kind) {
          case PREDICATE -> predicates++;
          case WORD -> words++;
          case LONG -> longs++;
          case QUAD -> {
            longs += 2;
            yield longs - 2;
          }
        };
    names.add(name);
    return new Register(kind, slot, names.size() - 1, type, name);
  }

  /** The base of a word register that holds {@code value}. */
  public int constant(int value) {
    return wordConstants.computeIfAbsent(value, v -> words++) * 32;
  }

  /** The base of a long register that holds {@code value}. */
  public int constant(long value) {
    return longConstants.computeIfAbsent(value, v -> longs++) * 32;
  }

  /** A predicate that holds {@code value}. */
  public int constant(boolean value) {
    return predicateConstants.computeIfAbsent(value, v -> predicates++);
  }

  /** The base of a word register that holds a special register. */
  public int special(SpecialRegister register) {
    return specials.computeIfAbsent(register, r -> words++) * 32;
  }

  public int frameBase() {
    return frame * 32;
  }

  public int carry() {
    return carry;
  }

  public int words() {
    return words;
  }

  public int longs() {
    return longs;
  }

  public int predicates() {
    return predicates;
  }

  public RegisterLayout layout() {
    List<RegisterLayout.WordConstant> w = new ArrayList<>();
    wordConstants.forEach((value, slot) -> w.add(new RegisterLayout.WordConstant(slot, value)));
    List<RegisterLayout.LongConstant> l = new ArrayList<>();
    longConstants.forEach((value, slot) -> l.add(new RegisterLayout.LongConstant(slot, value)));
    List<RegisterLayout.PredicateConstant> p = new ArrayList<>();
    predicateConstants.forEach(
        (value, slot) -> p.add(new RegisterLayout.PredicateConstant(slot, value)));
    List<RegisterLayout.Special> s = new ArrayList<>();
    specials.forEach((register, slot) -> s.add(new RegisterLayout.Special(slot, register)));
    return new RegisterLayout(words, longs, predicates, w, l, p, s, frame, names);
  }
}
