package dev.tilewright.samples;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What one run of the command line came to. */
record Outcome(int status, String out, String err) {

  static Outcome of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Outcome(status, out.toString(), err.toString());
  }
}
