/**
 * # Contents
 *
 * The table of contents, as data: parts, chapters and the order in which to read them.
 *
 * @module
 */
import type * as clauses from "./conventions/clauses.ts"
import * as encoding from "./conventions/encoding.ts"
import type { Guarantee, Limit } from "./conventions/guarantees.ts"
import * as identifiers from "./conventions/identifiers.ts"
import * as randomness from "./conventions/randomness.ts"
import * as suite from "./conventions/suite.ts"
import * as verdicts from "./conventions/verdicts.ts"
import * as annex from "./dcgka/annex.ts"
import * as applicationMessages from "./dcgka/application-messages.ts"
import * as causalBroadcast from "./dcgka/causal-broadcast.ts"
import * as groupMembership from "./dcgka/group-membership.ts"
import * as groupMessaging from "./dcgka/group-messaging.ts"
import * as keyAgreement from "./dcgka/key-agreement.ts"
import * as keyBundles from "./dcgka/key-bundles.ts"
import * as observations from "./dcgka/observations.ts"
import * as ratchet from "./dcgka/ratchet.ts"
import * as security from "./dcgka/security.ts"
import * as securityGame from "./dcgka/security-game.ts"
import * as twoPartyMessaging from "./dcgka/two-party-messaging.ts"
import * as cascade from "./delivery-service/cascade.ts"
import * as centralized from "./delivery-service/centralized-delivery-service.ts"
import * as cooperation from "./delivery-service/cooperation.ts"
import * as deliveryService from "./delivery-service/delivery-service.ts"
import * as globalConsensus from "./delivery-service/global-consensus.ts"
import * as murmur from "./delivery-service/murmur.ts"
import * as mlsObservations from "./delivery-service/observations.ts"
import * as deliveryServiceOverview from "./delivery-service/overview.ts"
import * as restrainedConsensus from "./delivery-service/restrained-consensus.ts"
import * as deliveryServiceSecurity from "./delivery-service/security.ts"
import * as deliveryServiceGame from "./delivery-service/security-game.ts"
import * as simulation from "./delivery-service/simulation.ts"
import * as treeKem from "./delivery-service/tree-kem.ts"
import * as signatureKeyExchange from "./mpenc/aske.ts"
import * as groupKeyAgreement from "./mpenc/cliques.ts"
import * as extensions from "./mpenc/extensions.ts"
import * as greeting from "./mpenc/greeting.ts"
import * as liveness from "./mpenc/liveness.ts"
import * as messages from "./mpenc/messages.ts"
import * as mpencObservations from "./mpenc/observations.ts"
import * as mpencOverview from "./mpenc/overview.ts"
import * as mpencRecords from "./mpenc/records.ts"
import * as mpencSecurity from "./mpenc/security.ts"
import * as mpencGame from "./mpenc/security-game.ts"
import * as sendQueue from "./mpenc/send-queue.ts"
import * as serverOrder from "./mpenc/server-order.ts"
import * as session from "./mpenc/session.ts"
import * as transcript from "./mpenc/transcript.ts"

/** What every chapter exports. */
interface Rules {
  readonly clauses: Readonly<Record<string, clauses.Clause>>
  readonly steps: clauses.Steps
}

/** What a chapter "security" exports too: what its part promises, and what it does not. */
interface Promises {
  readonly guarantees: ReadonlyArray<Guarantee>
  readonly limits: ReadonlyArray<Limit>
}

/** A chapter: the file that it is, relative to spec/, its clauses and its steps, and what it promises. */
export interface Chapter extends Rules, Promises {
  readonly file: string
  readonly title: string
}

type Module = Rules | (Rules & Promises)

// Where nothing is guaranteed, what a chapter calls its limits is something else.
const promisesOf = (module: Module): Promises => ("guarantees" in module ? module : { guarantees: [], limits: [] })

const chapter = (file: string, title: string, module: Module): Chapter => {
  const { guarantees, limits } = promisesOf(module)
  return { file, title, clauses: module.clauses, steps: module.steps, guarantees, limits }
}

