/** The files of cases of the chapters from "server-order" on, in the order in which a port gets them right. */
import extensions from "./extensions.ts"
import extensionsCorners from "./extensions-corners.ts"
import extensionsFaults from "./extensions-faults.ts"
import extensionsOrder from "./extensions-order.ts"
import extensionsRatchet from "./extensions-ratchet.ts"
import extensionsReadings from "./extensions-readings.ts"
import liveness from "./liveness.ts"
import livenessHeld from "./liveness-held.ts"
import livenessReadings from "./liveness-readings.ts"
import noCalls from "./no-calls.ts"
import sendQueue from "./send-queue.ts"
import sendQueueReadings from "./send-queue-readings.ts"
import serverOrder from "./server-order.ts"
import session from "./session.ts"
import sessionAdversaries from "./session-adversaries.ts"
import sessionCorners from "./session-corners.ts"
import sessionDoubts, { extensionsDoubts, extensionsLimits } from "./session-doubts.ts"
import sessionGuesses, { extensionsGuesses } from "./session-guesses.ts"
import sessionMishaps from "./session-mishaps.ts"
import sessionNamed from "./session-named.ts"
import sessionOrder from "./session-order.ts"
import sessionQuestions, { extensionsQuestions } from "./session-questions.ts"
import sessionReadings from "./session-readings.ts"
import sessionRefusals from "./session-refusals.ts"
import sessionSettling from "./session-settling.ts"
import transcript from "./transcript.ts"
import transcriptReadings from "./transcript-readings.ts"

export const caseFiles = [
  transcript,
  transcriptReadings,
  serverOrder,
  liveness,
  livenessReadings,
  livenessHeld,
  session,
  sessionRefusals,
  sessionMishaps,
  sessionReadings,
  sessionOrder,
  sessionGuesses,
  sessionNamed,
  sessionDoubts,
  sessionQuestions,
  sessionCorners,
  sessionSettling,
  extensions,
  extensionsFaults,
  extensionsOrder,
  extensionsRatchet,
  extensionsReadings,
  extensionsGuesses,
  extensionsDoubts,
  extensionsQuestions,
  extensionsLimits,
  extensionsCorners,
  sessionAdversaries,
  sendQueue,
  sendQueueReadings,
  ...noCalls,
]
