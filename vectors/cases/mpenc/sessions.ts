/** The files of cases of the chapters from "server-order" on, in the order in which a port gets them right. */
import extensions from "./extensions.ts"
import extensionsAborts from "./extensions-aborts.ts"
import extensionsFaults from "./extensions-faults.ts"
import extensionsKeys from "./extensions-keys.ts"
import extensionsOrder from "./extensions-order.ts"
import extensionsRatchet from "./extensions-ratchet.ts"
import liveness from "./liveness.ts"
import livenessFins from "./liveness-fins.ts"
import livenessHeld from "./liveness-held.ts"
import noCalls from "./no-calls.ts"
import sendQueue from "./send-queue.ts"
import sendQueueWords from "./send-queue-words.ts"
import serverOrder from "./server-order.ts"
import session from "./session.ts"
import sessionAdversaries from "./session-adversaries.ts"
import sessionDeadlines from "./session-deadlines.ts"
import sessionKicks, { extensionsParting } from "./session-kicks.ts"
import sessionMishaps from "./session-mishaps.ts"
import sessionNamed from "./session-named.ts"
import sessionOrder from "./session-order.ts"
import sessionPackets from "./session-packets.ts"
import sessionPlans, { extensionsDisputes } from "./session-plans.ts"
import sessionProposals, { extensionsForms, extensionsLimits } from "./session-proposals.ts"
import sessionRefusals from "./session-refusals.ts"
import sessionSettling from "./session-settling.ts"
import sessionWaiting from "./session-waiting.ts"
import transcript from "./transcript.ts"
import transcriptSplices from "./transcript-splices.ts"

export const caseFiles = [
  transcript,
  transcriptSplices,
  serverOrder,
  liveness,
  livenessFins,
  livenessHeld,
  session,
  sessionRefusals,
  sessionMishaps,
  sessionPackets,
  sessionOrder,
  sessionPlans,
  sessionNamed,
  sessionProposals,
  sessionKicks,
  sessionDeadlines,
  sessionWaiting,
  sessionSettling,
  extensions,
  extensionsFaults,
  extensionsOrder,
  extensionsRatchet,
  extensionsAborts,
  extensionsDisputes,
  extensionsForms,
  extensionsParting,
  extensionsLimits,
  extensionsKeys,
  sessionAdversaries,
  sendQueue,
  sendQueueWords,
  ...noCalls,
]
