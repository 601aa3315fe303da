/**
 * The zoo's mutants: the reference with one fault put in, as a mistake that a port could make. Each must fail the case named, which is how the vectors show the
 * rules that no refusal enforces. A mutant is a change to the text of one file of the reference, made when it is loaded.
 *
 * @module
 */
import { agreement } from "./mutants/agreement.ts"
import { agreementFaulty } from "./mutants/agreement-faulty.ts"
import { agreementReadings } from "./mutants/agreement-readings.ts"
import { dcgka } from "./mutants/dcgka.ts"
import { corners } from "./mutants/dcgka-corners.ts"
import { dcgkaDoubts } from "./mutants/dcgka-doubts.ts"
import { dcgkaGuesses } from "./mutants/dcgka-guesses.ts"
import { keyAgreementReadings } from "./mutants/dcgka-readings-agreement.ts"
import { broadcastReadings } from "./mutants/dcgka-readings-broadcast.ts"
import { messagingReadings } from "./mutants/dcgka-readings-messaging.ts"
import { welcomes } from "./mutants/dcgka-welcomes.ts"
import { deliveryDoubts } from "./mutants/delivery-doubts.ts"
import { deliveryForms } from "./mutants/delivery-forms.ts"
import { deliveryGuesses } from "./mutants/delivery-guesses.ts"
import { deliveryQuestions } from "./mutants/delivery-questions.ts"
import { deliveryReadings } from "./mutants/delivery-readings.ts"
import { deliveryService } from "./mutants/delivery-service.ts"
import { messaging } from "./mutants/messaging.ts"
import { messagingCorners } from "./mutants/messaging-corners.ts"
import { messagingMemberships } from "./mutants/messaging-memberships.ts"
import { mpenc } from "./mutants/mpenc.ts"
import { mpencChecks } from "./mutants/mpenc-checks.ts"
import { mpencDoubts } from "./mutants/mpenc-doubts.ts"
import { mpencGuesses } from "./mutants/mpenc-guesses.ts"
import { mpencInsiders } from "./mutants/mpenc-insiders.ts"
import { mpencMishaps } from "./mutants/mpenc-mishaps.ts"
import { mpencQuestions } from "./mutants/mpenc-questions.ts"
import { mpencReadings } from "./mutants/mpenc-readings.ts"
import { mpencSendQueue } from "./mutants/mpenc-send-queue.ts"
import { mpencSession } from "./mutants/mpenc-session.ts"
import { mpencSettling } from "./mutants/mpenc-settling.ts"

/** All mutants, part by part. */
export const mutants = [
  ...dcgka,
  ...welcomes,
  ...deliveryService,
  ...agreement,
  ...agreementFaulty,
  ...agreementReadings,
  ...deliveryGuesses,
  ...deliveryDoubts,
  ...deliveryQuestions,
  ...deliveryForms,
  ...deliveryReadings,
  ...mpenc,
  ...mpencSession,
  ...mpencMishaps,
  ...mpencReadings,
  ...mpencGuesses,
  ...mpencDoubts,
  ...mpencQuestions,
  ...mpencSettling,
  ...mpencInsiders,
  ...mpencChecks,
  ...mpencSendQueue,
  ...messaging,
  ...messagingMemberships,
  ...broadcastReadings,
  ...keyAgreementReadings,
  ...messagingReadings,
  ...corners,
  ...messagingCorners,
  ...dcgkaGuesses,
  ...dcgkaDoubts,
]
