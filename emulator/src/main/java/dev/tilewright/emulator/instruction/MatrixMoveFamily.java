package dev.tilewright.emulator.instruction;

import dev.tilewright.emulator.counters.Counter;
import dev.tilewright.emulator.machine.Action;
import dev.tilewright.emulator.machine.AddressSpace;
import dev.tilewright.emulator.machine.Bytes;
import dev.tilewright.emulator.machine.MemoryPort;
import dev.tilewright.emulator.machine.Warp;
import dev.tilewright.emulator.ptx.Operand;
import dev.tilewright.emulator.ptx.PtxType;
import java.util.List;
import java.util.Map;

/**
 * {@code ldmatrix}, {@code stmatrix} and {@code movmatrix}: 8x8 matrices of 16-bit elements. Lanes
 * 8j to 8j+7 give the addresses of the rows of matrix j; lane l holds elements 2(l%4) and 2(l%4)+1
 * of row l/4.
 */
final class MatrixMoveFamily {
  private MatrixMoveFamily() {}

  static void register(Map<String, Families.Decoder> families) {
    families.put("ldmatrix", d -> matrix(d, false));
    families.put("stmatrix", d -> matrix(d, true));
    families.put("movmatrix", MatrixMoveFamily::transpose);
  }

  private static Decoded matrix(Decoding d, boolean store) {
    d.need("sync");
    d.need("aligned");
    d.need("m8n8");
    int count = d.need("x1", "x2", "x4").charAt(1) - '0';
    boolean transposed = d.take("trans");
    AddressSpace space = MemoryFamily.space(d);
    if (d.type() != PtxType.B16) {
      throw d.unsupported("only .b16");
    }
    int list = store ? 1 : 0;
    List<Operand> operands = d.vector(list, count);
    int[] registers = new int[count];
    for (int i = 0; i < count; i++) {
      registers[i] =
          store
              ? d.word(operands.get(i), PtxType.B32)
              : d.destination(operands.get(i), Register.Kind.WORD);
    }
    AddressOperand address = d.address(1 - list, space);
    Action.Step step =
        store
            ? new Store(address, registers, transposed)
            : new Load(address, registers, transposed);
    return new Decoded(Counter.SHARED_MATRIX, new Action.Aligned(step));
  }

  private static void requireShared(Warp warp, int lane) {
    if (warp.memory().space() != AddressSpace.SHARED) {
      throw warp.fault(
          dev.tilewright.emulator.sanitizer.FindingCode.OUT_OF_BOUNDS,
          lane,
          "has a row address outside shared memory");
    }
  }

  private static int rows(int[] registers) {
    return registers.length == 4 ? -1 : (1 << 8 * registers.length) - 1;
  }

  private record Load(AddressOperand address, int[] registers, boolean transposed)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      long[] at = warp.addressScratch();
      int rows = rows(registers);
      address.fill(warp, rows, at);
      MemoryPort port = warp.memory();
      for (int j = 0; j < registers.length; j++) {
        for (int row = 0; row < 8; row++) {
          int lane = 8 * j + row;
          port.readForWarp(lane, address.space(), at[lane], 16);
          requireShared(warp, lane);
          if (registers[j] >= 0) {
            deal(warp, registers[j], row, port.data(), port.offset());
          }
        }
      }
      warp.countShared(at, rows, 16, false);
    }

    private void deal(Warp warp, int base, int row, byte[] data, int offset) {
      int[] r = warp.words;
      if (!transposed) {
        for (int t = 0; t < 4; t++) {
          r[base + 4 * row + t] = Bytes.getInt(data, offset + 4 * t);
        }
        return;
      }
      // Element (row, column) goes to lane 4*column + row/2, half row%2.
      for (int column = 0; column < 8; column++) {
        int value = Bytes.getShort(data, offset + 2 * column);
        int at = base + 4 * column + row / 2;
        r[at] = row % 2 == 0 ? r[at] & 0xffff0000 | value : r[at] & 0xffff | value << 16;
      }
    }
  }

  private record Store(AddressOperand address, int[] registers, boolean transposed)
      implements Action.Step {
    @Override
    public void run(Warp warp, int mask) {
      long[] at = warp.addressScratch();
      int rows = rows(registers);
      address.fill(warp, rows, at);
      MemoryPort port = warp.memory();
      byte[] line = warp.byteScratch();
      for (int j = 0; j < registers.length; j++) {
        for (int row = 0; row < 8; row++) {
          int lane = 8 * j + row;
          gather(warp, registers[j], row, line);
          port.write(lane, address.space(), at[lane], line, 16, false);
          requireShared(warp, lane);
        }
      }
      warp.countShared(at, rows, 16, true);
    }

    private void gather(Warp warp, int base, int row, byte[] line) {
      int[] r = warp.words;
      for (int column = 0; column < 8; column++) {
        int value =
            transposed
                ? r[base + 4 * column + row / 2] >>> 16 * (row % 2)
                : r[base + 4 * row + column / 2] >>> 16 * (column % 2);
        Bytes.putShort(line, 2 * column, value);
      }
    }
  }

  private static Decoded transpose(Decoding d) {
    d.need("sync");
    d.need("aligned");
    d.need("m8n8");
    d.need("trans");
    d.type();
    int out = d.wordOut(0);
    int in = d.word(1, PtxType.B32);
    return new Decoded(
        Counter.WARP,
        new Action.Aligned(
            (warp, mask) -> {
              int[] r = warp.words;
              int[] result = new int[32];
              for (int lane = 0; lane < 32; lane++) {
                int row = lane / 4;
                for (int h = 0; h < 2; h++) {
                  int column = 2 * (lane % 4) + h;
                  int value = r[in + 4 * column + row / 2] >>> 16 * (row % 2) & 0xffff;
                  result[lane] |= value << 16 * h;
                }
              }
              System.arraycopy(result, 0, r, out, 32);
            }));
  }
}