/**
 * All chapters with clauses or steps, in reading order, and overviews. Without either: the conventions clauses.ts,
 * guarantees.ts, cbor.ts, labels.ts and methods.ts, and mpenc/notices.ts. A part begins with its overview.ts, and has a
 * worked example with bytes. How a test calls it all stands in the chapter "methods" of each part.
 */
export const chapters: ReadonlyArray<Chapter> = [
  chapter("conventions/verdicts.ts", "Verdicts", verdicts),
  chapter("conventions/encoding.ts", "Bytes and canonical encoding", encoding),
  chapter("conventions/identifiers.ts", "Identifiers", identifiers),
  chapter("conventions/suite.ts", "Suite 1", suite),
  chapter("conventions/randomness.ts", "Randomness", randomness),
  chapter("dcgka/key-bundles.ts", "Key bundles and first contact", keyBundles),
  chapter("dcgka/two-party-messaging.ts", "Two-party messaging (2SM)", twoPartyMessaging),
  chapter("dcgka/group-membership.ts", "Group membership (SR-DGM)", groupMembership),
  chapter("dcgka/ratchet.ts", "Seeds, member secrets and the ratchet", ratchet),
  chapter("dcgka/key-agreement.ts", "Key agreement (DCGKA)", keyAgreement),
  chapter("dcgka/causal-broadcast.ts", "Authenticated causal broadcast", causalBroadcast),
  chapter("dcgka/application-messages.ts", "Application messages (FS-AEAD)", applicationMessages),
  chapter("dcgka/group-messaging.ts", "Group messaging", groupMessaging),
  chapter("dcgka/security.ts", "Security considerations of dcgka", security),
  chapter("dcgka/security-game.ts", "The security game", securityGame),
  chapter("dcgka/observations.ts", "What can be observed", observations),
  chapter("dcgka/annex.ts", "Annex: adding a user again, in the paper", annex),
  chapter("mpenc/overview.ts", "mpENC: overview", mpencOverview),
  chapter("mpenc/records.ts", "Records and packets", mpencRecords),
  chapter("mpenc/cliques.ts", "CLIQUES, the group key agreement", groupKeyAgreement),
  chapter("mpenc/aske.ts", "ASKE, the signature key exchange", signatureKeyExchange),
  chapter("mpenc/greeting.ts", "Greeting", greeting),
  chapter("mpenc/messages.ts", "Messages", messages),
  chapter("mpenc/server-order.ts", "Server order", serverOrder),
  chapter("mpenc/transcript.ts", "Transcript", transcript),
  chapter("mpenc/liveness.ts", "Liveness", liveness),
  chapter("mpenc/session.ts", "Session", session),
  chapter("mpenc/extensions.ts", "Extensions", extensions),
  chapter("mpenc/send-queue.ts", "Send queue", sendQueue),
  chapter("mpenc/observations.ts", "What can be observed of mpENC sessions", mpencObservations),
  chapter("mpenc/security.ts", "Security considerations of mpENC", mpencSecurity),
  chapter("mpenc/security-game.ts", "The security game of mpENC", mpencGame),
  chapter("delivery-service/overview.ts", "The delivery service: overview", deliveryServiceOverview),
  chapter("delivery-service/tree-kem.ts", "TreeKEM", treeKem),
  chapter("delivery-service/murmur.ts", "MURMUR", murmur),
  chapter("delivery-service/cooperation.ts", "Cooperation (CAC)", cooperation),
  chapter("delivery-service/restrained-consensus.ts", "Restrained consensus", restrainedConsensus),
  chapter("delivery-service/global-consensus.ts", "Global consensus", globalConsensus),
  chapter("delivery-service/cascade.ts", "Cascade consensus", cascade),
  chapter("delivery-service/delivery-service.ts", "The distributed delivery service", deliveryService),
  chapter("delivery-service/observations.ts", "What can be observed of MLS groups", mlsObservations),
  chapter("delivery-service/simulation.ts", "Simulation of the delivery service", simulation),
  chapter("delivery-service/centralized-delivery-service.ts", "The centralized delivery service", centralized),
  chapter("delivery-service/security.ts", "Security of the delivery service", deliveryServiceSecurity),
  chapter("delivery-service/security-game.ts", "The security game of TreeKEM", deliveryServiceGame),
]
