/**
 * # Overview of dcgka
 *
 * People who write to each other in a group want that nobody else reads it, that each message is from whom it says, and
 * that both hold again after a device was read out by a thief. Where a server orders all messages there are standard
 * answers. This part is for groups **without a server**: members reach each other over any network, some are offline,
 * two act at once, and nobody decides what came first.
 *
 * The key agreement is DCGKA (Weidner, Kleppmann, Hugenroth, Beresford, CCS 2021). This chapter says who sends what to
 * whom. It has no rules; they stand in the chapters that it names. The chapter "A worked example" has the same with
 * bytes.
 *
 * ## Layers
 *
 * Each layer is a chapter and uses those below it. An implementation can be tested layer by layer.
 *
 * ```text
 * group-messaging        what an application calls: create, add, remove, update, send, receive; a log, retries, events
 *   application-messages   seals what people write, under keys made from update secrets
 *   causal-broadcast       signs control messages, puts them in order, holds what comes too early
 *     key-agreement          control messages and direct messages; gives update secrets
 *       group-membership       who is a member, as a function of a set of operations
 *       ratchet                seeds, member secrets, update secrets
 *       two-party-messaging    a channel between two members that heals with each message
 *         key-bundles            keys to begin a channel with, though one side is offline
 * conventions            bytes, identifiers, labels, suite, randomness, verdicts
 * ```
 *
 * Some layers have names of their own in clauses, methods and cases:
 *
 * | chapter | clauses and steps | layer; methods, if called otherwise | ids begin with |
 * | --- | --- | --- | --- |
 * | cbor, encoding, identifiers, labels | encoding, identifiers | encoding; encoding, identifiers | encoding |
 * | suite, randomness | suite, randomness | primitives | primitives |
 * | key-bundles | key-bundles | key-bundles; keys, first-contact | key-bundles |
 * | two-party-messaging | channel | channel | channel |
 * | group-membership | membership | membership | membership |
 * | ratchet | ratchet | ratchet | ratchet |
 * | key-agreement | key-agreement | key-agreement; group | key-agreement, concurrency |
 * | causal-broadcast | causal-broadcast | broadcast | broadcast |
 * | application-messages | application-messages | application | application-messages |
 * | group-messaging | group-messaging | messaging; messenger | group-messaging |
 *
 * The cases of all layers with calls that are none (convention "methods") begin with `no-calls`.
 *
 * ## For those who know MLS
 *
 * | MLS (RFC 9420) | here |
 * | --- | --- |
 * | epoch | none: each control message gives its sender an update secret of its own; there is no secret of the group |
 * | Commit | an update or a remove, with the acks of all others |
 * | ratchet tree | a channel for each pair of members, and a ratchet for each member |
 * | Add, Welcome | an add with a welcome by the adder, and one add-ack of each other member, with its ratchet |
 * | KeyPackage | a key bundle, one for each member that sends to the new one |
 * | cost of an update | a seed for each other member and an ack by each: O(n), where a tree has O(log n) at best |
 * | who orders commits | nobody: messages are partially ordered, and concurrent ones all count |
 * | member list | a function of the operations that somebody has taken |
 * | application ratchet | a chain for each update secret |
 *
 * ## Who sends what to whom
 *
 * A **control message** goes to everybody. A **direct message** is for one member, travels with a control message, and
 * is sealed on the channel between the two. All of these go over the network in **envelopes** that their sender has
 * signed. In the figures Alice acts, `→ all` is a control message, `→ Bob` is a direct message that travels with it,
 * and what a member gets to know stands in brackets.
 *
 * **Create.** Alice creates a group with Bob and Carol.
 *
 * ```text
 * Alice → all    create: the users, a commitment to the seed
 *       → Bob    seed, as a first contact with a key bundle of Bob's
 *       → Carol  seed, likewise
 *                [all derive a member secret for each member from the seed; Alice's gives her update secret]
 * Bob   → all    ack of the create      [his member secret gives his update secret; he sends no direct message]
 * Carol → all    ack of the create      [likewise]
 * ```
 *
 * **Update.** Alice rekeys the group. A remove is the same, and the removed one is no recipient.
 *
 * ```text
 * Alice → all    update: a commitment to a new seed; a new signing key
 *       → Bob    seed
 *       → Carol  seed
 * Bob   → all    ack of the update      [a new update secret of Bob's]
 * Carol → all    ack of the update      [a new update secret of Carol's]
 * ```
 *
 * Each member has a ratchet, which all members know. A member secret goes into it, and an update secret comes out. So
 * each control message gives its sender one new update secret, and after an update, with all its acks, every member has
 * a secret that a thief of the state before cannot know.
 *
 * **What an acknowledgement is for.** It does four things:
 *
 * - it gives its sender a new update secret, from the seed or the ratchet (chapter "key-agreement");
 * - it puts operations in order: what its sender does later comes after what it acknowledges (chapter
 *   "group-membership");
 * - it hands its sender's secret on to members whom the sender of the seed did not have (chapter "key-agreement");
 * - it shows, when it comes from a member, that a message of a former member was taken before its removal was known,
 *   and so counts (chapter "causal-broadcast", former members).
 *
 * **Add.** Alice adds Dave. There is no seed: what is new is known from the ratchets.
 *
 * ```text
 * Alice → all    add: the user dave, the digest of the history, a commitment to Dave's first member secret
 *       → Dave   welcome: the history, what has been seen of each member, Alice's ratchet, signing keys, digests
 *                [a step `add` of Alice's ratchet gives her update secret]
 * Dave  → all    ack of the add         [his member secret, made from Alice's ratchet, gives his update secret]
 * Bob   → all    add-ack of the add
 *       → Dave   Bob's ratchet and his confirmation   [a step `add` of Bob's ratchet gives his update secret]
 * Carol → all    add-ack of the add
 *       → Dave   Carol's ratchet and her confirmation
 * ```
 *
 * **Remove.** Alice removes Carol.
 *
 * ```text
 * Alice → all    remove: the member, a commitment to a new seed
 *       → Bob    seed                   [nothing for Carol, who deletes every secret when the message comes]
 * Bob   → all    ack of the remove
 * ```
 *
 * **Two at once.** Alice adds Dave while Bob updates. Bob did not know of Dave, so his seed does not go to Dave.
 *
 * ```text
 * Alice → all    add dave               Bob → all     update
 *       → Dave   welcome                    → Alice   seed
 * Alice → all    ack of the update
 *       → Dave   Alice's member secret  [forwarded, as Bob did not have Dave as a member]
 * Dave  → all    ack of the update, and at once an update of Dave's own: he got no seed
 * ```
 *
 * **A message of people.** Alice writes in the chain of her last update secret.
 *
 * ```text
 * Alice → all    application message: chain, index, ciphertext, signature
 * ```
 *
 * It needs no answer. Alice's next control message states how many messages the chain had, and a digest over them.
 *
 * ## Notation
 *
 * - `CBOR(…)` is deterministic CBOR (chapter "cbor"); `[ a, b ]` in it an array, `"…"` a text, everything else a byte
 *   string, a number or null, as its chapter says.
 * - `a || b` is `a` followed by `b`. `FF * 32` is the byte FF, 32 times. `x[0..16)` are the first 16 bytes of `x`.
 * - SHA-256, HKDF-Extract, HKDF-Expand, X25519 are those of the chapter "suite". Lengths are in bytes.
 * - `chapter.operation.n` is the n-th step of an operation; `chapter.slug` is a clause.
 * - In a label of a draw, `{…}` stands for a value (chapter "randomness").
 * - *We* and *our* are the member, or the user, whose state the operation changes. *The sender* is that of the message
 *   at hand.
 * - *Ascending order* of members and users is that of the bytes of their identifiers; of lower-case hex and of ASCII it
 *   is that of the characters.
 *
 * ## Glossary
 *
 * | term | is | chapter |
 * | --- | --- | --- |
 * | ack, add-ack, forward | the control messages that answer another one; a forward is an ack that hands a secret on | key-agreement |
 * | application message | what a person writes, sealed and signed | application-messages |
 * | chain | the keys that follow from one update secret, one for each application message | application-messages |
 * | change | a create, an add or a remove | group-membership |
 * | channel | the state that two members share to send each other secrets | two-party-messaging |
 * | commitment | a value that fixes a seed or a secret without telling it | key-agreement |
 * | confirmation | what a member tells a new one of itself, against lies of the adder | causal-broadcast |
 * | context | bytes that name who talks to whom, bound into a key | two-party-messaging |
 * | control message | a message of key agreement for everybody | key-agreement |
 * | direct message | a message of a channel that travels with a control message | key-agreement |
 * | envelope | control messages of one sender under one signature | causal-broadcast |
 * | first contact | the first message on a channel, sealed with a key bundle | key-bundles |
 * | frontier | the updates and removals that no other one comes after | group-messaging |
 * | healer | the member that updates after concurrent updates or removals | group-messaging |
 * | history | the operations that are known; kept as changes without acks | group-membership |
 * | item | a control message in an envelope, with what goes with it | causal-broadcast |
 * | key bundle | public keys that a user publishes for one contact | key-bundles |
 * | keyring | the keys and contacts of a user, shared by its groups | key-agreement |
 * | knowledge | which changes somebody knew | group-membership |
 * | member | a user in a group, from one addition on | identifiers |
 * | membership | a member of a user's own, with its state | group-messaging |
 * | member secret | what one seed gives for one member | ratchet |
 * | notes | numbers and digests of last messages, to be compared | causal-broadcast |
 * | open message | one that somebody may still acknowledge | causal-broadcast |
 * | operation | a change, or an ack as group membership sees it | group-membership |
 * | packet | an envelope or an application message | group-messaging |
 * | peer | the other side of a channel; in tests the implementation that is tested | two-party-messaging; methods |
 * | ratchet | the state that turns member secrets into update secrets | ratchet |
 * | rekey | the update that a member sends because it was no recipient | key-agreement |
 * | seed | a fresh secret that its sender gives to the recipients | ratchet |
 * | share | the part of a limited room that belongs to one sender | causal-broadcast |
 * | stranger | a sender that is not in our view | causal-broadcast |
 * | update secret | the secret that a control message gives for its sender | ratchet |
 * | user | a person or a device, with identity keys | identifiers |
 * | verdict | the answer of an operation | verdicts |
 * | view | the members that somebody has, as of a message | group-membership |
 * | welcome | what an adder sends to its new member | key-agreement |
 *
 * @module
 */
export {}
