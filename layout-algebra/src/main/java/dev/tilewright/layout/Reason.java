package dev.tilewright.layout;

/** Why an operation on layouts has no result. */
public sealed interface Reason {

  /** A stable code, {@code layout-…}. */
  String code();

  /** What is wrong, and what would be right, in a sentence. */
  String sentence();

  /** A value falls outside its axis. */
  record OutOfRange(Axis axis, long least, long greatest, long extent) implements Reason {
    @Override
    public String code() {
      return "layout-out-of-range";
    }

    @Override
    public String sentence() {
      return "values on axis %s run from %d to %d, but it has extent %d"
          .formatted(axis, least, greatest, extent);
    }
  }

  /** Two spaces that had to agree do not. */
  record DifferentSpaces(String what, Space expected, Space actual) implements Reason {
    @Override
    public String code() {
      return "layout-different-spaces";
    }

    @Override
    public String sentence() {
      return "%s must be %s, but is %s".formatted(what, expected, actual);
    }
  }

  /** An extent is not a multiple of another. */
  record NotDivisible(Axis axis, long extent, long divisor) implements Reason {
    @Override
    public String code() {
      return "layout-not-divisible";
    }

    @Override
    public String sentence() {
      return "the extent %d of axis %s is not a multiple of %d".formatted(extent, axis, divisor);
    }
  }

  /** The digits of an axis have no boundary at a place where one is needed. */
  record NoBoundary(Axis axis, long place) implements Reason {
    @Override
    public String code() {
      return "layout-no-boundary";
    }

    @Override
    public String sentence() {
      return "axis %s cannot be cut at %d: a digit straddles it".formatted(axis, place);
    }
  }

  /** Contributions of several digits meet in one digit of the outer layout and overflow it. */
  record Carry(Axis axis, long place, long extent) implements Reason {
    @Override
    public String code() {
      return "layout-carry";
    }

    @Override
    public String sentence() {
      return ("digits of the inner layout carry out of the digit of axis %s with place %d and"
              + " extent %d, so the composition is no layout")
          .formatted(axis, place, extent);
    }
  }

  /** A function that had to be linear over F₂ is not. */
  record NotLinear(Axis axis, String why) implements Reason {
    @Override
    public String code() {
      return "layout-not-linear";
    }

    @Override
    public String sentence() {
      return "not linear over F2 on axis %s: %s".formatted(axis, why);
    }
  }

  /** No warp shuffles lead from one register layout to another. */
  record NoShuffles(String why) implements Reason {
    @Override
    public String code() {
      return "layout-no-shuffles";
    }

    @Override
    public String sentence() {
      return "no warp shuffles do it: " + why;
    }
  }

  /** The values of a function fit no layout. */
  record NotALayout(Space domain) implements Reason {
    @Override
    public String code() {
      return "layout-not-a-layout";
    }

    @Override
    public String sentence() {
      return "the function on %s has neither integer nor F2 digits".formatted(domain);
    }
  }

  /** Two points of the domain have the same value. */
  record NotInjective(String what) implements Reason {
    @Override
    public String code() {
      return "layout-not-injective";
    }

    @Override
    public String sentence() {
      return "not injective: " + what;
    }
  }

  /** Points of the codomain are not reached. */
  record NotSurjective(Axis axis, String what) implements Reason {
    @Override
    public String code() {
      return "layout-not-surjective";
    }

    @Override
    public String sentence() {
      return "not surjective on axis %s: %s".formatted(axis, what);
    }
  }

  /** No layout multiplied with the divisor gives the dividend. */
  record NotAFactor(String what) implements Reason {
    @Override
    public String code() {
      return "layout-not-a-factor";
    }

    @Override
    public String sentence() {
      return "not a factor: " + what;
    }
  }

  /** A layout is none of those that a machine's copies or instructions can express. */
  record NotRepresentable(String what, String why) implements Reason {
    @Override
    public String code() {
      return "layout-not-representable";
    }

    @Override
    public String sentence() {
      return what + ": " + why;
    }
  }

  /** The exact answer would need an enumeration beyond the limit. */
  record TooLarge(long size, long limit) implements Reason {
    @Override
    public String code() {
      return "layout-too-large";
    }

    @Override
    public String sentence() {
      return "deciding this needs %d values, more than the limit of %d".formatted(size, limit);
    }
  }

  /** A text is not a layout. */
  record Malformed(String text, int position, String expected) implements Reason {
    @Override
    public String code() {
      return "layout-malformed";
    }

    @Override
    public String sentence() {
      return "at position %d of \"%s\": expected %s".formatted(position, text, expected);
    }
  }
}
