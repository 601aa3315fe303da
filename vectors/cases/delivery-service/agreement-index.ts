/** The files of cases of the agreement on commits, in the order in which a port gets them right. */
import cooperation from "./cooperation.ts"

export const agreementCaseFiles = [cooperation]
