/** The vectors as they are on disk. */
import { readProject } from "../coverage/project.ts"

/** All steps of all cases, each with the case that it is in. */
export const steps = readProject().cases.flatMap(({ id, steps }) => steps.map((step) => ({ id, ...step })))
