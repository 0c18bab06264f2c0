package dev.tilewright;

import dev.tilewright.ir.Location;
import java.lang.StackWalker.StackFrame;
import java.util.Iterator;

/**
 * Where user code called the API.
 *
 * @param location the user's line
 * @param call the API method called there, such as {@code mma}; empty when unknown
 */
record Site(Location location, String call) {

  static final Site UNKNOWN = new Site(Location.UNKNOWN, "");

  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /**
   * A class of this module. The package alone does not tell: tests and kernels may share it. The
   * protection domain alone does not either, when an application is packed into one jar.
   */
  private static final ClassValue<Boolean> OWN =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          return type.getPackageName().equals(Site.class.getPackageName())
              && type.getProtectionDomain().equals(Site.class.getProtectionDomain());
        }
      };

  Diagnostic.Note note(String message) {
    return new Diagnostic.Note(message, location, call);
  }

  /** The innermost frame that is neither ours nor the JDK's. */
  static Site ofCaller() {
    return WALKER.walk(frames -> find(frames.iterator()));
  }

  private static Site find(Iterator<StackFrame> frames) {
    String call = "";
    while (frames.hasNext()) {
      StackFrame frame = frames.next();
      Class<?> type = frame.getDeclaringClass();
      if (OWN.get(type)) {
        call = frame.getMethodName();
      } else if (!type.getPackageName().startsWith("java.")) {
        String file = frame.getFileName();
        int line = Math.max(0, frame.getLineNumber());
        return new Site(new Location(frame.getClassName(), file == null ? "" : file, line), call);
      }
    }
    return UNKNOWN;
  }
}
