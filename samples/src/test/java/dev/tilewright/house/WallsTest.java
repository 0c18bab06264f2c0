package dev.tilewright.house;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelImage;
import dev.tilewright.runtime.KernelParameter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which module may import which: the walls of docs/architecture.md. */
class WallsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.tilewright");

  private static final String[] ALGEBRA = {"dev.tilewright.layout..", "dev.tilewright.dtype.."};
  private static final String JAVA = "java..";
  private static final String JSPECIFY = "org.jspecify..";
  private static final String ANTLR = "org.antlr.v4.runtime..";

  @Test
  void everyModuleIsSeen() {
    for (String name :
        List.of("layout", "dtype", "ir", "ptx", "hip", "runtime", "emulator", "samples")) {
      assertTrue(
          CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith("dev.tilewright." + name)),
          "no class of " + name + " was imported: the other rules would hold of nothing");
    }
    assertTrue(CLASSES.stream().anyMatch(c -> c.getPackageName().equals("dev.tilewright")));
  }

  @Test
  void layoutAlgebraImportsTheJdkOnly() {
    onlyDependOn(ALGEBRA, JAVA, JSPECIFY);
  }

  @Test
  void tileIrImportsTheAlgebra() {
    onlyDependOn(
        new String[] {"dev.tilewright.ir.."},
        JAVA,
        JSPECIFY,
        ANTLR,
        "dev.tilewright.layout..",
        "dev.tilewright.dtype..");
  }

  @Test
  void codeGeneratorsImportTileIr() {
    onlyDependOn(
        new String[] {"dev.tilewright.ptx.."},
        JAVA,
        JSPECIFY,
        "dev.tilewright.ir..",
        "dev.tilewright.layout..",
        "dev.tilewright.dtype..");
  }

  /** HIP's compiler comes with JavaCPP's presets. */
  @Test
  void hipGeneratorImportsTileIrAndJavaCpp() {
    onlyDependOn(
        new String[] {"dev.tilewright.hip.."},
        JAVA,
        JSPECIFY,
        "org.bytedeco..",
        "dev.tilewright.ir..",
        "dev.tilewright.layout..",
        "dev.tilewright.dtype..");
  }

  @Test
  void runtimeImportsNoCompiler() {
    onlyDependOn(
        new String[] {"dev.tilewright.runtime.."},
        JAVA,
        JSPECIFY,
        "org.bytedeco..",
        "dev.tilewright.layout..",
        "dev.tilewright.dtype..");
  }

  @Test
  void frontendImportsTileIrAndRuntime() {
    onlyDependOn(
        new String[] {"dev.tilewright"},
        JAVA,
        JSPECIFY,
        "dev.tilewright.ir..",
        "dev.tilewright.runtime..",
        "dev.tilewright.layout..",
        "dev.tilewright.dtype..");
  }

  /** One mistake must not hide on both sides: the emulator shares nothing with what it judges. */
  @Test
  void emulatorSharesNothingWithWhatItJudges() {
    classes()
        .that()
        .resideInAPackage("dev.tilewright.emulator..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    JAVA,
                    JSPECIFY,
                    ANTLR,
                    "dev.tilewright.emulator..",
                    "dev.tilewright.runtime.spi..")
                .or(belongToAnyOf(DeviceException.class, KernelImage.class, KernelParameter.class)))
        .check(CLASSES);
  }

  @Test
  void nothingImportsTheSamples() {
    noClasses()
        .that(not(resideInAnyPackage("dev.tilewright.samples..")))
        .should()
        .dependOnClassesThat(resideInAnyPackage("dev.tilewright.samples.."))
        .check(CLASSES);
  }

  private static void onlyDependOn(String[] packages, String... others) {
    String[] allowed = new String[packages.length + others.length];
    System.arraycopy(packages, 0, allowed, 0, packages.length);
    System.arraycopy(others, 0, allowed, packages.length, others.length);
    classes()
        .that()
        .resideInAnyPackage(packages)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(allowed)
        .check(CLASSES);
  }
}
