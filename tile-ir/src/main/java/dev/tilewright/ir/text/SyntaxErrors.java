package dev.tilewright.ir.text;

import java.util.Map;
import java.util.stream.Collectors;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.Lexer;
import org.antlr.v4.runtime.NoViableAltException;
import org.antlr.v4.runtime.Parser;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.Vocabulary;
import org.antlr.v4.runtime.atn.ATNConfig;
import org.antlr.v4.runtime.misc.IntervalSet;
import org.jspecify.annotations.Nullable;

/** Turns ANTLR's first complaint into a {@link ParseException}; shared by both text forms. */
final class SyntaxErrors extends BaseErrorListener {

  /** More alternatives than a reader wants to see. */
  private static final int MOST_EXPECTED = 12;

  private final Map<String, String> tokenNames;

  /**
   * @param tokenNames what to call the tokens that have no fixed text
   */
  private SyntaxErrors(Map<String, String> tokenNames) {
    this.tokenNames = tokenNames;
  }

  /** Makes both throw at the first error. */
  static void reportTo(Lexer lexer, Parser parser, Map<String, String> tokenNames) {
    lexer.removeErrorListeners();
    parser.removeErrorListeners();
    SyntaxErrors errors = new SyntaxErrors(tokenNames);
    lexer.addErrorListener(errors);
    parser.addErrorListener(errors);
  }

  @Override
  public void syntaxError(
      Recognizer<?, ?> recognizer,
      @Nullable Object offending,
      int line,
      int column,
      String message,
      @Nullable RecognitionException e) {
    if (!(recognizer instanceof Parser parser) || !(offending instanceof Token token)) {
      throw new ParseException(line, column + 1, message);
    }
    IntervalSet expected =
        switch (e) {
          case NoViableAltException dead -> wherePredictionEnded(dead, parser);
          case RecognitionException known when known.getExpectedTokens() != null ->
              known.getExpectedTokens();
          case null, default -> parser.getExpectedTokens();
        };
    String found = token.getType() == Token.EOF ? "the end" : "'" + token.getText() + "'";
    throw new ParseException(
        token.getLine(),
        token.getCharPositionInLine() + 1,
        "expected " + alternatives(expected, parser.getVocabulary()) + ", found " + found);
  }

  /** ANTLR itself says what could stand where the prediction began, which may be well before. */
  private static IntervalSet wherePredictionEnded(NoViableAltException dead, Parser parser) {
    if (dead.getDeadEndConfigs() == null) {
      return dead.getExpectedTokens();
    }
    IntervalSet expected = new IntervalSet();
    for (ATNConfig config : dead.getDeadEndConfigs()) {
      expected.addAll(parser.getATN().nextTokens(config.state));
    }
    expected.remove(Token.EPSILON);
    return expected;
  }

  private String alternatives(IntervalSet expected, Vocabulary vocabulary) {
    var names = expected.toList().stream().map(type -> describe(type, vocabulary)).toList();
    String all = names.stream().limit(MOST_EXPECTED).collect(Collectors.joining(", "));
    return names.size() > MOST_EXPECTED ? all + ", …" : all;
  }

  private String describe(int type, Vocabulary vocabulary) {
    if (type == Token.EOF) {
      return "the end";
    }
    String literal = vocabulary.getLiteralName(type);
    if (literal != null) {
      return literal;
    }
    String symbol = vocabulary.getSymbolicName(type);
    return tokenNames.getOrDefault(symbol, symbol);
  }
}
