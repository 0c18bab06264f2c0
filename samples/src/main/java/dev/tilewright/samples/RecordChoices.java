package dev.tilewright.samples;

import dev.tilewright.Kernel;
import dev.tilewright.dtype.DType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The components of a kernel that is a record, each an option of its name: {@code blockSize} is
 * {@code --block-size}. A component whose name the command has taken gets {@code --kernel-} before
 * it. A class that is no record has no choices, and a constructor without parameters.
 */
final class RecordChoices implements KernelChoices {
  private static final Set<Class<?>> PLAIN =
      Set.of(
          int.class,
          long.class,
          double.class,
          float.class,
          boolean.class,
          String.class,
          char.class);

  /** Before the options that all kernels have; these are in the order of their declaration, -1. */
  private static final int FIRST = -2;

  private final Class<? extends Kernel> type;
  private final Map<String, Object> defaults;
  private final Constructor<? extends Kernel> constructor;
  private final List<OptionSpec> options = new ArrayList<>();

  private RecordChoices(Class<? extends Kernel> type, Map<String, Object> defaults) {
    this.type = type;
    this.defaults = defaults;
    this.constructor = constructor(type);
  }

  /**
   * Every component must be given on the command line.
   *
   * @throws InputException if that cannot be done
   */
  static RecordChoices of(Class<? extends Kernel> type) {
    return new RecordChoices(type, Map.of());
  }

  /** What is not given on the command line is as in {@code example}. */
  static <K extends Record & Kernel> RecordChoices like(K example) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (RecordComponent component : example.getClass().getRecordComponents()) {
      values.put(component.getName(), read(component, example));
    }
    return new RecordChoices(example.getClass().asSubclass(Kernel.class), values);
  }

  private static Object read(RecordComponent component, Record from) {
    try {
      return component.getAccessor().invoke(from);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Constructor<? extends Kernel> constructor(Class<? extends Kernel> type) {
    Class<?>[] parameters =
        type.isRecord()
            ? Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new)
            : new Class<?>[0];
    try {
      Constructor<? extends Kernel> constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException _) {
      throw new InputException(
          type.getName() + " is neither a record nor has a constructor without parameters");
    }
  }

  // ---------------------------------------------------------------- options

  @Override
  public void addTo(CommandSpec command) {
    if (!type.isRecord()) {
      return;
    }
    for (RecordComponent component : type.getRecordComponents()) {
      OptionSpec option = option(command, component);
      options.add(option);
      command.addOption(option);
    }
  }

  private OptionSpec option(CommandSpec command, RecordComponent component) {
    Class<?> of = component.getType();
    if (!PLAIN.contains(of) && !of.isEnum() && !DType.class.isAssignableFrom(of)) {
      throw new InputException(
          "component '%s' of %s is a %s, which no option can say; there are options for numbers, text, enums and DType"
              .formatted(component.getName(), type.getName(), of.getSimpleName()));
    }
    Optional<String> standard =
        Optional.ofNullable(defaults.get(component.getName())).map(RecordChoices::text);
    OptionSpec.Builder option =
        OptionSpec.builder(name(command, component.getName()))
            .arity("1")
            .type(of)
            .paramLabel(of.getSimpleName().toUpperCase(Locale.ROOT))
            .description(
                "component '%s' of %s%s"
                    .formatted(
                        component.getName(),
                        type.getSimpleName(),
                        standard.isPresent() ? " (default: ${DEFAULT-VALUE})" : ""))
            .required(standard.isEmpty())
            .order(FIRST);
    standard.ifPresent(option::defaultValue);
    if (DType.class.isAssignableFrom(of)) {
      option.converters(text -> dtype(text, of));
    }
    return option.build();
  }

  private static String name(CommandSpec command, String component) {
    String words = component.replaceAll("(?<=[a-z0-9])([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    return command.optionsMap().containsKey("--" + words) ? "--kernel-" + words : "--" + words;
  }

  private static String text(Object value) {
    return value instanceof DType dtype ? dtype.name() : value.toString();
  }

  private static DType dtype(String text, Class<?> of) {
    DType dtype;
    try {
      dtype = DType.parse(text);
    } catch (IllegalArgumentException problem) {
      throw new TypeConversionException(problem.getMessage());
    }
    if (!of.isInstance(dtype)) {
      throw new TypeConversionException("'" + text + "' is no " + of.getSimpleName());
    }
    return dtype;
  }

  // ---------------------------------------------------------------- kernel

  @Override
  public Kernel kernel() {
    Object[] values = options.stream().map(option -> option.<Object>getValue()).toArray();
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException refused) {
      throw new InputException(
          type.getSimpleName() + ": " + refused.getTargetException().getMessage());
    } catch (ReflectiveOperationException e) {
      throw new InputException(type.getName() + " cannot be made: " + e.getMessage());
    }
  }
}
