package dev.tilewright.ptx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tilewright.ir.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PtxasTest {

  private static Ptxas ptxas() {
    assumeTrue(Ptxas.find().isPresent(), "ptxas is not on this machine");
    return Ptxas.require();
  }

  @Test
  void resourcesAreReadFromItsReport() {
    String text = new PtxBackend().generate(GoldenPtxTest.mmaTile(), NvidiaTargets.SM_80).text();
    Ptxas.Assembly assembly = ptxas().assemble(text, "sm_80");
    byte[] magic = Arrays.copyOf(assembly.cubin(), 4);
    assertEquals("\u007fELF", new String(magic, StandardCharsets.ISO_8859_1));
    assertTrue(assembly.registers() >= 12 && assembly.registers() <= 64, () -> "" + assembly);
    assertEquals(0, assembly.spillStoreBytes());
    assertEquals(0, assembly.spillLoadBytes());
    assertEquals(0, assembly.stackBytes());
    assertEquals(0, assembly.sharedBytes(), "what is dynamic is not reported");
    assertEquals(List.of(), assembly.warnings());
  }

  @Test
  void complaintsPointToTheJavaLine() {
    String text = new PtxBackend().generate(GoldenPtxTest.vectorAdd(), NvidiaTargets.SM_80).text();
    String broken = text.replaceFirst("add\\.rn\\.f32", "add.rx.f32");
    PtxasException e = assertThrows(PtxasException.class, () -> ptxas().assemble(broken, "sm_80"));
    PtxasException.Diagnostic first = e.diagnostics().getFirst();
    assertEquals(
        new Location("dev.tilewright.samples.VectorAdd", "VectorAdd.java", 14), first.location());
    assertTrue(broken.lines().toList().get(first.line() - 1).contains("add.rx.f32"));
    assertTrue(e.toString().contains("VectorAdd.java:14: "), e.toString());
  }

  @Test
  void anUnknownTargetIsAComplaint() {
    PtxasException e = assertThrows(PtxasException.class, () -> ptxas().assemble("", "sm_1"));
    assertFalse(e.diagnostics().isEmpty());
  }

  @Test
  void warningsAreKept(@TempDir Path folder) throws IOException {
    Ptxas fake =
        script(
            folder,
            "echo 'ptxas info    : Used 40 registers, used 1 barriers'; "
                + "echo 'ptxas warning : Registers are spilled to local memory'; "
                + "echo 'ptxas info    : (C7510) Potential Performance Loss: wgmma'; "
                + "echo '    8 bytes stack frame, 12 bytes spill stores, 16 bytes spill loads'; "
                + "echo code > \"$4\"");
    Ptxas.Assembly assembly = fake.assemble("", "sm_80");
    assertEquals(
        List.of(
            "Registers are spilled to local memory", "(C7510) Potential Performance Loss: wgmma"),
        assembly.warnings());
    assertEquals(40, assembly.registers());
    assertEquals(1, assembly.barriers());
    assertEquals(8, assembly.stackBytes());
    assertEquals(12, assembly.spillStoreBytes());
    assertEquals(16, assembly.spillLoadBytes());
  }

  @Test
  void whatDoesNotEndIsEnded(@TempDir Path folder) throws IOException {
    long before = leftOvers();
    Ptxas sleeper =
        new Ptxas(script(folder, "exec sleep 60").executable(), Duration.ofMillis(200), List.of());
    PtxasException e = assertThrows(PtxasException.class, () -> sleeper.assemble("", "sm_80"));
    assertTrue(e.toString().contains("did not end"), e.toString());
    assertEquals(before, leftOvers(), "temporary folders");
  }

  private static Ptxas script(Path folder, String body) throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh on this machine");
    Path program = folder.resolve("ptxas");
    Files.writeString(program, "#!/bin/sh\n" + body + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new Ptxas(program, Duration.ofSeconds(30), List.of());
  }

  private static long leftOvers() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("tilewright-ptxas")).count();
    }
  }
}
