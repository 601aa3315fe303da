/** The files of cases of this part, in the order in which a port gets them right. */
import applicationMessages, { limits as payloadLimits } from "./application-messages.ts"
import broadcast from "./causal-broadcast.ts"
import attachments from "./causal-broadcast-attachments.ts"
import broadcastConfirmations from "./causal-broadcast-confirmations.ts"
import broadcastDue from "./causal-broadcast-due.ts"
import broadcastEdges from "./causal-broadcast-edges.ts"
import envelopes from "./causal-broadcast-envelopes.ts"
import broadcastFormer from "./causal-broadcast-former.ts"
import held, { limits as heldLimits } from "./causal-broadcast-held.ts"
import broadcastOperations from "./causal-broadcast-operations.ts"
import broadcastOrders from "./causal-broadcast-orders.ts"
import broadcastRefusals from "./causal-broadcast-refusals.ts"
import broadcastRuns from "./causal-broadcast-runs.ts"
import broadcastShares from "./causal-broadcast-shares.ts"
import broadcastTogether from "./causal-broadcast-together.ts"
import broadcastUnconfirmed from "./causal-broadcast-unconfirmed.ts"
import broadcastWelcomes from "./causal-broadcast-welcomes.ts"
import concurrency from "./concurrency.ts"
import scenarios from "./concurrency-scenarios.ts"
import encoding, { limits } from "./encoding.ts"
import encodingBounds from "./encoding-bounds.ts"
import groupMembership from "./group-membership.ts"
import groupMessaging from "./group-messaging.ts"
import messagingCandidates from "./group-messaging-candidates.ts"
import messagingChains, { limits as chainLimits } from "./group-messaging-chains.ts"
import messagingConcurrency from "./group-messaging-concurrency.ts"
import messagingEdges from "./group-messaging-edges.ts"
import messagingJoining from "./group-messaging-joining.ts"
import messagingLeaving from "./group-messaging-leaving.ts"
import messagingLogs from "./group-messaging-logs.ts"
import messagingMeanwhile from "./group-messaging-meanwhile.ts"
import messagingMemberships from "./group-messaging-memberships.ts"
import messagingOrders, { limits as messagingPayload } from "./group-messaging-orders.ts"
import messagingOtherMemberships from "./group-messaging-other-memberships.ts"
import messagingRefusals, { limits as messagingLimits } from "./group-messaging-refusals.ts"
import messagingRefused from "./group-messaging-refused.ts"
import messagingRooms from "./group-messaging-rooms.ts"
import messagingStates from "./group-messaging-states.ts"
import messagingSteps from "./group-messaging-steps.ts"
import keyAgreement from "./key-agreement.ts"
import commitments from "./key-agreement-commitments.ts"
import creates from "./key-agreement-creates.ts"
import errata from "./key-agreement-errata.ts"
import histories from "./key-agreement-histories.ts"
import joining from "./key-agreement-joining.ts"
import operations from "./key-agreement-operations.ts"
import agreementOrders, { limits as agreementLimits } from "./key-agreement-orders.ts"
import refusals from "./key-agreement-refusals.ts"
import welcomes from "./key-agreement-welcomes.ts"
import keyBundles from "./key-bundles.ts"
import keyBundlesBoundaries from "./key-bundles-boundaries.ts"
import noCalls from "./no-calls.ts"
import primitives from "./primitives.ts"
import ratchet from "./ratchet.ts"
import twoPartyMessaging, { limits as channelLimits } from "./two-party-messaging.ts"
import crossings from "./two-party-messaging-crossings.ts"

export const caseFiles = [
  encoding,
  encodingBounds,
  limits,
  ...noCalls,
  primitives,
  keyBundles,
  keyBundlesBoundaries,
  twoPartyMessaging,
  channelLimits,
  crossings,
  ratchet,
  groupMembership,
  operations,
  keyAgreement,
  errata,
  creates,
  refusals,
  commitments,
  agreementOrders,
  agreementLimits,
  welcomes,
  joining,
  histories,
  broadcastOperations,
  broadcast,
  envelopes,
  held,
  broadcastRefusals,
  attachments,
  broadcastWelcomes,
  broadcastFormer,
  broadcastTogether,
  broadcastOrders,
  broadcastConfirmations,
  broadcastDue,
  broadcastUnconfirmed,
  broadcastEdges,
  heldLimits,
  broadcastShares,
  broadcastRuns,
  applicationMessages,
  payloadLimits,
  groupMessaging,
  messagingMemberships,
  messagingLeaving,
  messagingJoining,
  messagingChains,
  messagingConcurrency,
  messagingRefused,
  messagingRefusals,
  messagingOrders,
  messagingEdges,
  messagingMeanwhile,
  messagingSteps,
  messagingOtherMemberships,
  messagingCandidates,
  messagingLogs,
  messagingRooms,
  messagingStates,
  messagingLimits,
  messagingPayload,
  chainLimits,
  ...concurrency,
  scenarios,
]
