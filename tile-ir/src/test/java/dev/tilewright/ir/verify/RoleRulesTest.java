package dev.tilewright.ir.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tilewright.dtype.DType;
import dev.tilewright.ir.KernelFunction;
import dev.tilewright.ir.interpret.RingPrograms;
import dev.tilewright.ir.target.GroupMma;
import dev.tilewright.ir.target.Target;
import dev.tilewright.ir.target.Throughput;
import dev.tilewright.ir.target.WarpSpecialization;
import dev.tilewright.ir.text.HandWritten;
import dev.tilewright.ir.text.Parser;
import dev.tilewright.layout.Layout;
import dev.tilewright.layout.analysis.BankModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of roles and arefs: each refuses a program that breaks it, in these words. */
class RoleRulesTest {

  private static String program(String first, String second) {
    return """
    kernel @f(
      %m = dim m : i32,
      %n = dim n : i32,
      %x = in x [8] unit 0 align 16 : tensor<f16, rank 1>,
      %y = out y [8] unit 0 align 16 : tensor<f16, rank 1>
    ) grid (1) {
      %0 = constant 0 : i32
      %1 = constant 1 : i32
      %2 = constant 2 : i32
      %q = compare lt %m, %n : i1
      %tile = constant 1.0 : tile<8xf16>
      %ring = shared_alloc : shared<2x8xf16>
      %a = aref_create %ring : aref<2, shared<8xf16>>
      %ring2 = shared_alloc : shared<1x8xf16>
      %b = aref_create %ring2 : aref<1, shared<8xf16>>
      %squares = shared_alloc : shared<2x8x8xf16>
      %c = aref_create %squares : aref<2, shared<8x8xf16>>
      roles {
        role "p" warps 4 registers 40 {
          %t = constant 3.0 : tile<8xf16>
    """
        + expanded(first)
        + "\nyield\n}\nrole \"c\" warps 4 registers 240 {\n%zeros = constant 0.0 : tile<8x8xf32>\n"
        + expanded(second)
        + "\nyield\n}\n}\n}\n";
  }

  /** {@code W} and {@code R} acquire a slot of an aref, {@code PUT} and {@code GET} all of it. */
  private static String expanded(String body) {
    return body.replaceAll("PUT(\\d) (%\\w)", "W$1 $2 ; commit %w$1 generic")
        .replaceAll("GET(\\d) (%\\w)", "R$1 $2 ; release %r$1")
        .replaceAll("W(\\d) %c", "%w$1, %v$1 = acquire_write %c : write_token, shared<8x8xf16>")
        .replaceAll("W(\\d) (%\\w)", "%w$1, %v$1 = acquire_write $2 : write_token, shared<8xf16>")
        .replaceAll("R(\\d) %c", "%r$1, %u$1 = acquire_read %c : read_token, shared<8x8xf16>")
        .replaceAll("R(\\d) (%\\w)", "%r$1, %u$1 = acquire_read $2 : read_token, shared<8xf16>")
        .replace(" ; ", "\n");
  }

