/** The files of cases of the agreement on commits, in the order in which a port gets them right. */
import cascade from "./cascade.ts"
import cascadeBounds from "./cascade-bounds.ts"
import cascadeEvidence from "./cascade-evidence.ts"
import cascadeKnown from "./cascade-known.ts"
import cascadeLimits from "./cascade-limits.ts"
import cascadeLimitsLong from "./cascade-limits-long.ts"
import cascadeOrders from "./cascade-orders.ts"
import cascadeParts from "./cascade-parts.ts"
import cascadeRepeat from "./cascade-repeat.ts"
import cascadeTimers from "./cascade-timers.ts"
import cooperation from "./cooperation.ts"
import cooperationChains from "./cooperation-chains.ts"
import cooperationLimits from "./cooperation-limits.ts"
import cooperationPasses from "./cooperation-passes.ts"
import deliveryAskers from "./delivery-askers.ts"
import deliveryEdges from "./delivery-edges.ts"
import deliveryFetched, { simulationDown } from "./delivery-fetched.ts"
import deliveryFollows from "./delivery-follows.ts"
import deliveryJudged from "./delivery-judged.ts"
import deliveryKept, { cascadeOwnCommits, consensusQuorums } from "./delivery-kept.ts"
import deliveryLimits from "./delivery-limits.ts"
import deliveryLimitsLong from "./delivery-limits-long.ts"
import deliveryMls from "./delivery-mls.ts"
import deliveryMlsLimits from "./delivery-mls-limits.ts"
import deliveryOrders from "./delivery-orders.ts"
import deliveryParts from "./delivery-parts.ts"
import refusals from "./delivery-refusals.ts"
import returns from "./delivery-returns.ts"
import deliveryStuck from "./delivery-stuck.ts"
import deliveryTimers from "./delivery-timers.ts"
import waiting from "./delivery-waiting.ts"
import deliveryWelcomes from "./delivery-welcomes.ts"
import encodings, { encodingsLong } from "./encodings.ts"
import globalConsensus from "./global-consensus.ts"
import globalConsensusOrders from "./global-consensus-orders.ts"
import globalConsensusRounds from "./global-consensus-rounds.ts"
import restrainedConsensus from "./restrained-consensus.ts"
import restrainedConsensusOrders from "./restrained-consensus-orders.ts"
import scenarios from "./scenarios.ts"
import scenariosCrafted from "./scenarios-crafted.ts"
import scenariosEpochs from "./scenarios-epochs.ts"
import simulation from "./simulation.ts"
import simulationLinks from "./simulation-links.ts"
import simulationNames from "./simulation-names.ts"
import workedExample from "./worked-example.ts"

export const agreementCaseFiles = [
  cooperation,
  cooperationLimits,
  cooperationChains,
  cooperationPasses,
  encodings,
  encodingsLong,
  restrainedConsensus,
  restrainedConsensusOrders,
  globalConsensus,
  globalConsensusRounds,
  globalConsensusOrders,
  consensusQuorums,
  cascade,
  cascadeEvidence,
  cascadeBounds,
  cascadeOrders,
  cascadeKnown,
  cascadeTimers,
  cascadeParts,
  cascadeLimits,
  cascadeLimitsLong,
  cascadeOwnCommits,
  workedExample,
  scenarios,
  scenariosEpochs,
  scenariosCrafted,
  refusals,
  returns,
  deliveryStuck,
  deliveryKept,
  deliveryFetched,
  deliveryAskers,
  deliveryJudged,
  deliveryFollows,
  deliveryWelcomes,
  deliveryTimers,
  deliveryParts,
  deliveryLimits,
  deliveryLimitsLong,
  deliveryEdges,
  waiting,
  deliveryOrders,
  cascadeRepeat,
  deliveryMls,
  deliveryMlsLimits,
  simulation,
  simulationDown,
  simulationNames,
  simulationLinks,
]
