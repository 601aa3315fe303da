/** The files of cases of the chapters from "server-order" on, in the order in which a port gets them right. */
import extensions from "./extensions.ts"
import extensionsFaults from "./extensions-faults.ts"
import extensionsOrder from "./extensions-order.ts"
import extensionsRatchet from "./extensions-ratchet.ts"
import liveness from "./liveness.ts"
import sendQueue from "./send-queue.ts"
import serverOrder from "./server-order.ts"
import session from "./session.ts"
import sessionAdversaries from "./session-adversaries.ts"
import sessionMishaps from "./session-mishaps.ts"
import sessionRefusals from "./session-refusals.ts"
import transcript from "./transcript.ts"

export const caseFiles = [
  transcript,
  serverOrder,
  liveness,
  session,
  sessionRefusals,
  sessionMishaps,
  extensions,
  extensionsFaults,
  extensionsOrder,
  extensionsRatchet,
  sessionAdversaries,
  sendQueue,
]
