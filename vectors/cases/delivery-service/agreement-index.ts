/** The files of cases of the agreement on commits, in the order in which a port gets them right. */
import cascade from "./cascade.ts"
import cascadeBounds from "./cascade-bounds.ts"
import cascadeEvidence from "./cascade-evidence.ts"
import cascadeOrders from "./cascade-orders.ts"
import cooperation from "./cooperation.ts"
import cooperationChains from "./cooperation-chains.ts"
import cooperationLimits from "./cooperation-limits.ts"
import deliveryDoubts, { cascadeDoubts, consensusDoubts } from "./delivery-doubts.ts"
import deliveryEdges from "./delivery-edges.ts"
import deliveryGuesses from "./delivery-guesses.ts"
import deliveryMls from "./delivery-mls.ts"
import deliveryOrders from "./delivery-orders.ts"
import deliveryParts from "./delivery-parts.ts"
import deliveryQuestions, { simulationQuestions } from "./delivery-questions.ts"
import refusals from "./delivery-refusals.ts"
import returns from "./delivery-returns.ts"
import waiting from "./delivery-waiting.ts"
import globalConsensus from "./global-consensus.ts"
import globalConsensusRounds from "./global-consensus-rounds.ts"
import restrainedConsensus from "./restrained-consensus.ts"
import scenarios from "./scenarios.ts"
import scenariosCrafted from "./scenarios-crafted.ts"
import scenariosEpochs from "./scenarios-epochs.ts"
import simulation from "./simulation.ts"
import workedExample from "./worked-example.ts"

export const agreementCaseFiles = [
  cooperation,
  cooperationLimits,
  cooperationChains,
  restrainedConsensus,
  globalConsensus,
  globalConsensusRounds,
  consensusDoubts,
  cascade,
  cascadeEvidence,
  cascadeBounds,
  cascadeOrders,
  cascadeDoubts,
  workedExample,
  scenarios,
  scenariosEpochs,
  scenariosCrafted,
  refusals,
  returns,
  deliveryGuesses,
  deliveryDoubts,
  deliveryQuestions,
  deliveryEdges,
  waiting,
  deliveryOrders,
  deliveryMls,
  deliveryParts,
  simulation,
  simulationQuestions,
]