  private static String problems(String text) {
    KernelFunction f = Parser.parse(text);
    return Verifier.verify(f).stream()
        .map(p -> p.code() + " " + HandWritten.named(text, p.message()))
        .collect(Collectors.joining(" & "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          PUT1 %a | GET1 %a
          W1 %a ; shared_store %t to %v1 ; commit %w1 generic | R1 %a ; %l = shared_load %u1 : tile<8xf16> ; release %r1
          for %i = %0 to %m step %1 { PUT1 %a ; yield } | for %i2 = %0 to %m step %1 { GET1 %a ; yield }
          for %i = %0 to %m step %1 { PUT1 %a ; yield } | %z = add %0, %m : i32 ; %o = constant 1 : i32 ; for %i2 = %0 to %m step %o { GET1 %a ; yield }
          for %i = %0 to %m step %1 { for %j = %0 to %i step %1 { PUT1 %a ; yield } ; yield } | for %i2 = %0 to %m step %1 { for %j2 = %0 to %i2 step %1 { GET1 %a ; yield } ; yield }
          if %q { PUT1 %a ; yield } | %q2 = compare lt %m, %n : i1 ; if %q2 { GET1 %a ; yield }
          for %i = %0 to %n step %1 { PUT1 %a ; yield } | %g = compare lt %0, %n : i1 ; if %g { GET1 %a ; for %i2 = %1 to %n step %1 { GET2 %a ; yield } ; yield }
          for %i = %m to %n step %2 { PUT1 %a ; yield } | %g = compare lt %m, %n : i1 ; if %g { GET1 %a ; %s = add %m, %2 : i32 ; for %i2 = %s to %n step %2 { GET2 %a ; yield } ; yield }
          for %i = %m to %n step %1 { PUT1 %a ; PUT2 %a ; yield } | %s = add %m, %1 : i32 ; %g = compare lt %s, %n : i1 ; if %g { GET1 %a ; GET2 %a ; GET3 %a ; GET4 %a ; %s2 = add %s, %1 : i32 ; for %i2 = %s2 to %n step %1 { GET5 %a ; GET6 %a ; yield } ; yield } else { for %i3 = %m to %n step %1 { GET7 %a ; GET8 %a ; yield } ; yield }
          if %q { PUT1 %a ; yield } else { PUT2 %a ; yield } | GET1 %a
          for %i = %0 to %2 step %1 { PUT1 %a ; yield } | GET1 %a ; GET2 %a
          W1 %a ; %w = if %q : write_token { commit %w1 generic ; W2 %a ; yield %w2 } else { W3 %a ; commit %w3 generic ; yield %w1 } ; commit %w generic | GET1 %a ; GET2 %a
          R1 %b ; PUT2 %a ; release %r1 | PUT1 %b ; GET2 %a
          """)
  void goodProgramsPass(String first, String second) {
    assertEquals("", problems(program(first, second)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          W1 %a | GET1 %a | TW-V15 in '%w1, %v1 = acquire_write %a : write_token, shared<8xf16>' the token %w1 is never used; commit or release the slot, or hand the token on
          PUT1 %a ; commit %w1 generic | GET1 %a | TW-V15 in 'commit %w1 generic' the token %w1 is used here and by 'commit %w1 generic'; a token is used exactly once
          W1 %a ; if %q { commit %w1 generic ; yield } | GET1 %a | TW-V15 in 'if %q' the token %w1 is used by one branch only; use it in both, or after them
          W1 %a ; for %i = %0 to %m step %1 { commit %w1 generic ; yield } | GET1 %a | TW-V15 in 'commit %w1 generic' the token %w1 comes from outside the loop, which would use it in every iteration; let the loop carry it & TW-V15 in '%w1, %v1 = acquire_write %a : write_token, shared<8xf16>' the token %w1 is never used; commit or release the slot, or hand the token on
          W1 %a ; %z = for %i = %0 to %m step %1 carry (%k = %w1) : write_token { W2 %a ; yield %w2 } ; commit %z generic | GET1 %a | TW-V15 in '%z = for %i = %0 to %m step %1 carry (%k = %w1) : write_token' the token %k, which the region takes, is never used; commit or release the slot, or hand the token on
          PUT1 %a ; shared_store %t to %v1 | GET1 %a | TW-V16 in 'shared_store %t to %v1' %v1 is a view of a slot that 'commit %w1 generic' has taken; use it before
          PUT1 %a | R1 %a ; %s = constant 1.0 : tile<8xf16> ; shared_store %s to %u1 ; release %r1 | TW-V16 in 'shared_store %s to %u1' writes %u1, a view of a slot that is held for reading
          W1 %a ; bulk_load %x[%0] to %v1 ; commit %w1 generic | GET1 %a | TW-V16 in 'commit %w1 generic' does not cover 'bulk_load %x[%0] to %v1', which writes the slot; expected bulk for all writes
          W1 %a ; shared_store %t to %v1 ; commit %w1 bulk | GET1 %a | TW-V16 in 'commit %w1 bulk' does not cover 'shared_store %t to %v1', which writes the slot; expected generic or copy_group for all writes
          %s = shared_slice %ring[%0] : shared<8xf16> ; PUT1 %a | GET1 %a | TW-V16 in '%s = shared_slice %ring[%0] : shared<8xf16>' uses the ring %ring, which belongs to %a alone; acquire a slot
          PUT1 %c | R1 %c ; %d, %g = mma_async %u1, %u1, %zeros : tile<8x8xf32>, pending ; release %r1 | TW-V16 in 'release %r1' gives the slot back while '%d, %g = mma_async %u1, %u1, %zeros : tile<8x8xf32>, pending' may still be reading it; release it after %g
          PUT1 %a | %l = neg %tile : tile<8xf16> ; GET1 %a | TW-V07 in 'roles' role 'c' uses the tile %tile from outside, which lies in registers of all warps; compute it within the role or send it through an aref
          PUT1 %a | GET1 %a ; PUT2 %a ; GET2 %a | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' and role 'c' write it; expected one role
          PUT1 %a | %k = constant 1 : i32 | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' nobody reads it; every slot would stay full
          %k = constant 1 : i32 | GET1 %a | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' nobody writes it; expected one role
          PUT1 %a | GET1 %a ; GET2 %a | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' writes it 1 times, role 'c' reads it 2 times; expected equal numbers, in loops with equal bounds and under equal conditions
          for %i = %0 to %m step %1 { PUT1 %a ; yield } | for %i2 = %0 to %n step %1 { GET1 %a ; yield } | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' writes it the iterations of %i = %0 to %m step %1 times, role 'c' reads it the iterations of %i2 = %0 to %n step %1 times; expected equal numbers, in loops with equal bounds and under equal conditions
          for %i = %0 to %n step %1 { PUT1 %a ; yield } | %g = compare lt %1, %n : i1 ; if %g { GET1 %a ; for %i2 = %1 to %n step %1 { GET2 %a ; yield } ; yield } | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' writes it the iterations of %i = %0 to %n step %1 times, role 'c' reads it (1 if %g) + (1 if %g) · the iterations of %i2 = %1 to %n step %1 times; expected equal numbers, in loops with equal bounds and under equal conditions
          for %i = %0 to %n step %1 { PUT1 %a ; yield } | %g = compare lt %0, %n : i1 ; if %g { GET1 %a ; GET3 %a ; for %i2 = %1 to %n step %1 { GET2 %a ; yield } ; yield } | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' writes it the iterations of %i = %0 to %n step %1 times, role 'c' reads it 2 · (1 if %g) + (1 if %g) · the iterations of %i2 = %1 to %n step %1 times; expected equal numbers, in loops with equal bounds and under equal conditions
          if %q { PUT1 %a ; yield } | GET1 %a | TW-V17 in '%a = aref_create %ring : aref<2, shared<8xf16>>' role 'p' writes it (1 if %q) times, role 'c' reads it 1 times; expected equal numbers, in loops with equal bounds and under equal conditions
          PUT1 %a ; PUT2 %a ; PUT3 %a | R1 %a ; R2 %a ; R3 %a ; release %r1 ; release %r2 ; release %r3 | TW-V18 in '%r3, %u3 = acquire_read %a : read_token, shared<8xf16>' role 'c' waits for a slot of %a while it holds 2 of its 2, for ever; expected a depth of 3 or more, or an earlier release
          GET1 %b ; PUT2 %a | GET2 %a ; PUT1 %b | TW-V18 in '%r1, %u1 = acquire_read %b : read_token, shared<8xf16>' the roles wait for each other, for ever: role 'p' in '%r1, %u1 = acquire_read %b : read_token, shared<8xf16>' for role 'c' to commit its turn 0; role 'c' in '%r2, %u2 = acquire_read %a : read_token, shared<8xf16>' for role 'p' to commit its turn 0; acquire in the same order in all roles, or make an aref deeper
          PUT1 %b ; PUT2 %b ; PUT3 %a | GET3 %a ; GET1 %b ; GET2 %b | TW-V18 in '%w2, %v2 = acquire_write %b : write_token, shared<8xf16>' the roles wait for each other, for ever: role 'p' in '%w2, %v2 = acquire_write %b : write_token, shared<8xf16>' for role 'c' to release its turn 0; role 'c' in '%r3, %u3 = acquire_read %a : read_token, shared<8xf16>' for role 'p' to commit its turn 0; acquire in the same order in all roles, or make an aref deeper
          """)
  void brokenRulesAreNamed(String first, String second, String expected) {
    assertEquals(expected, problems(program(first, second)));
  }

  /** The verifier refuses exactly the rings that {@code ArefExplorationTest} finds to deadlock. */
  @Test
  void aRingNeedsOneSlotMoreThanAreHeld() {
    for (int consumers = 1; consumers <= 2; consumers++) {
      for (int depth = 1; depth <= 4; depth++) {
        for (int held = 0; held < 4; held++) {
          List<String> codes =
              Verifier.verify(RingPrograms.ring(consumers, depth, held, 7)).stream()
                  .map(Problem::code)
                  .distinct()
                  .toList();
          assertEquals(depth > held ? List.of() : List.of("TW-V18"), codes);
        }
      }
    }
  }

  // ---------------------------------------------------------------- the target

  private static final Layout NO_LAYOUT = Layout.local(1);

  private static final GroupMma GROUP =
      new GroupMma(
          "group.m64nNk16",
          64,
          8,
          256,
          16,
          DType.F16,
          DType.F16,
          DType.F32,
          true,
          NO_LAYOUT,
          NO_LAYOUT);

  private static Target target(boolean roles) {
    WarpSpecialization offer =
        new WarpSpecialization(
            4,
            65_536,
            8,
            24,
            240,
            256,
            16,
            List.of(128, 64, 32),
            4,
            8,
            132,
            new Throughput(2, 128, 64, 16, 32, 128),
            List.of(GROUP));
    return new Target(
        "test",
        32,
        65_536,
        255,
        512,
        List.of(16),
        Set.of(16),
        true,
        new BankModel(32, 4, new TreeMap<>(Map.of(16, BankModel.consecutive(32, 8)))),
        List.of(),
        false,
        roles ? Optional.of(offer) : Optional.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          role "a" warps 4 registers 40 { yield } ; role "b" warps 8 registers 232 { yield } | OK
          role "a" warps 4 registers 40 { yield } ; role "b" warps 12 registers 160 { yield } | TW-V14 in 'roles' the roles' threads take 66560 registers; the block starts with 65536, 128 for each thread: give some role fewer
          role "a" warps 4 registers 56 { yield } ; role "b" warps 8 registers 224 { yield } | OK
          role "a" warps 4 registers 64 { yield } ; role "b" warps 8 registers 224 { yield } | TW-V14 in 'roles' the roles' threads take 65536 registers; the block starts with 64512, 168 for each thread: give some role fewer
          role "a" warps 4 { yield } ; role "b" warps 8 registers 176 { yield } | TW-V14 in 'roles' the roles' threads take 66560 registers; the block starts with 64512, 168 for each thread: give some role fewer
          role "a" warps 1 { yield } ; role "b" warps 4 { PRODUCT ; yield } | TW-V14 in 'roles' role 'b' begins at warp 1; expected a multiple of 4, where warp groups begin: name roles of whole groups first
          role "a" warps 4 registers 42 { yield } | TW-V14 in 'roles' a thread of role 'a' has 42 registers; expected a multiple of 8 from 24 to 240
          role "a" warps 2 registers 40 { yield } | TW-V14 in 'roles' role 'a' has 2 warps; expected a multiple of 4, since warp groups trade registers together
          role "a" warps 2 { yield } | OK
          role "a" warps 20 { yield } | TW-V14 in 'roles' the roles have 640 threads; a block has 512 at most
          role "a" warps 1 { yield } ; role "b" warps 1 { yield } ; role "c" warps 1 { yield } ; role "d" warps 1 { yield } | TW-V14 in 'roles' there are 4 roles; expected 3 at most, as many as have barriers of their own
          role "a" warps 2 { PRODUCT ; yield } | TW-V14 in 'roles' role 'a' has 2 warps; expected a multiple of 4, since warp groups multiply matrices together
          role "a" warps 4 { PRODUCT ; yield } | OK
          role "a" warps 4 single { PRODUCT ; yield } | TW-V14 in '%d, %g = mma_async %s, %s, %z using "group.m64n64k16" : tile<64x64xf32>, pending' role 'a' is one thread; expected a warp group of 4
          role "a" warps 4 { ODD ; yield } | TW-V14 in '%d, %g = mma_async %s, %s, %z using "group.m64nxk16" : tile<64x64xf32>, pending' test has no instruction 'group.m64nxk16' for warp groups
          """)
  void rolesFitTheTarget(String roles, String expected) {
    String product =
        "%z = constant 0.0 : tile<64x64xf32> ; %d, %g = mma_async %s, %s, %z using"
            + " \"group.m64n64k16\" : tile<64x64xf32>, pending";
    String text =
        """
        kernel @f() grid (1) {
          %s = shared_alloc : shared<64x64xf16>
          roles {
        """
            + roles
                .replace("PRODUCT", product)
                .replace("ODD", product.replace("n64k", "nxk"))
                .replace(" ; ", "\n")
            + "\n}\n}\n";
    String found =
        Verifier.verify(Parser.parse(text), target(true)).stream()
            .map(p -> p.code() + " " + HandWritten.named(text, p.message()))
            .collect(Collectors.joining(" & "));
    assertEquals(expected, found.isEmpty() ? "OK" : found);
  }

  @Test
  void notEveryTargetHasRoles() {
    KernelFunction f =
        Parser.parse("kernel @f() grid (1) {\nroles {\nrole \"a\" warps 1 {\nyield\n}\n}\n}\n");
    assertEquals(
        List.of("in 'roles' test does not let warps do different things; expected no roles"),
        Verifier.verify(f, target(false)).stream().map(Problem::message).toList());
  }

  // ---------------------------------------------------------------- loops with conditions

  /**
   * A producer that sends as long as it has been told to, and a consumer that receives as long as
   * it is told.
   *
   * @param producer its loop's end, after {@code %n1} has been sent
   * @param consumer its loop's end, after {@code %n2} has been received
   */
  private static String told(String producer, String consumer) {
    return """
    kernel @f(
      %m = dim m : i32,
      %k = workspace k [1] zeroed : workspace<i32>,
      %y = out y [8] unit 0 align 16 : tensor<f16, rank 1>
    ) grid (1) {
      %0 = constant 0 : i32
      %1 = constant 1 : i32
      %ring = shared_alloc : shared<2x1xi32>
      %a = aref_create %ring : aref<2, shared<1xi32>>
      roles {
        role "p" warps 4 single {
          %s = while %0 : i32 (%i) {
            %c = compare lt %i, %m : i1
            yield %c
          } do (%i1) {
            %w, %v = acquire_write %a : write_token, shared<1xi32>
            fetch_increment %k[%0] below %m to %v
            %t1 = shared_load %v : tile<1xi32>
            commit %w generic
            %n1 = extract %t1 : i32
    """
        + producer
        + """

              }
              yield
            }
            role "c" warps 4 {
              %z = while %0 : i32 (%j) {
                %d = compare lt %j, %m : i1
                yield %d
              } do (%j1) {
                %r, %u = acquire_read %a : read_token, shared<1xi32>
                %t2 = shared_load %u : tile<1xi32>
                release %r
                %n2 = extract %t2 : i32
        """
        + consumer
        + """

              }
              yield
            }
          }
        }
        """;
  }

  private static final String NEXT1 = "%x1 = add %n1, %1 : i32\nyield %x1";
  private static final String NEXT2 = "%x2 = add %n2, %1 : i32\nyield %x2";

  @Test
  void rolesThatAreToldTheSameGoOnEquallyOften() {
    assertEquals("", problems(told(NEXT1, NEXT2)));
    assertEquals(
        "",
        problems(
            told(
                "%x1 = sub %n1, %1 : i32\n%q1 = max %x1, %i1 : i32\nyield %q1",
                "%x2 = sub %n2, %1 : i32\n%q2 = max %x2, %j1 : i32\nyield %q2")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          yield %n1 | %x2 = add %n2, %1 : i32 ; yield %x2
          %x1 = add %i1, %1 : i32 ; yield %x1 | yield %n2
          %x1 = add %n1, %m : i32 ; yield %x1 | %x2 = add %n2, %1 : i32 ; yield %x2
          """)
  void rolesThatGoOnOtherwiseAreRefused(String producer, String consumer) {
    assertEquals(
        "TW-V17 in '%a = aref_create %ring : aref<2, shared<1xi32>>' role 'p' writes it the"
            + " iterations of while %c times, role 'c' reads it the iterations of while %d times;"
            + " expected equal numbers, in loops with equal bounds and under equal conditions",
        problems(told(producer.replace(" ; ", "\n"), consumer.replace(" ; ", "\n"))));
  }

  /** What the writer reads before it writes is not what the readers read. */
  @Test
  void whatIsReadBeforeItIsWrittenIsNotSent() {
    String text =
        told(NEXT1, NEXT2)
            .replace("fetch_increment %k[%0] below %m to %v\n", "")
            .replace(
                "%t1 = shared_load %v : tile<1xi32>",
                "%t1 = shared_load %v : tile<1xi32>\nfetch_increment %k[%0] below %m to %v");
    assertEquals("TW-V17", problems(text).substring(0, 6));
  }
}
