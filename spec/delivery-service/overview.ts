/**
 * # The delivery service: overview
 *
 * What this part is for, who sends what to whom, the words, and one epoch with all its bytes.
 *
 * ## What it is for
 *
 * A group of TreeKEM (MLS, RFC 9420) goes from **epoch** to epoch by **commits**. Of the commits that its members make
 * in one epoch, all must process the same one. Usually a server sees to that, by the order in which it hands commits
 * on. Here the members do: they gossip what they propose, and agree by votes on the commit that ends the epoch. No
 * server is needed, no clock is shared, and fewer than a third of the members may be faulty in any way.
 *
 * It is built from the papers of Paillat et al. on a decentralized delivery service, with their cascade of consensus:
 * quick when one member commits, slower when several do, and always certain. For comparison there is the
 * **centralized** delivery service too.
 *
 * The part needs of the conventions clauses, verdicts, methods, CBOR and canonical encoding, identifiers, labels,
 * randomness, and of suite 1 Ed25519 and SHA-256; with real groups an implementation of MLS. It needs nothing of dcgka
 * or mpENC.
 *
 * ## Who sends what to whom
 *
 * Messages go from member to member, over links that show who has sent them. Of n members at most t, less than a third,
 * are faulty; k is the sensitivity to conflicts, here 1. A **WITNESS** is a signed statement that its signer has seen
 * a commit and found it valid; a **READY**, that 2t + k have said so. A **BUNDLE** carries such statements, and the
 * commits that they are about. Of four members, with t = 1, C proposes, A commits:
 *
 * ```text
 *    A              B              C              D
 *    |<-------------|<--- GOSSIP --|------------->|     a proposal of C; whoever gets it first sends it on to all its peers
 *    |   (each is told of the proposal: it may be committed now)
 *    |--- BUNDLE -->|------------->|------------->|     A's commit, and "A has witnessed it"
 *    |   (each processes the commit for trial)
 *    |<-------------|--- BUNDLE -->|------------->|     "B has witnessed it"; so do C and D
 *    |--- BUNDLE -->|------------->|------------->|     with 2t + k = 3 WITNESSes: "A is ready"; so do B, C and D
 *    |   (n - t = 3 READYs, and no other commit witnessed before any of them: that is decided)
 *    |-- DECISION ->|------------->|------------->|     the commit, and the READYs that prove it; each sends it on, once
 *    |   (each applies the commit: the next epoch has begun; A sends the WELCOME to whom it adds)
 * ```
 *
 * When B commits at the same time, READYs may be for both. Then the authors try to agree on a set of commits, by
 * ENDORSE and RETRACT; sets are voted on like commits; and if there are several sets too, everybody votes in rounds:
 *
 * ```text
 *    authors A, B:    ENDORSE {a, b}, with the certificates of their own commits, to each other
 *    A, B:            BUNDLE of the second cooperation: "A has witnessed the set {a, b}"; then as above, for the set
 *    only if sets compete as well:
 *    all:             PROPOSAL by the proposer of the round, PREVOTE and PRECOMMIT by all, until n - t PRECOMMITs of one set
 *    whoever decides: DECISION; of the set the choice takes effect: the commit with the most proposals
 * ```
 *
 * Who was away asks with a FETCH, and is answered by the DECISIONs of the epochs that it has missed, one after the
 * other.
 *
 * ## The chapters
 *
 * | chapter | says | needs |
 * | --- | --- | --- |
 * | tree-kem | proposals, commits and welcomes, with MLS and with symbols in its place | |
 * | murmur | how proposals reach everybody | tree-kem, to read proposals |
 * | cooperation | how members witness values, and when no other can be accepted | |
 * | restrained-consensus | how authors agree on a set | cooperation |
 * | global-consensus | votes in rounds, when all else competes | cooperation, for who votes |
 * | cascade | the three of them one after the other, and what a decision is | these three |
 * | delivery-service | epochs: what is judged, applied, kept, asked for and answered | tree-kem, murmur, cascade |
 * | simulation | groups and networks in memory, for tests | delivery-service |
 * | centralized | the same with a server | tree-kem |
 * | delivery-service-security | what is promised, against whom, and what is not | |
 *
 * Layers of the vectors, prefixes of clauses, of cases and of methods have the names of the chapters. Layers that have
 * no chapter of their own are `mls` (tree-kem with MLS) and `delivery-mls` (delivery-service with MLS). Methods have
 * these names too; where an operation and a method are called the same, the method does the operation, and brings the
 * handle. Which chapters a layer needs stands in the chapters "methods" and "agreement-methods". A port of this part
 * alone should also declare the layers `primitives` (for strict Ed25519) and `encoding`: what they show is not shown
 * again here.
 *
 * ## Notation
 *
 * | | |
 * | --- | --- |
 * | n, t, k | how many voters there are, how many of them may be faulty, the sensitivity to conflicts |
 * | `CBOR(x)` | the canonical encoding of x (chapter "encoding") |
 * | WITNESS, BUNDLE, ... | messages, and statements in them |
 * | `timer/1` | names of timers, and what stands in code |
 * | (chapter.operation) | the steps of that operation are done there; without a chapter, those of this one |
 * | we | the member whose program reads the text |
 *
 * Times are in **delay bounds**: the time within which a message usually arrives. The application says what it is.
 *
 * ## Glossary
 *
 * | word | meaning |
 * | --- | --- |
 * | accepted (value) | n - t members are ready for it; in cooperation there may be several |
 * | admitted (proposal) | checked in its epoch and remembered by TreeKEM; each one is **told of** at once, and no other |
 * | admitted, admissible (set) | global consensus may decide it |
 * | back (to bring) | to remove the leaf of a stuck member and add it again, in one commit |
 * | blamed | a user whose commit has made us stuck |
 * | candidate | a value that may still be accepted, as seen at the first acceptance |
 * | certificate | READYs of n - t members for one value; **unique** when no other value can have one |
 * | chain | the statements of one signer, numbered without gaps |
 * | choice | the commit of a decided set that takes effect |
 * | commit value | a commit with its author, proposals, welcome and signature; its **ref** is what is voted on |
 * | correct, faulty | who follows the rules, and who does not |
 * | decided | nothing else can take effect in this epoch |
 * | evidence | what of a DECIDE proves that it is one |
 * | held | kept as it came: a proposal by murmur, a statement by cooperation, a vote by global consensus |
 * | incomplete | a commit of which a proposal was not told of |
 * | judged | whether a commit is valid for us: it reads as its value says, and can be processed |
 * | known (commit, set) | here with its content, whether valid or not |
 * | leaf | the number of a member in the group |
 * | linked | a statement of which all with lower numbers by its signer are held |
 * | member, voter | who is in the group in an epoch; the same, as one who votes |
 * | ref | 32 bytes that name a commit value, a set or a proposal |
 * | relaxed | witnessing every valid value, after a time without a quorum |
 * | silent | a restored member, that signs nothing yet |
 * | status | active, stuck or removed |
 * | stuck | who could not process the commit that was decided; it has leaf and key, but no secrets |
 * | trial (to process for) | to process a commit and forget the result |
 * | unlocking | witnessing more values than the first |
 * | valid | for us: judged so |
 *
 * ## An example with its bytes
 *
 * Alice adds Bob, Bob proposes an update, and Alice commits it. All is in hex. It is the case
 * `delivery-service/worked-example`, from which these lines are made.
 *
 * ```text
 * Two users, and a group of one
 *   seed of alice
 *     616c696365616c696365616c696365616c696365616c696365616c696365616c
 *   key package 0 of alice
 *     8465616c6963655820ac3126f9a159893b72b722b445a176b562651df87dd43b8dbfe2ad5d5196e51f58202dc90786dcf8a3a434b52b6a3c
 *     60f7b582210465ad420da528d65323a15f1e06584053ca4f9fd309b3834a95459c2d88f8449a9ad8072c9af05d5d788fadb311040c68149e
 *     71443c73cf09e6bf4cdca539c6ac7f26dc1e935147eecfa53e4c1c6f08
 *   seed of bob
 *     626f62626f62626f62626f62626f62626f62626f62626f62626f62626f62626f
 *   key package 0 of bob
 *     8463626f625820fbe5e525cc03319dbce68283d3d6b532368d694ca25d2afc4fe3bb81cbbc1bb158209b6e1e48b359d53a9fbc2865bb00a9
 *     e10dd91045421d146c7b32a348d31dc2f258405902d6a9a0438212af5d844958998898477c07a274fd3920898ffcc2142ea2eebd3d9154f9
 *     6fd2f4443e648b699cd30862f75a93e3c5ae8ecab1223b238bb003
 *   group
 *     66666666666666666666666666666666
 *
 * Epoch 0: alice adds bob; alone, it decides at once (chapters tree-kem, cascade)
 *   tree-kem.reference of the addition
 *     b064c8299eb703584a127ecf79bace320b5db1f65d01216ef428685a5425772e
 *   WELCOME to bob
 *     84065066666666666666666666666666666666015901598605506666666666666666666666666666666601818463626f625820fbe5e525cc
 *     03319dbce68283d3d6b532368d694ca25d2afc4fe3bb81cbbc1bb158209b6e1e48b359d53a9fbc2865bb00a9e10dd91045421d146c7b32a3
 *     48d31dc2f258405902d6a9a0438212af5d844958998898477c07a274fd3920898ffcc2142ea2eebd3d9154f96fd2f4443e648b699cd30862
 *     f75a93e3c5ae8ecab1223b238bb00382840065616c6963655820ac3126f9a159893b72b722b445a176b562651df87dd43b8dbfe2ad5d5196
 *     e51f58202dc90786dcf8a3a434b52b6a3c60f7b582210465ad420da528d65323a15f1e06840163626f625820fbe5e525cc03319dbce68283
 *     d3d6b532368d694ca25d2afc4fe3bb81cbbc1bb158209b6e1e48b359d53a9fbc2865bb00a9e10dd91045421d146c7b32a348d31dc2f25820
 *     602d4fc5d368b52a519a2f0904346b41f21dbc1c3c755ee5f10e679c04926b4f
 *   SUBSCRIBE of bob
 *     82028301506666666666666666666666666666666601
 *
 * Epoch 1: bob proposes an update (chapters tree-kem, murmur)
 *   GOSSIP of bob
 *     8202820258798602506666666666666666666666666666666601015820dfb431cadb190c016374e295c44808774d0aa063097bd4700d0509
 *     ed151a9d265840f970e301236fdfca31b6d43f76d794f2e8fcfa7f81cc030c7de294fc8bc94477894e66e7581aa8d88aa8aac9baccb60422
 *     31a5253cb7dafada1355da63dec605
 *   tree-kem.reference of the update
 *     0c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d
 *   murmur.identity of the update
 *     4149308c6c0351f11b0c09c649cef4f226ae449726f42cc832da0909e5ea944a
 *
 * alice commits it, and proposes the commit in the cascade (chapter cascade)
 *   commit
 *     8904506666666666666666666666666666666601008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d
 *     5820aa1e20fc7baf3a5a92f59bbd90d59045d1656b67ff477600ed5005a4455654bb8058207538034fca5487eea3920089b7a0f389f8415f
 *     8e118f03d6bc3383aec0d77b8458404efaba09b7a180938872235a4198b93ea35f59288c779140f4c9fd7b75b9fac14099ac6f7caf837a74
 *     e22ef051831c41b090ad53f54b9349b73a8bbbe2b32805
 *   tree-kem.secret of epoch 2
 *     fa6fb09e0ab06bc5b1370283a358b271e895c3e3a7e3a3799216f99d6cafd760
 *   cascade.commit-input of the commit value
 *     87781a636f6e636c6176652f312064656c697665727920636f6d6d6974506666666666666666666666666666666601008158200c31c661aa
 *     6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d58205bdc3614477695ea103ca31a9dc6a4cf47f2d0da8e252bcb96eeb7
 *     517fa1c5d8f6
 *   signature of the commit value
 *     9852b8b814a0a97fb1f730203fca618e489766e9171839e61d3936bfe8315cc5077a3177a5f5be8c23eb41abff5a7a1e1af2f6236b01ab67
 *     e362d382a5180b05
 *   witness number 0 of alice: what is signed
 *     88781d636f6e636c6176652f312064656c69766572792073746174656d656e74506666666666666666666666666666666601010000005820
 *     f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e14
 *   witness number 0 of alice: signature
 *     8e040fbd803ad20b62b33a3520f77b0dd489a6094fd0553e8703800f90e33dcb34e9d7471739955cbef019cc19d157f96c78feeafa278d88
 *     5bf2b082c900b906
 *   AGREEMENT with the BUNDLE of alice
 *     820187015066666666666666666666666666666666010181850000005820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b
 *     3db422a11e1458408e040fbd803ad20b62b33a3520f77b0dd489a6094fd0553e8703800f90e33dcb34e9d7471739955cbef019cc19d157f9
 *     6c78feeafa278d885bf2b082c900b9068185008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d58bf
 *     8904506666666666666666666666666666666601008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d
 *     5820aa1e20fc7baf3a5a92f59bbd90d59045d1656b67ff477600ed5005a4455654bb8058207538034fca5487eea3920089b7a0f389f8415f
 *     8e118f03d6bc3383aec0d77b8458404efaba09b7a180938872235a4198b93ea35f59288c779140f4c9fd7b75b9fac14099ac6f7caf837a74
 *     e22ef051831c41b090ad53f54b9349b73a8bbbe2b32805f658409852b8b814a0a97fb1f730203fca618e489766e9171839e61d3936bfe831
 *     5cc5077a3177a5f5be8c23eb41abff5a7a1e1af2f6236b01ab67e362d382a5180b0580
 *
 * bob processes it for trial, and witnesses it; with alice's statement it is ready (chapter cooperation)
 *   witness number 0 of bob: what is signed
 *     88781d636f6e636c6176652f312064656c69766572792073746174656d656e74506666666666666666666666666666666601010100005820
 *     f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e14
 *   witness number 0 of bob: signature
 *     9a5bbe87efe3a731273d1b5b7b9ba9ca6e2241b982abafb1bccf26fd0f372bd01a1cf16b0839e8b7c21eaf0d24d7ed751afc0ba5216601ae
 *     6ebec82d5f502e06
 *   ready number 1 of bob: what is signed
 *     88781d636f6e636c6176652f312064656c69766572792073746174656d656e74506666666666666666666666666666666601010101015820
 *     f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e14
 *   ready number 1 of bob: signature
 *     1b08ed67fffde795308574585fd48f4d2de44937fb93586b0aee557b5470df9c87f8b8298dc6169de909c4f1299f31859044b7a14b6a4dd8
 *     8e849e0855c3d50b
 *   AGREEMENT with the BUNDLE of bob
 *     820187015066666666666666666666666666666666010183850000005820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b
 *     3db422a11e1458408e040fbd803ad20b62b33a3520f77b0dd489a6094fd0553e8703800f90e33dcb34e9d7471739955cbef019cc19d157f9
 *     6c78feeafa278d885bf2b082c900b906850001005820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e145840
 *     9a5bbe87efe3a731273d1b5b7b9ba9ca6e2241b982abafb1bccf26fd0f372bd01a1cf16b0839e8b7c21eaf0d24d7ed751afc0ba5216601ae
 *     6ebec82d5f502e06850101015820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e1458401b08ed67fffde795
 *     308574585fd48f4d2de44937fb93586b0aee557b5470df9c87f8b8298dc6169de909c4f1299f31859044b7a14b6a4dd88e849e0855c3d50b
 *     8185008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d58bf89045066666666666666666666666666
 *     66666601008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d5820aa1e20fc7baf3a5a92f59bbd90d5
 *     9045d1656b67ff477600ed5005a4455654bb8058207538034fca5487eea3920089b7a0f389f8415f8e118f03d6bc3383aec0d77b8458404e
 *     faba09b7a180938872235a4198b93ea35f59288c779140f4c9fd7b75b9fac14099ac6f7caf837a74e22ef051831c41b090ad53f54b9349b7
 *     3a8bbbe2b32805f658409852b8b814a0a97fb1f730203fca618e489766e9171839e61d3936bfe8315cc5077a3177a5f5be8c23eb41abff5a
 *     7a1e1af2f6236b01ab67e362d382a5180b0580
 *
 * alice is ready too, and decides: two READYs, and no other value witnessed
 *   chain of alice: witness, ready
 *     8e040fbd803ad20b62b33a3520f77b0dd489a6094fd0553e8703800f90e33dcb34e9d7471739955cbef019cc19d157f96c78feeafa278d88
 *     5bf2b082c900b90689d76ebdd56ce1a42d19c3c03f9bafef75f338e1c94edc4d58f9551df3afebe9ad4ab3b7605cb75e8b5ad818ac5b2dc1
 *     2ed6c29ee7741fdb17911e3e27d6c600
 *   chain of bob: witness, ready
 *     9a5bbe87efe3a731273d1b5b7b9ba9ca6e2241b982abafb1bccf26fd0f372bd01a1cf16b0839e8b7c21eaf0d24d7ed751afc0ba5216601ae
 *     6ebec82d5f502e061b08ed67fffde795308574585fd48f4d2de44937fb93586b0aee557b5470df9c87f8b8298dc6169de909c4f1299f3185
 *     9044b7a14b6a4dd88e849e0855c3d50b
 *   DECISION
 *     83038807506666666666666666666666666666666601815820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e
 *     148185008158200c31c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d58205bdc3614477695ea103ca31a9dc6a4
 *     cf47f2d0da8e252bcb96eeb7517fa1c5d8f658409852b8b814a0a97fb1f730203fca618e489766e9171839e61d3936bfe8315cc5077a3177
 *     a5f5be8c23eb41abff5a7a1e1af2f6236b01ab67e362d382a5180b0558bf8904506666666666666666666666666666666601008158200c31
 *     c661aa6a85349dfce7f322e902fa8423c5fc50b44acafd5e504f8cfd455d5820aa1e20fc7baf3a5a92f59bbd90d59045d1656b67ff477600
 *     ed5005a4455654bb8058207538034fca5487eea3920089b7a0f389f8415f8e118f03d6bc3383aec0d77b8458404efaba09b7a18093887223
 *     5a4198b93ea35f59288c779140f4c9fd7b75b9fac14099ac6f7caf837a74e22ef051831c41b090ad53f54b9349b73a8bbbe2b32805f68201
 *     8282850000005820f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e1458408e040fbd803ad20b62b33a3520f7
 *     7b0dd489a6094fd0553e8703800f90e33dcb34e9d7471739955cbef019cc19d157f96c78feeafa278d885bf2b082c900b906850100015820
 *     f0b7c81c9a98c3633d22d38de4867963e4d3a1033db20e7b493b3db422a11e14584089d76ebdd56ce1a42d19c3c03f9bafef75f338e1c94e
 *     dc4d58f9551df3afebe9ad4ab3b7605cb75e8b5ad818ac5b2dc12ed6c29ee7741fdb17911e3e27d6c60082850001005820f0b7c81c9a98c3
 *     633d22d38de4867963e4d3a1033db20e7b493b3db422a11e1458409a5bbe87efe3a731273d1b5b7b9ba9ca6e2241b982abafb1bccf26fd0f
 *     372bd01a1cf16b0839e8b7c21eaf0d24d7ed751afc0ba5216601ae6ebec82d5f502e06850101015820f0b7c81c9a98c3633d22d38de48679
 *     63e4d3a1033db20e7b493b3db422a11e1458401b08ed67fffde795308574585fd48f4d2de44937fb93586b0aee557b5470df9c87f8b8298d
 *     c6169de909c4f1299f31859044b7a14b6a4dd88e849e0855c3d50b8158798602506666666666666666666666666666666601015820dfb431
 *     cadb190c016374e295c44808774d0aa063097bd4700d0509ed151a9d265840f970e301236fdfca31b6d43f76d794f2e8fcfa7f81cc030c7d
 *     e294fc8bc94477894e66e7581aa8d88aa8aac9baccb6042231a5253cb7dafada1355da63dec605
 *
 * bob takes the DECISION: both are in epoch 2
 *   authenticator of epoch 2
 *     b5e9e23d40bb7d008c69e60e5e4a154aa7a062e5ba0ddab62c4a7751abc0ad60
 * ```
 *
 * @module
 */
import { declareClauses, declareSteps } from "../conventions/clauses.ts"

export const clauses = declareClauses("delivery-service-overview", {})

export const steps = declareSteps("delivery-service-overview", {})
