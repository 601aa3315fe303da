/** The files of cases of the agreement on commits, in the order in which a port gets them right. */
import cascade from "./cascade.ts"
import cooperation from "./cooperation.ts"
import deliveryMls from "./delivery-mls.ts"
import refusals from "./delivery-refusals.ts"
import globalConsensus from "./global-consensus.ts"
import restrainedConsensus from "./restrained-consensus.ts"
import scenarios from "./scenarios.ts"
import scenariosCrafted from "./scenarios-crafted.ts"
import scenariosEpochs from "./scenarios-epochs.ts"
import simulation from "./simulation.ts"

export const agreementCaseFiles = [
  cooperation,
  restrainedConsensus,
  globalConsensus,
  cascade,
  scenarios,
  scenariosEpochs,
  scenariosCrafted,
  refusals,
  deliveryMls,
  simulation,
]
