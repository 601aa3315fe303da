/**
 * # Security considerations
 *
 * What a session of mpENC promises, against whom, and what it does not promise. The tables are declared below as
 * `guarantees` and `limits`; each promise names the clauses under which it is held, and what shows it.
 *
 * ## Who may be dishonest
 *
 * | adversary | can | cannot |
 * | --- | --- | --- |
 * | server | drop, delay, reorder, repeat and invent what it shows to each member, also of who comes and goes | sign by a key of a member |
 * | network | what a server can, if it is between a member and the server | likewise |
 * | stranger | be in the channel, see all packets, and send any | sign by a key of a member |
 * | contact | what a stranger can; others know its identity key, and may include it | read before it is included |
 * | member | sign whatever its own keys allow: any packet, with a lie in any field; say nothing; show others what it reads | sign by a key of another |
 * | former member | what a contact can; it keeps all keys and packets that it had | read or write after its exclusion |
 * | thief | what the one robbed can, from one copy of its state | see what was deleted before |
 *
 * A server and members may work together; then what is promised against both at once is what is promised against each.
 * Where a promise bounds how many
 * members may lie together, it says so. Random numbers, the primitives of suite 1 and the programs of honest members
 * are taken to be as they should.
 *
 * ## Agreement
 *
 * The channel gives all the same packets in the same order, and the rules of the chapter "server-order" make one line
 * of operations of it. Whether an
 * initial packet counts must be the same for all members, whatever it says. So all members check all of it that any of
 * them can check, and not only
 * their own part (greeting.nonce-kept, and step 6 of greeting.check-packet). So a member cannot part the lines of two
 * others by a packet.
 *
 * A server can: it shows each what it likes. Then packet ids and chain hashes differ. The next initial packet of the
 * one side is refused by the other
 * (server-order.same-chain). With the option `orderAcknowledgements`, which is on unless switched off, all compare
 * their lines after each operation.
 *
 * **Who accuses.** Nobody can prove to a third what a server has shown. An order acknowledgement is one member's word.
 * One such word makes a notice; two,
 * or the word of the only other member, end the subsession. The notice names who says so, and not who is guilty: with
 * an honest server it is a liar, with
 * a lying server it may be a victim.
 *
 * ## Confidentiality
 *
 * Content is encrypted by a group key to which each member has contributed. Who is not a member of a subsession cannot
 * compute its group key: a stranger,
 * a server, who was excluded before it, who is included after it. Whoever is a member reads all of it, and may give it
 * away.
 *
 * **Forward secrecy** is weak: a member keeps its contributions as long as it stays, and with them and the packets the
 * group keys of all subsessions since it entered can be computed (erratum MK-1). **Healing** of what a thief reads
 * comes with the next operation that the one robbed begins itself, which brings a contribution that the thief does not
 * have. Operations of others do not heal: the contributions of whoever stays are multiplied, and not replaced. The
 * thief can write as the one robbed, and begin operations in its name, until the one robbed has left and all others
 * have begun a new session (start). The chapter "security-game" has the definitions.
 *
 * ## Authenticity
 *
 * Messages are signed by ephemeral keys, which identity keys vouch for in each operation but a refresh. A message is
 * bound to its author, to its
 * subsession, to its parents, and so to all that its author had read. No member can write as another, whatever it knows
 * of the group.
 *
 * **Whose doing it is.** Each operation names its author to the user, and each abort too (notice *operation*, `by`).
 * Any member may include and exclude
 * whom it likes, so one member ends the session of all by one packet: that is its right, and it is named.
 *
 * ## Order and completeness
 *
 * Each message names the messages that its author had read last. A member that tells others different things, or takes
 * words back, breaks its own line,
 * and the second of two such messages is refused by whoever has the first, with its author. What is lost comes again,
 * or its author and whoever has it are
 * told who lacks it. A session does not end well while a payload lacks an acknowledgement.
 *
 * ## Membership shown truly
 *
 * A message is shown with the members of its subsession, and a change of them is told with the final packet of an
 * operation and with nothing else. That
 * somebody has read a message is shown by that member's own signature only. That everybody in the list can *read* is
 * shown by that, and not by the
 * operation: no packet proves that all have the same group key.
 *
 * ## Deniability
 *
 * mpENC claims little of it. The acknowledgement of an operation is a signature by the identity key over the ephemeral
 * keys and the names: whoever has it
 * can prove that its author took part, with whom, and, together with a message, who wrote it. With the option
 * `publishKey` a member that parts publishes
 * its ephemeral key: from then on anybody can write any message in its name in the old subsessions, so that a message
 * proves nothing about its author. It
 * is published only when nothing by it can deceive a member any more.
 *
 * ## Availability and cost
 *
 * A server, and whoever can cut a member off, can stop everything; it is noticed. A single target can prevent an
 * operation, by an abort or by saying
 * nothing; an operation that does not end is aborted after a while, and the session goes on as before. Junk is kept up
 * to 4 packets of each sender, and
 * messages that wait for others up to the capacity of the buffer; none of them has more parents than there are members.
 *
 * ## Metadata
 *
 * Nothing is hidden of who is in the channel, who is in the session, who sends what type of packet and when. Padding
 * hides the low bits of a length.
 *
 * ## How it was looked for
 *
 * Nothing of this part is proved. What shows its promises are the cases, the tests, the game of the chapter
 * "security-game", and a search.
 *
 * A search plays one lie at each point of eight small sessions: any packet that a member's keys allow, with a lie in
 * any field, shown to all or to one first; or, of the server, each event dropped, late, twice, changed, in another's
 * name, or shown to some. These are 16,224 lies of members and 4,150 of the server; all have been played, and none
 * has broken what is asked. When all that was under way has come, everybody writes once more, and then this has to
 * be so:
 *
 * | what | after a lie of |
 * | --- | --- |
 * | nobody honest is named for what it has not done | a member, the server but for its own words (limit *accused-by-the-server*) |
 * | of two honest members in one session one has the other, and they have one key and one line, or somebody is told | both |
 * | two honest members with one key and one line read each other, and what one has read of the liar the other reads | a member |
 * | who has taken a member's word for another order, or its abort, is told so, with its name | a member |
 * | of two with different lines that read each other, one is told of the order | the server |
 * | who reads two others with another line than its own, or the only other, writes no more in that subsession | the server |
 * | no session ends but by an operation of the liar, of which all are told | a member |
 * | the honest can exclude the liar, and have one key then, or after a start (*key-not-confirmed*) | a member |
 * | every state can be saved, and there is no exception | both |
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"
import { declareGuarantees, declareLimits } from "../conventions/guarantees.ts"

export const clauses = declareClauses("mpenc-security", {})

export const steps = declareSteps("mpenc-security", {})

const search = "reference/mpenc/test/dishonest.test.ts"

const faults = "tools/test/explore-mpenc-attacks.test.ts#finds the fault $mutant: $what"

export const guarantees = declareGuarantees("mpenc", {
  "one-line": {
    promise: "Members that are shown the same channel accept the same operations, whatever one member sends.",
    against: ["member", "contact", "stranger", "former-member"],
    clauses: [
      "server-order.first",
      "server-order.same-chain",
      "greeting.nonce-kept",
      "greeting.key-kept",
      "greeting.change",
      "greeting.one-downflow",
    ],
    witnesses: [
      "greeting/one-downflow-ephemeral-keys~refused",
      "greeting/others-key-zero-in-a-downflow~refused",
      "session/key-of-another-zero",
      "session/unknown-newcomer",
      "extensions/abort-of-a-newcomer~refused",
      "greeting/others-nonce-in-an-exclude~refused",
      "greeting/others-key-zero~refused",
      "extensions/newcomer-not-blamed",
      `${search}#of %s, in the scenario: %s`,
      "reference/mpenc/test/interleavings.test.ts",
    ],
  },
  "server-shown": {
    promise: "With the option orderAcknowledgements, of two members that a server shows different operations at least one is told.",
    against: ["server", "network"],
    clauses: ["extensions.order-acknowledged", "extensions.order-disputed", "extensions.order-inconsistent", "server-order.packet-id"],
    witnesses: ["extensions/order-inconsistent", "extensions/order-divided", `${search}#of %s, in the scenario: %s`, faults],
  },
  "one-accuser": {
    promise: "One member that lies about the order ends no session of three or more, and is named.",
    against: ["member"],
    clauses: ["extensions.order-disputed", "extensions.order-option"],
    witnesses: ["extensions/one-accuser", "extensions/unknown-packet", `${search}#of %s, in the scenario: %s`, faults],
  },
  "nobody-framed": {
    promise: "While the server is honest, no lie of one member makes a notice that names an honest member.",
    against: ["member", "contact", "stranger"],
    clauses: ["server-order.same-chain", "greeting.nonce-kept", "extensions.order-disputed", "transcript.own-line"],
    witnesses: ["extensions/newcomer-not-blamed", "greeting/nonce-in-ones-exclusion~refused", `${search}#of %s, in the scenario: %s`],
  },
  confidential: {
    promise: "Who is no member of a subsession cannot read what is written in it: not before its inclusion, nor after its exclusion.",
    against: ["network", "stranger", "contact", "former-member", "server"],
    clauses: ["cliques.all-contributions", "cliques.group-key", "messages.cipher-key", "session.atomic"],
    witnesses: [
      "messages/excluded",
      "messages/included",
      "reference/mpenc/test/greeting.test.ts#cannot read it with what it holds: neither the excluded, nor who is included later",
      "tools/test/game.test.ts",
    ],
  },
  "authentic-operations": {
    promise: "Nobody completes an operation as a member whose identity key it does not have.",
    against: ["network", "stranger", "contact", "member", "server"],
    clauses: ["aske.acknowledgement", "greeting.signature", "greeting.identity", "greeting.own-share", "extensions.abort-signature"],
    witnesses: ["session/wrong-identity", "session/unknown-identity", "extensions/abort-faults", "greeting/replayed"],
  },
  "authentic-messages": {
    promise:
      "A message in a subsession was written in that subsession by the member that is named as its author, however " +
      "many others work together.",
    against: ["network", "stranger", "contact", "former-member", "server", "member", "colluding-members"],
    clauses: ["messages.signature", "messages.subsession-hash", "session.own-message"],
    witnesses: [
      "messages/signed-by-another~refused",
      "messages/other-group-key~refused",
      "reference/mpenc/test/messages.test.ts#of somebody who has the group key, but not the author's ephemeral key, is refused",
    ],
  },
  named: {
    promise: "The user is told which member has begun an operation, and which has aborted it.",
    against: ["member"],
    clauses: ["session.named", "extensions.abort-author"],
    witnesses: ["extensions/abort", "session/excluded", `${search}#of %s, in the scenario: %s`],
  },
  "own-words": {
    promise: "Of two messages by which a member contradicts itself, whoever has one refuses the other, with its author.",
    against: ["member", "server"],
    clauses: ["transcript.own-line", "transcript.one-parent-per-author", "transcript.after-fin"],
    witnesses: ["session/author-tells-different-things", "transcript/fork~refused", "transcript/after-fin~refused"],
  },
  "nothing-lost-in-silence": {
    promise: "A payload that not all members have acknowledged is told of, by its author and by whoever has it.",
    against: ["network", "server", "member"],
    clauses: ["liveness.warn", "liveness.resend", "liveness.part-failed", "transcript.acknowledged"],
    witnesses: [
      "liveness/lost-always",
      "liveness/shutdown-failed",
      "session/insider-splits-the-key",
      "reference/mpenc/test/session.test.ts#converges when it gets better, and everybody who was not acknowledged " +
        "in time was told (S20, S22)",
    ],
  },
  "membership-atomic": {
    promise: "The members that are shown change with the final packet of an operation, and with nothing else.",
    against: ["network", "stranger", "contact", "member", "server"],
    clauses: ["session.atomic", "session.other-membership", "transcript.membership"],
    witnesses: [
      "session/leaving-during-an-operation",
      "extensions/abort",
      "reference/mpenc/test/session.test.ts#changes nothing of a session before the final packet (S13, S17)",
    ],
  },
  "messages-deniable": {
    promise: "After a member has published its key, anybody can write what that member could have written.",
    against: ["member", "contact", "server"],
    clauses: ["extensions.publish-safely", "extensions.key-early", "extensions.key-published"],
    witnesses: ["extensions/published-key", "extensions/published-hashes", "extensions/key-published~refused", "tools/test/game.test.ts"],
  },
  bounded: {
    promise: "Whatever is sent gets a verdict, changes nothing when it is refused, and leaves a state that can be saved.",
    against: ["network", "stranger", "contact", "member", "former-member", "server"],
    clauses: ["session.waiting-packets", "transcript.buffer-bound", "transcript.parent-count", "mpenc-records.limit", "session.clock"],
    witnesses: [
      "transcript/more-parents-than-members~refused",
      "session/waiting",
      "reference/mpenc/test/session-bad-input.test.ts",
      "reference/mpenc/test/method-inputs.test.ts",
      `${search}#of %s, in the scenario: %s`,
    ],
  },
  "no-storm": {
    promise: "A member that is away makes few of the others resend a message at a time.",
    against: ["member", "network"],
    clauses: ["liveness.spread", "liveness.resend"],
    witnesses: ["liveness/no-storm"],
  },
  restarts: {
    promise: "A member whose program stops at any point, and one that restores a backup, is taken for no liar.",
    against: ["network"],
    clauses: ["extensions.persist-before-send", "extensions.restored"],
    witnesses: ["reference/mpenc/test/restart.test.ts"],
  },
})

export const limits = declareLimits("mpenc", {
  "two-liars": {
    limit: "Two members that lie together about the order end the session of all.",
    against: ["colluding-members"],
    scenario: "Bob and Carol name another chain hash than Alice's. Alice ends her subsession; both are named to her.",
    witnesses: ["extensions/two-accusers"],
  },
  "accused-by-the-server": {
    limit: "A lying server can have an honest member named as the one who disputes the order, or who broke an operation.",
    against: ["server"],
    scenario: "The server shows Bob somebody in the channel whom nobody else sees. Bob's order acknowledgements differ, and name him.",
    witnesses: ["extensions/order-inconsistent"],
  },
  "choice-of-proposals": {
    limit: "A server can choose, unnoticed, which of the proposals made at once is the first.",
    against: ["server"],
    scenario: "Alice and Bob propose at once. The server puts Bob's packet first in the one order that it shows to all.",
    witnesses: ["session/two-at-once"],
  },
  "key-not-confirmed": {
    limit: "A member can divide the group by wrong intermediate keys, and nobody can prove who did.",
    against: ["member"],
    scenario:
      "The last member of a start gives Bob another key than Alice. The operation succeeds, and neither reads the " +
      "other's messages. Both are told. Their keys differ after each exclude, include and refresh too, which multiply " +
      "what is there; a start by one whom all have left, or whom all were excluded by, has new keys.",
    witnesses: ["session/insider-splits-the-key"],
  },
  "one-target-prevents": {
    limit: "One target can prevent an operation, and so a friend can keep somebody in the session for ever.",
    against: ["member"],
    scenario: "Alice excludes Carol; Bob, a target, aborts each time, and is named. Alice has to exclude both at once.",
    witnesses: ["extensions/abort-when"],
  },
  "silence-not-named": {
    limit: "Who says nothing in an operation is not named.",
    against: ["member", "network"],
    scenario: "Bob does not confirm. The operation is aborted as late, in the name of its initiator.",
    witnesses: ["extensions/abort-late"],
  },
  "any-member-excludes": {
    limit: "Every member can exclude all others, and include whom it likes.",
    against: ["member"],
    scenario: "Alice excludes Bob and Carol by one packet. They are told that she did.",
    witnesses: ["session/excluded"],
  },
  "kicked-by-a-member": {
    limit: "Whoever the channel lets kick others can end the session of all, and the channel does not say who did.",
    against: ["member", "stranger", "server"],
    scenario: "Bob kicks Alice and Carol. To both it is as if the server had: they are outside, and enter again when their users wish.",
    witnesses: ["session/left-behind"],
  },
  "newcomer-on-trust": {
    limit: "A newcomer takes the line from one packet, and may follow a liar until its operation is late.",
    against: ["member", "contact", "stranger", "server"],
    scenario: "Alice includes Dave with a false chain hash. Nobody else takes part; Dave leaves after a while, and comes again.",
    witnesses: ["extensions/newcomer-not-blamed"],
  },
  "identity-keys-differ": {
    limit: "A newcomer for whom two members know different identity keys can part their lines.",
    against: ["contact", "server"],
    scenario:
      "Bob was given a false identity key for Dave. Alice includes Dave, who confirms last: for Alice the operation " +
      "has succeeded, and Bob refuses the confirm. What vouches for identity keys is outside of mpENC.",
    witnesses: ["aske/other-identity"],
  },
  "newcomer-deceived": {
    limit: "The last new member can have another newcomer finish an operation that the members have not finished.",
    against: ["member", "contact"],
    scenario:
      "Dave and Mallory are included. Mallory's first downflow packet has a wrong ephemeral key of Dave, her second " +
      "the right one. Dave takes the second, and is in a session whose other members refuse his confirm.",
    witnesses: ["greeting/own-key~refused", "greeting/one-downflow-ephemeral-keys~refused"],
  },
  "newcomer-kept-out": {
    limit: "Whoever is in the channel can keep a newcomer out of the next operation.",
    against: ["stranger", "server"],
    scenario:
      "Mallory sends an initial packet that does not include Dave, with the right PREV_PF. Dave notes it, and " +
      "does not join by the next packet that has it.",
    witnesses: ["server-order/newcomer-too-late"],
  },
  "weak-forward-secrecy": {
    limit: "Who learns the contributions of a member, and has kept the packets, reads all subsessions since that member entered.",
    against: ["thief"],
    scenario: "A thief copies Bob's state after a refresh, and computes the group key of before it (erratum MK-1).",
    witnesses: [
      "reference/mpenc/test/cliques.test.ts#whoever learns the contributions of a member computes the " +
        "secrets of before from what was sent",
      "tools/test/game.test.ts",
    ],
  },
  "no-healing": {
    limit:
      "Who has copied the state of a member reads on until that member begins an operation itself, and can write as " +
      "that member until it has entered anew.",
    against: ["thief"],
    scenario:
      "A thief has Bob's contributions and ephemeral key. A refresh by Alice multiplies the keys by something that " +
      "the thief can compute from the packets and them. One by Bob does not; but the thief can begin one as Bob.",
    witnesses: [
      "reference/mpenc/test/cliques.test.ts#whoever learns the contributions of a member computes the " +
        "secrets of before from what was sent",
      "tools/test/game.test.ts",
    ],
  },
  "taking-part-not-deniable": {
    limit: "That a member took part, and with whom, can be proven to anybody.",
    against: ["member", "server", "network"],
    scenario: "Each confirm has a signature by the identity key over the session id, which the names and nonces in clear make.",
    witnesses: ["aske/other-identity"],
  },
  "acknowledgement-after-the-fins": {
    limit: "A member that publishes its key can have one member refuse for ever what another has accepted.",
    against: ["member"],
    scenario:
      "Mallory writes both FINs, shows one more acknowledgement to Bob alone, and publishes her key. Alice refuses " +
      "that acknowledgement, and cannot accept what Bob writes after it in that subsession. She is told that it waits.",
    witnesses: ["extensions/key-published~refused"],
  },
  "key-may-stay-unpublished": {
    limit: "A member that withholds one acknowledgement keeps others from publishing their keys.",
    against: ["member", "network"],
    scenario: "Carol acknowledges nothing. Bob leaves after a while, and has not published his key.",
    witnesses: ["extensions/not-published"],
  },
  metadata: {
    limit: "Existence, members, times, types and sizes of packets are not hidden.",
    against: ["server", "network", "stranger"],
    scenario: "Everybody in the channel reads the MEMBERs of each greeting in clear.",
    witnesses: ["mpenc-records/start-initial"],
  },
  blocking: {
    limit: "A server that delivers nothing stops everything.",
    against: ["server", "network"],
    scenario: "The server shows Alice nothing any more. Her messages are not acknowledged, and the others expire; she is told of both.",
    witnesses: ["reference/mpenc/test/session.test.ts#that cuts somebody off warns both sides, and what was written is there afterwards"],
  },
})
