/** The files of cases of the chapters "tree-kem", "murmur" and "centralized-delivery-service". */
import centralized from "./centralized-delivery-service.ts"
import { centralizedCommits, murmurTotality, treeKemKeys } from "./delivery-fetched.ts"
import { treeKemEncodings } from "./encodings.ts"
import mls from "./mls.ts"
import mlsBounds from "./mls-bounds.ts"
import mlsInsiders from "./mls-insiders.ts"
import mlsSealed from "./mls-sealed.ts"
import murmur from "./murmur.ts"
import murmurEdges from "./murmur-edges.ts"
import murmurMls from "./murmur-mls.ts"
import treeKem from "./tree-kem.ts"
import treeKemEdges from "./tree-kem-edges.ts"
import treeKemLimits from "./tree-kem-limits.ts"
import treeKemOrders from "./tree-kem-orders.ts"

export const caseFiles = [
  treeKem,
  treeKemEdges,
  treeKemOrders,
  treeKemLimits,
  treeKemKeys,
  treeKemEncodings,
  mls,
  mlsInsiders,
  mlsBounds,
  mlsSealed,
  murmur,
  murmurEdges,
  murmurMls,
  murmurTotality,
  centralized,
  centralizedCommits,
]
