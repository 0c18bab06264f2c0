package dev.tilewright.layout;

import java.util.function.Function;

/**
 * What a partial operation gives: a value, or the reason why there is none.
 *
 * @param <T> the kind of value
 */
public sealed interface Result<T> {

  /** The operation has a result. */
  record Ok<T>(T value) implements Result<T> {}

  /** The operation has no result, and why. */
  record Refused<T>(Reason reason) implements Result<T> {}

  static <T> Result<T> ok(T value) {
    return new Ok<>(value);
  }

  static <T> Result<T> refused(Reason reason) {
    return new Refused<>(reason);
  }

  default boolean isOk() {
    return this instanceof Ok<T>;
  }

  /**
   * The value.
   *
   * @throws LayoutException holding the reason, if the operation was refused
   */
  default T orThrow() {
    return switch (this) {
      case Ok<T>(T value) -> value;
      case Refused<T>(Reason reason) -> throw new LayoutException(reason);
    };
  }

  default <U> Result<U> then(Function<? super T, Result<U>> next) {
    return switch (this) {
      case Ok<T>(T value) -> next.apply(value);
      case Refused<T>(Reason reason) -> new Refused<>(reason);
    };
  }

  default <U> Result<U> map(Function<? super T, ? extends U> f) {
    return switch (this) {
      case Ok<T>(T value) -> new Ok<>(f.apply(value));
      case Refused<T>(Reason reason) -> new Refused<>(reason);
    };
  }
}
