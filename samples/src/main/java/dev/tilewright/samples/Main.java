package dev.tilewright.samples;

import dev.tilewright.DiagnosticRenderer;
import dev.tilewright.KernelDefinitionException;
import dev.tilewright.ir.CompileException;
import dev.tilewright.runtime.DeviceException;
import dev.tilewright.runtime.KernelFaultException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code tilewright} command. */
@Command(
    name = "tilewright",
    description = "GPU tile kernels written in Java: run, compile and measure them.",
    mixinStandardHelpOptions = true,
    version = "tilewright 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DevicesCommand.class,
      RunCommand.class,
      CompileCommand.class,
      ExplainCommand.class,
      LayoutCommand.class,
      PackCommand.class,
      ConformanceCommand.class,
      BenchCommand.class
    })
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    int status = run(out, err, arguments);
    out.flush();
    err.flush();
    System.exit(status);
  }

  /** Runs one command and returns its {@link ExitStatus}. */
  static int run(PrintWriter out, PrintWriter err, String... arguments) {
    CommandLine main = new CommandLine(new Main());
    try {
      KernelCommands.addTo(main, arguments);
    } catch (InputException problem) {
      err.println("tilewright: " + problem.getMessage());
      return ExitStatus.USAGE;
    }
    return main.setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setExecutionExceptionHandler((exception, line, _) -> report(exception, line))
        .setExitCodeExceptionMapper(_ -> ExitStatus.USAGE)
        .execute(arguments);
  }

  /** One clear line for what a user can cause; a stack trace for what only a defect can. */
  private static int report(Exception exception, CommandLine line) throws Exception {
    switch (exception) {
      case KernelFaultException fault -> {
        line.getErr().println("tilewright: " + fault.getMessage());
        return ExitStatus.WRONG;
      }
      case InputException _, DeviceException _ -> {
        line.getErr().println("tilewright: " + exception.getMessage());
        return ExitStatus.USAGE;
      }
      case CompileException problem -> {
        line.getErr().println(DiagnosticRenderer.standard().render(problem));
        return ExitStatus.USAGE;
      }
      case KernelDefinitionException problem -> {
        line.getErr().println(problem.getMessage());
        return ExitStatus.USAGE;
      }
      default -> throw exception;
    }
  }
}
