/** Mutants of the part delivery-service: of the chapters "tree-kem", "murmur" and "centralized-delivery-service". */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const deliveryService: ReadonlyArray<Mutant> = [
  {
    name: "tree-kem-stays-in-its-key",
    does: "derives the next epoch's secret without the old one, so that groups with the same commit have the same key",
    breaks: "tree-kem.same-key",
    caughtBy: "tree-kem/key-schedule",
    file: "delivery-service/tree-kem/symbolic.ts",
    replace: "digest(labels.next, state.secret, bytesOf(state.group)",
    by: "digest(labels.next, bytesOf(state.group)",
  },
  {
    name: "tree-kem-keeps-the-updated-key",
    does: "commits updates without replacing the key",
    breaks: "tree-kem.key-update",
    caughtBy: "tree-kem/update",
    file: "delivery-service/tree-kem/symbolic.ts",
    replace: 'if (value.type === "symbolic-update") newKeys.set(value.author, value.key)',
    by: 'if (value.type === "symbolic-update") newKeys.delete(value.author)',
  },
  {
    name: "tree-kem-appends-leaves",
    does: "gives who comes a leaf after all others, and leaves free ones free",
    breaks: "tree-kem.lowest-leaf",
    caughtBy: "tree-kem/lowest-leaf",
    file: "delivery-service/tree-kem/symbolic.ts",
    replace: "while (taken.has(leaf)) leaf++",
    by: "while ([...taken].some((one) => one >= leaf)) leaf++",
  },
  {
    name: "tree-kem-commits-in-order-of-asking",
    does: "commits the proposals in the order in which they are asked for",
    breaks: "tree-kem.ascending-references",
    caughtBy: "tree-kem/ascending",
    file: "delivery-service/tree-kem.ts",
    replace: "return proposals.toSorted((a, b) => (Hex.encode(a.ref) < Hex.encode(b.ref) ? -1 : 1))",
    by: "return proposals",
  },
  {
    name: "tree-kem-commits-nothing",
    does: "chooses no proposals when it is not told which",
    breaks: "tree-kem.selection",
    caughtBy: "tree-kem/selection",
    file: "delivery-service/tree-kem.ts",
    replace: "selection(state.proposals, state.me, state.members)",
    by: "selection([], state.me, state.members)",
  },
  {
    name: "tree-kem-trial-is-final",
    does: "remembers a proposal before it has judged it",
    breaks: "verdicts.state-unchanged",
    caughtBy: "tree-kem/proposal-signature~refused",
    file: "methods/delivery-service/tree-kem.ts",
    replace: "return Effect.map(TreeKem.admit(state, proposal), ({ state, admitted }) => {",
    by: "handle.state = { ...state, draws: state.draws + 1 }\n      return Effect.map(TreeKem.admit(state, proposal), ({ state, admitted }) => {",
  },
  {
    name: "mls-takes-any-signature",
    does: "reads proposals and commits of MLS without verifying them",
    breaks: "tree-kem.signature",
    caughtBy: "mls/proposal-signature~refused",
    file: "delivery-service/tree-kem/mls.ts",
    replace: "return authenticated !== undefined",
    by: "return authenticated !== null",
  },
]
