/**
 * # mpENC
 *
 * The overview of this part: what it is for, who sends what to whom, the words, and one example with all its bytes.
 *
 * ## What it is for
 *
 * A few people talk in a **group channel** of a server, such as a chat room. The server gives everybody the same
 * packets in the same order, and is trusted with nothing else. mpENC gives them **sessions**: all members have one
 * key, know that they have the same members, and know of each message who has read it. Each change of the members,
 * and each new key, is one **operation**; between two operations the members are in a **subsession**, in which they
 * write. Nobody is the leader, and each member may begin an operation.
 *
 * The part is complete in itself. It needs nothing of dcgka. Of the conventions it needs clauses, verdicts, methods,
 * the JSON forms of values, randomness, and of suite 1 X25519, Ed25519, SHA-256 and HKDF; beside these AES in
 * counter mode. It has formats of its own (chapter "records"), so CBOR is needed for saving only, and HPKE and AEAD
 * for nothing.
 *
 * **Beside MLS and dcgka.** As in MLS one key is for all, and operations are in one line. But the key is made of a
 * contribution of each member, without a tree. And all members confirm each operation but a refresh by their identity
 * keys. In dcgka nobody orders messages, members may be offline, and each has secrets of its own. Here they are online
 * for each operation, and each message says what its author had read; forward secrecy and healing are weaker than in
 * both.
 *
 * ## Who sends what to whom
 *
 * Every packet goes to the server, and comes back from it to everybody in the channel, its sender too: what is sent
 * to one member is seen by all, and means something to that member only. What has come back counts, not what was
 * sent.
 *
 * **Start**, by c, with a and b (chapter "greeting"). The keys travel up from member to member, each adding its
 * contribution, its nonce and its ephemeral key; the last one sends the finished lists to all. Each one acknowledges
 * them by its identity key, and with the last acknowledgement the session begins for everybody at once.
 *
 * ```text
 *    c                    a                    b
 *    |-- start-initial -->|                    |      DEST a: keys G, x_c G; 1 nonce, 1 public key; PREV_PF, CHAIN_HASH
 *    |                    |-- start-upflow --->|      DEST b: 3 keys, 2 nonces, 2 public keys
 *    |<------------- start-downflow -----------|      all:    3 keys, 3 nonces, 3 public keys, acknowledgement of b
 *    |<-- start-confirm --|------------------->|      all:    acknowledgement of a
 *    |-- start-confirm -->|------------------->|      all:    acknowledgement of c: the final packet
 * ```
 *
 * **Include** of d and e, by a, in a session of a, b and c. The upflow goes through the new members only.
 *
 * ```text
 *    a        b        c        d        e
 *    |--------- include-initial >|        |           DEST d: 4 keys, 3 nonces, 3 public keys; PREV_PF, ...
 *    |        |        |        |-upflow>|            DEST e: 5 keys, 4 nonces, 4 public keys
 *    |<-------|<-- include-downflow -----|            all:    5 keys, 5 nonces, 5 public keys, acknowledgement of e
 *    |   a, b, c, d: include-confirm, in any order    all:    one acknowledgement each; the last one is final
 * ```
 *
 * **Exclude** of c, by a. There is no upflow: the lists are finished at once.
 *
 * ```text
 *    a        b        c
 *    |------->|------->|      exclude-initial, all:  2 keys, nonces, public keys; acknowledgement of a; PREV_PF, ...
 *    |<-------|        |      exclude-confirm, all:  acknowledgement of b: final
 * ```
 *
 * **Refresh**, by a: a new key for the same members. One packet is the whole operation.
 *
 * ```text
 *    a        b        c
 *    |------->|------->|      refresh-initial, all:  3 keys; PREV_PF, ...: initial and final
 * ```
 *
 * **A message**, by a, to those in its subsession. Whoever has read it says so by naming it as a parent of its own
 * next message, or by an acknowledgement if it writes nothing for a while.
 *
 * ```text
 *    a        b        c
 *    |------->|------->|      data: hint, signature, IV, { parents, body } encrypted by the group key
 *    |        |<-------|      data: c's next message, whose parents are, or come after, the one of a
 *    |<-------|        |      data: b's acknowledgement: now a knows that all have read it
 * ```
 *
 * ## The chapters
 *
 * | chapter | says | needs |
 * | --- | --- | --- |
 * | records | which bytes a packet has | |
 * | cliques | how a group key is made of contributions | records |
 * | aske | how ephemeral keys are tied to identity keys | records |
 * | greeting | one operation, as one member goes through it | cliques, aske |
 * | messages | how a message is encrypted, signed and named | records |
 * | server-order | which operations count, and in which line | records |
 * | transcript | which message comes after which, and who has read it | |
 * | liveness | what is done by the clock, so that nothing is lost in silence | transcript |
 * | notices | what a session is given, what it asks and what it tells | |
 * | session | all of it together, in a channel where people come and go | all of these |
 * | extensions | abort, order acknowledgements, published keys, a ratchet, saving | session |
 * | send-queue | when a text may be written again | session |
 * | security | what is promised, against whom, and what is not | |
 *
 * ## Notation
 *
 * | | |
 * | --- | --- |
 * | `a \|\| b` | the bytes of a, then those of b; texts in UTF-8, labels in ASCII |
 * | `x P` | X25519 of the scalar x and the point P |
 * | `G` | the base point of X25519 |
 * | `Ed25519(key, m)` | the signature of m by the secret key |
 * | `HKDF(key, salt, info)` | HKDF with SHA-256, to 32 bytes |
 * | NAMES IN CAPITALS | records of packets |
 * | *words in italics* | notices, and states that an application shows |
 * | (chapter.operation) | the steps of that operation are done there |
 * | we | the member whose program reads the text |
 *
 * Lists count from 0 where a step says *position* or *index*. Times are in milliseconds; *within* and *less than x
 * ago* leave x out, and so does *until* x; *after*, *for* and *ago* take it in (chapter "liveness").
 *
 * ## Glossary
 *
 * | word | meaning |
 * | --- | --- |
 * | abort | a final packet by which an operation fails |
 * | acknowledgement (of an operation) | a signature of the authenticator by an identity key: SESSION_SIGNATURE |
 * | acknowledgement (of a message) | a later message of a reader; an *explicit* one is a message that says nothing else |
 * | chain hash | the digest of the line of operations up to a packet |
 * | contribution | a member's secret share of the group secret |
 * | ephemeral key | the key by which a member signs, as long as it stays |
 * | final packet | the packet with which an operation succeeds or fails |
 * | FIN | a consistency message that says that its author writes no more |
 * | greeting | an operation as one member goes through it; also one of its packets |
 * | group key, group secret | what all members compute, and encrypt by; from what it is derived |
 * | hint | the first byte of the subsession hash |
 * | identity key | the long-term key of a member, known to others from elsewhere |
 * | initial packet | the first packet of an operation; it names its parent, PREV_PF, the final packet before it |
 * | initiator | the author of the initial packet |
 * | intermediate key | the group secret without one member's contribution |
 * | line | the operations that count, one after the other |
 * | membership | all keys of a subsession, as one member holds them |
 * | newcomer | who has entered the channel and does not know the line, and, for a while, whom an operation has included |
 * | operation | start, include, exclude or refresh |
 * | packet id | the digest of a packet, its sender and the other members of the channel |
 * | plan, proposal | a change that our user wants; our initial packet that has not come back |
 * | reader | a member of the subsession who is not the author |
 * | session id | what the names and nonces of all members make |
 * | subsession | the time between two operations, with one set of keys |
 * | subsession hash | the digest of session id and group key; each message is signed with it |
 * | synced | knowing the line |
 * | target | a member of the session that an operation creates |
 *
 * ## An example with its bytes
 *
 * Alice starts a session with Bob, and writes *hello*. All is in hex, but what stands in quotation marks. It is the
 * case
 * `messages/worked-example`, from which these lines are made.
 *
 * ```text
 * What Alice and Bob have, and draw
 *   alice: identity secret key
 *     616c696365206964656e7469747920616c696365206964656e7469747920616c
 *   alice: identity public key
 *     c02a55952702c21d9d3ab8c34b0c39d695892693995d8d948d12f80a8c65766a
 *   alice: contribution x
 *     616c69636520636f6e747269627574696f6e203120616c69636520636f6e7472
 *   alice: nonce
 *     616c696365206e6f6e6365203120616c696365206e6f6e6365203120616c6963
 *   alice: ephemeral secret key
 *     616c69636520657068656d6572616c203120616c69636520657068656d657261
 *   alice: ephemeral public key
 *     3ad2ac5aa21373b38efa6a35e2025ed46541dc41477c0244b74091b5085c74e0
 *   bob: identity secret key
 *     626f62206964656e7469747920626f62206964656e7469747920626f62206964
 *   bob: identity public key
 *     52966884e3856476da81ab4bb6475c427298955ee1f2f210f79fb44819ee45fc
 *   bob: contribution x
 *     626f6220636f6e747269627574696f6e203120626f6220636f6e747269627574
 *   bob: nonce
 *     626f62206e6f6e6365203120626f62206e6f6e6365203120626f62206e6f6e63
 *   bob: ephemeral secret key
 *     626f6220657068656d6572616c203120626f6220657068656d6572616c203120
 *   bob: ephemeral public key
 *     757ed6f47334f16caa4ecccb00b045bb9ccc5ea62aa625d3bc94f68332feffc7
 *
 * Key agreement (chapter cliques)
 *   x_alice G
 *     e0440a0df234b73f861e1d8981b60afdfc1e102658f5d88a768c80eed994f31d
 *   x_bob G
 *     6740433d478d9c805f0fd0353cef878731ca72d0ba6dc4692555b64595309e60
 *   group secret: x_bob x_alice G
 *     da03f7f833f26cd4bf63042ccb2ff3a91db0bc6882eec13a9e759a4db3781c3f
 *   group key
 *     36bff79ef487a37a516b9f014054261dac0566a28c8f795f01f9c748c8eb6df2
 *
 * Signature key exchange (chapter aske)
 *   session id
 *     aa72945b258294f88ef85f75b529dd1962921c39545ca533541cf363938bda37
 *   authenticator of bob
 *     61636b736967626f62757ed6f47334f16caa4ecccb00b045bb9ccc5ea62aa625d3bc94f68332feffc7626f62206e6f6e6365203120626f62
 *     206e6f6e6365203120626f62206e6f6e63aa72945b258294f88ef85f75b529dd1962921c39545ca533541cf363938bda37
 *   SESSION_SIGNATURE of bob
 *     eb34a8ef783e4e0403bfc4fcb6ef688ad0b7707fe4b855635919ed56e75d6884fdc7e30188881abbfdc3a5c9ea414f7e2fb16cde71ac6e22
 *     d835c334ae59fc05
 *
 * The packets of the start (chapter greeting), in the order of the channel
 *   alice: start-initial
 *     "?mpENC:AAMAQGhbUqND6iHVlfLiSXMYZnuZTM3/9GqwkkCOw1CxoavlEiJhobGjXqNFQVvn2/t2Pm83OrF1Eby726aBcHyixg0AAQABAQACAAEC
 *     Af8AAgCcAQAABWFsaWNlAQEAA2JvYgECAAVhbGljZQECAANib2IBAwAAAQMAIOBECg3yNLc/hh4diYG2Cv38HhAmWPXYinaMgO7ZlPMdAQQAIGFs
 *     aWNlIG5vbmNlIDEgYWxpY2Ugbm9uY2UgMSBhbGljAQUAIDrSrFqiE3OzjvpqNeICXtRlQdxBR3wCRLdAkbUIXHTgAwEAIAEBAQEBAQEBAQEBAQEB
 *     AQEBAQEBAQEBAQEBAQEBAQEBAwIAIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB."
 *   bob: start-downflow
 *     "?mpENC:AAMAQGDaDEytlHXl8dVw0ZOTil0xw7R1lKTliSwdfeaFUFHw2dzbGAJh5BCm++f2JQ7WIbpJhki6+MnFcPuSZ390pAAAAQABAQACAAEC
 *     Af8AAgAeAQAAA2JvYgEBAAABAgAFYWxpY2UBAgADYm9iAQMAIGdAQz1HjZyAXw/QNTzvh4cxynLQum3EaSVVtkWVMJ5gAQMAIOBECg3yNLc/hh4d
 *     iYG2Cv38HhAmWPXYinaMgO7ZlPMdAQQAIGFsaWNlIG5vbmNlIDEgYWxpY2Ugbm9uY2UgMSBhbGljAQQAIGJvYiBub25jZSAxIGJvYiBub25jZSAx
 *     IGJvYiBub25jAQUAIDrSrFqiE3OzjvpqNeICXtRlQdxBR3wCRLdAkbUIXHTgAQUAIHV+1vRzNPFsqk7MywCwRbuczF6mKqYl07yU9oMy/v/HAQYA
 *     QOs0qO94Pk4EA7/E/LbvaIrQt3B/5LhVY1kZ7VbnXWiE/cfjAYiIGrv9w6XJ6kFPfi+xbN5xrG4i2DXDNK5Z/AU=."
 *   alice: start-confirm
 *     "?mpENC:AAMAQALnuBTLeviRlO7piq26Oib9PmnirSgdTq3jYLnsNtaP9uEFKIUERmrAuLN8cEgZpE5teiAamoVTsKVBDKCZyAMAAQABAQACAAEC
 *     Af8AAgAaAQAABWFsaWNlAQEAAAECAAVhbGljZQECAANib2IBBgBA0vuSGMSTCO6mlf1IiL4rL7b37DfOfUpINDdAOjVtMh1cJHL9YZgh0VqC3ANu
 *     4VtKj7zmJFWDiLsS+2GmIMcMAw==."
 *
 * A message of Alice, with no parents and without padding (chapter messages)
 *   subsession hash
 *     4b8ba84b44eaa8d93a64f055c1f658b135f369538507fc1ab557e31301982674
 *   hint
 *     4b
 *   cipher key
 *     36bff79ef487a37a516b9f014054261d
 *   MESSAGE_BODY
 *     005b2268656c6c6f225d
 *   plaintext: length, content
 *     000e0014000a005b2268656c6c6f225d
 *   MESSAGE_IV
 *     171717171717171717171717
 *   MESSAGE_PAYLOAD
 *     3486577b2bf9dc9822b43ec1b828976d
 *   what is signed
 *     646174616d73677369674b8ba84b44eaa8d93a64f055c1f658b135f369538507fc1ab557e31301982674000100010100020001030011000c
 *     171717171717171717171717001000103486577b2bf9dc9822b43ec1b828976d
 *   MESSAGE_SIGNATURE
 *     c5edecaedb1817f9c5ba6fb41af3ccb7b665337dc1ba831fad7a7835b521f733ea0be236c1226505ee62020692008009805bdb526c966e0a
 *     ef00c45073f84203
 *   packet
 *     "?mpENC:ABIAAUsAAwBAxe3srtsYF/nFum+0GvPMt7ZlM33BuoMfrXp4NbUh9zPqC+I2wSJlBe5iAgaSAIAJgFvbUmyWbgrvAMRQc/hCAwABAAEB
 *     AAIAAQMAEQAMFxcXFxcXFxcXFxcXABAAEDSGV3sr+dyYIrQ+wbgol20=."
 *   identifier
 *     a884f4fb9363dfb6d28d1c3b04b7bbe83818ee09
 *
 * What Bob reads, with the group key of his own
 *   group secret: x_alice x_bob G
 *     da03f7f833f26cd4bf63042ccb2ff3a91db0bc6882eec13a9e759a4db3781c3f
 *   author
 *     "alice"
 *   text
 *     "hello"
 * ```
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("mpenc", {})

export const steps = declareSteps("mpenc", {})
