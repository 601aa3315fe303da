/** The files of cases of the chapters from "records" to "messages", in the order in which a port gets them right. */

import signatureKeyExchange from "./aske.ts"
import groupKeyAgreement from "./cliques.ts"
import greeting from "./greeting.ts"
import greetingOrder from "./greeting-order.ts"
import greetingRefusals from "./greeting-refusals.ts"
import greetingSignatures from "./greeting-signatures.ts"
import messages from "./messages.ts"
import messagesRefusals from "./messages-refusals.ts"
import records, { limits as recordsLimits } from "./records.ts"
import recordsRefusals from "./records-refusals.ts"
import { messagesReaders } from "./session-kicks.ts"
import subsessions from "./subsessions.ts"

export const caseFiles = [
  records,
  recordsRefusals,
  recordsLimits,
  groupKeyAgreement,
  signatureKeyExchange,
  greeting,
  greetingRefusals,
  greetingSignatures,
  greetingOrder,
  messages,
  messagesRefusals,
  messagesReaders,
  subsessions,
]
