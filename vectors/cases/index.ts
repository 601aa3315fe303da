/** All files of cases, part by part. */
import { caseFiles as dcgka } from "./dcgka/index.ts"
import { agreementCaseFiles } from "./delivery-service/agreement-index.ts"
import { caseFiles as deliveryService } from "./delivery-service/index.ts"
import { caseFiles as mpenc } from "./mpenc/index.ts"
import { caseFiles as mpencSessions } from "./mpenc/sessions.ts"

export const caseFiles = [...dcgka, ...deliveryService, ...agreementCaseFiles, ...mpenc, ...mpencSessions]
