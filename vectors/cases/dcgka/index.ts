/** The files of cases of this part, in the order in which a port gets them right. */
import concurrency from "./concurrency.ts"
import scenarios from "./concurrency-scenarios.ts"
import encoding, { limits } from "./encoding.ts"
import groupMembership from "./group-membership.ts"
import keyAgreement from "./key-agreement.ts"
import errata from "./key-agreement-errata.ts"
import operations from "./key-agreement-operations.ts"
import refusals from "./key-agreement-refusals.ts"
import welcomes from "./key-agreement-welcomes.ts"
import keyBundles from "./key-bundles.ts"
import primitives from "./primitives.ts"
import ratchet from "./ratchet.ts"
import twoPartyMessaging, { limits as channelLimits, crossings } from "./two-party-messaging.ts"

export const caseFiles = [
  encoding,
  limits,
  primitives,
  keyBundles,
  twoPartyMessaging,
  channelLimits,
  crossings,
  ratchet,
  groupMembership,
  operations,
  keyAgreement,
  errata,
  refusals,
  welcomes,
  ...concurrency,
  scenarios,
]
