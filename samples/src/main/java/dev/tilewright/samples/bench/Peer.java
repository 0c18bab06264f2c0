package dev.tilewright.samples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tilewright.samples.InputException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/**
 * Another library, measured by a child process: it introduces itself with one line of JSON, then
 * answers each shape with {@code {"milliseconds": […]}}. See {@code gpu-kit/cublas_peer.py}.
 */
public final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter questions;
  private final JsonNode introduction;

  private Peer(Process process) throws IOException {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
    this.introduction = read();
  }

  /**
   * Starts the peer.
   *
   * @param command the program and its arguments, separated by spaces
   */
  public static Peer start(String command) {
    try {
      return new Peer(
          new ProcessBuilder(command.split(" +"))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException failure) {
      throw new InputException(
          "the peer '" + command + "' does not start: " + failure.getMessage());
    }
  }

  /** Adds what the peer says of itself. */
  public void describe(SequencedMap<String, String> facts) {
    introduction
        .properties()
        .forEach(entry -> facts.put("peer's " + entry.getKey(), entry.getValue().asText()));
  }

  /** The peer's time of each launch, in milliseconds. */
  public List<Double> measure(GemmShape shape) {
    ObjectNode question = JSON.createObjectNode();
    question.put("m", shape.m()).put("n", shape.n()).put("k", shape.k());
    question.put("in", shape.in().name());
    try {
      questions.write(question + "\n");
      questions.flush();
      List<Double> milliseconds = new ArrayList<>();
      read().path("milliseconds").forEach(each -> milliseconds.add(each.asDouble()));
      return milliseconds;
    } catch (IOException failure) {
      throw new InputException("the peer does not answer: " + failure.getMessage());
    }
  }

  private JsonNode read() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException("it ended");
    }
    return JSON.readTree(line);
  }

  /** Ends the process. Closing twice is allowed. */
  @Override
  public void close() {
    process.destroy();
  }
}
