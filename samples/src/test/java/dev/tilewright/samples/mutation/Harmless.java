package dev.tilewright.samples.mutation;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The changes that leave the code right, each with the reason. A change is told by the instruction
 * and the instructions around it, so that the list survives another order or another number of
 * lines.
 */
enum Harmless {
  IDEMPOTENT(
      EnumSet.of(Change.DUPLICATE),
      "(fence|wgmma\\.(fence|wait_group)|mbarrier\\.try_wait|cp\\.async\\.bulk\\.wait_group"
          + "|bar\\.(warp\\.)?sync)\\b.*",
      ".*",
      ".*",
      "waiting again for what has happened, a second fence and a second meeting of the same threads"
          + " change nothing"),
  EMPTY_GROUP(
      EnumSet.of(Change.DUPLICATE),
      "(wgmma|cp\\.async\\.bulk)\\.commit_group.*",
      ".*",
      ".*",
      "the second group is empty; a wait that leaves one group under way leaves that one, and so"
          + " waits for more"),
  STRICTER_WAIT(
      EnumSet.of(Change.ALTER),
      "wgmma\\.wait_group.*",
      ".*",
      "wgmma\\.wait_group.* 0;",
      "waits for every group, the last one too"),
  FEWER_REGISTERS(
      EnumSet.of(Change.ALTER),
      "setmaxnreg.*",
      ".*",
      "setmaxnreg\\.(dec\\.\\S+ 32|inc\\.\\S+ 224);",
      "a warp group asks for less than there is; the assembler makes its code fit"),
  REGISTERS_AS_LAUNCHED(
      EnumSet.of(Change.DROP),
      "setmaxnreg\\.inc.*",
      ".*",
      "",
      "the warp group goes on with the registers it was launched with"),
  REGISTERS_LENT(
      EnumSet.of(Change.EARLIER),
      "setmaxnreg\\.dec.*",
      "fence\\.mbarrier_init.*|bar\\.warp\\.sync, bar\\.sync \\|.*",
      "(bar\\.warp\\.sync, )?bar\\.sync",
      "the other warp groups give registers up too, and get them back when they ask for more"),
  OTHER_FREE_BARRIER(
      EnumSet.of(Change.ALTER),
      "bar\\.sync 0;",
      ".*",
      "bar\\.sync 1;",
      "all threads meet at another barrier, which nobody else uses"),
  ANOTHER_INIT_FENCE(
      EnumSet.of(Change.DROP, Change.EARLIER, Change.LATER),
      "fence\\.mbarrier_init.*",
      "mbarrier\\.init\\S*, mbarrier\\.init\\S* \\| bar\\.warp\\.sync, elect\\.sync, .*",
      ".*",
      "the elected thread initialises more barriers, and its last fence is for these too"),
  NO_COPY_ARRIVES(
      EnumSet.of(Change.DROP, Change.EARLIER, Change.LATER),
      "fence\\.mbarrier_init.*",
      "mbarrier\\.init\\S*, mbarrier\\.init\\S* \\| bar\\.warp\\.sync,"
          + " bar(rier)?\\.(sync|cluster).*",
      ".*",
      "at the barriers initialised last only threads arrive, which a block or cluster barrier"
          + " orders after the initialisation"),
  INIT_ORDER(
      EnumSet.of(Change.EARLIER, Change.LATER),
      "mbarrier\\.init.*",
      ".*",
      "(mbarrier\\.init\\S*|fence\\.mbarrier_init\\S*|, )+",
      "barriers may be initialised in any order; where copies arrive another fence follows"),
  CONVERGENCE(
      EnumSet.of(Change.DROP),
      "bar\\.warp\\.sync.*",
      ".*",
      "",
      "orders no access of the other lanes: nothing follows it in the warp but what orders them"
          + " itself; that a warp converges again is left to the assembler"),
  CONVERGENCE_LATER(
      EnumSet.of(Change.LATER),
      "bar\\.warp\\.sync.*",
      ".*",
      "((?!elect).)*",
      "as unnecessary there as where it was, and not where one lane alone comes"),
  CONVERGENCE_EARLIER(
      EnumSet.of(Change.EARLIER),
      "bar\\.warp\\.sync.*",
      ".*",
      "(wgmma|elect|bar)\\..*",
      "as unnecessary there as where it was, and not where one lane alone comes"),
  OTHER_LANES_HAVE_RETURNED(
      EnumSet.of(Change.EARLIER),
      "bar\\.warp\\.sync.*",
      "(\\S+complete_tx::bytes, \\S+complete_tx::bytes \\|.*)|(.*\\| ret, .*)",
      "(cp\\.async\\.bulk\\.\\S+|, )+",
      "only the elected thread comes there, and the others return: it waits for none of them"),
  OTHER_LANES_HAVE_NO_COPIES(
      EnumSet.of(Change.DROP, Change.LATER),
      "elect\\.sync.*",
      ".*\\| cp\\.async\\.bulk\\.(commit|wait)_group.*",
      "|cp\\.async\\.bulk\\.(commit|wait)_group[^ ,]*",
      "bulk groups belong to a thread: those of the lanes that issued no copy are empty"),
  LEAVING_ONE_BY_ONE(
      EnumSet.of(Change.LATER),
      "elect\\.sync.*",
      ".*\\| cp\\.async\\.bulk\\.wait_group\\.read, bar\\.warp\\.sync, ret",
      "cp\\.async\\.bulk\\.wait_group\\.read, bar\\.warp\\.sync",
      "the branch goes back to the warp barrier: each time the elected one of the lanes left"
          + " returns"),
  GROUPS_OF_OTHER_LANES_LATER(
      EnumSet.of(Change.LATER),
      "cp\\.async\\.bulk\\.(commit|wait)_group.*",
      ".*",
      "bar\\.warp\\.sync",
      "still before the barrier; the other lanes commit, or wait for, empty groups of theirs"),
  GROUPS_OF_OTHER_LANES_EARLIER(
      EnumSet.of(Change.EARLIER),
      "cp\\.async\\.bulk\\.(commit|wait)_group.*",
      ".*",
      "bar\\.warp\\.sync, elect\\.sync",
      "still after the copies; the other lanes commit, or wait for, empty groups of theirs"),
  EXPECTED_LATER(
      EnumSet.of(Change.LATER),
      "mbarrier\\.arrive\\.expect_tx.*",
      ".*",
      "(cp\\.async\\.bulk\\.tensor\\S*complete_tx\\S*|, )+",
      "the phase cannot end before this arrival; bytes may be completed before they are expected"),
  STILL_BEFORE_PRODUCT(
      EnumSet.of(Change.EARLIER, Change.LATER),
      "(mbarrier\\.try_wait|wgmma\\.fence).*",
      ".*",
      "wgmma\\.fence\\S*|mbarrier\\.try_wait\\S*",
      "wgmma.fence orders registers, the wait orders the operands' arrival: both still precede the"
          + " product"),
  STILL_BEFORE_RELEASE(
      EnumSet.of(Change.EARLIER, Change.LATER),
      "wgmma\\.wait_group.*",
      ".*",
      "bar\\.warp\\.sync",
      "only a warp barrier is crossed: the slot is released after the wait still"),
  STILL_BEFORE_RETURN(
      EnumSet.of(Change.LATER),
      "cp\\.async\\.bulk\\.wait_group.*",
      ".*",
      "bar\\.warp\\.sync, barrier\\.cluster\\.arrive\\S*",
      "the block's shared memory lives until its threads return, and they wait before they do"),
  STILL_AFTER_INIT(
      EnumSet.of(Change.EARLIER),
      "(bar\\.sync 0;|barrier\\.cluster\\.arrive.*)",
      "fence\\.mbarrier_init.*",
      "bar\\.warp\\.sync",
      "the elected thread of the first warp arrives after what it initialised"),
  CLUSTER_MEETS(
      EnumSet.of(Change.DROP, Change.EARLIER),
      "bar\\.sync 0;",
      "barrier\\.cluster\\.arrive\\S*, barrier\\.cluster\\.wait\\S* \\|.*",
      "|barrier\\.cluster\\.arrive\\S*, barrier\\.cluster\\.wait\\S*",
      "all threads of the block met at the cluster's barrier, so its own adds nothing"),
  CLUSTER_MEETS_LATER(
      EnumSet.of(Change.LATER),
      "barrier\\.cluster\\.wait.*",
      ".*\\| bar\\.sync.*",
      "bar\\.sync",
      "nothing happens between the cluster's barrier and the block's"),
  TWO_PEERS(
      EnumSet.of(Change.EARLIER, Change.LATER),
      "mbarrier\\.arrive\\.shared::cluster.*",
      ".*",
      "mbarrier\\.arrive\\.shared::cluster\\S*",
      "the blocks of the cluster may be told in any order");

  @SuppressWarnings("ImmutableEnumChecker") // a copy
  private final Set<Change> changes;

  private final Pattern instruction;
  private final Pattern place;
  private final Pattern crossed;
  final String reason;

  Harmless(Set<Change> changes, String instruction, String place, String crossed, String reason) {
    this.changes = Set.copyOf(changes);
    this.instruction = Pattern.compile(instruction);
    this.place = Pattern.compile(place);
    this.crossed = Pattern.compile(crossed);
    this.reason = reason;
  }

  static Optional<Harmless> of(Mutant mutant) {
    return Arrays.stream(values()).filter(each -> each.matches(mutant)).findFirst();
  }

  private boolean matches(Mutant mutant) {
    return changes.contains(mutant.change())
        && instruction.matcher(mutant.instruction()).matches()
        && place.matcher(mutant.place()).matches()
        && crossed.matcher(mutant.crossed()).matches();
  }
}
