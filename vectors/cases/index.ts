/** All files of cases, part by part. */
import { withFewTraces } from "./author.ts"
import { caseFiles as dcgka } from "./dcgka/index.ts"
import { agreementCaseFiles } from "./delivery-service/agreement-index.ts"
import { caseFiles as deliveryService } from "./delivery-service/index.ts"
import { caseFiles as mpenc } from "./mpenc/index.ts"
import { caseFiles as mpencSessions } from "./mpenc/sessions.ts"

const ofMpenc = [...mpenc, ...mpencSessions].map((write) => async () => {
  const file = await write()
  return { ...file, cases: withFewTraces(file.cases) }
})

export const caseFiles = [...dcgka, ...deliveryService, ...agreementCaseFiles, ...ofMpenc]
