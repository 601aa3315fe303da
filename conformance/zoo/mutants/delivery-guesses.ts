/**
 * Mutants of the delivery service: what porters had to guess, guessed otherwise.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const deliveryGuesses: ReadonlyArray<Mutant> = [
  {
    name: "decides-the-first-round",
    does: "decides by the PRECOMMITs that came first, of whatever round",
    breaks: "global-consensus.lock",
    caughtBy: "global-consensus/lowest-round",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "state.votes.map(({ round }) => round).toSorted((a, b) => a - b)",
    by: "state.votes.map(({ round }) => round)",
  },
  {
    name: "hears-in-every-round",
    does: "counts those who are exposed in rounds of which it holds nothing",
    breaks: "global-consensus.later-round",
    caughtBy: "global-consensus/unheard-rounds",
    file: "delivery-service/global-consensus/settle.ts",
    replace: "new Set([...state.votes, ...state.proposals].map(({ round }) => round).filter",
    by: "new Set(Array.from({ length: 512 }, (_, round) => round).filter",
  },
  {
    name: "forgets-who-left-meanwhile",
    does: "does not note who is a member no more when it comes back",
    breaks: "delivery-service.asker",
    caughtBy: "delivery-service/former-by-return",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "const kept = { ...state, ...remainingOf(state, tree), status",
    by: "const kept = { ...state, later: remainingOf(state, tree).later, status",
  },
  {
    name: "stuck-answers-less",
    does: "answers who missed all by decisions alone while it is stuck",
    breaks: "delivery-service.sends-again",
    caughtBy: "delivery-service/stuck-sends-again",
    file: "delivery-service/delivery-service.ts",
    replace: "draft.state.status !== statuses.removed ? sendAgain",
    by: "draft.state.status === statuses.active ? sendAgain",
  },
  {
    name: "forgives-on-return",
    does: "blames nobody any more when it has come back",
    breaks: "delivery-service.stuck-votes",
    caughtBy: "delivery-service/blamed-still",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "status: statuses.active, returning: null }",
    by: "status: statuses.active, returning: null, blamed: [] }",
  },
  {
    name: "keeps-a-decision-again",
    does: "keeps a decision each time that it applies it",
    breaks: "delivery-service.keeps-past",
    caughtBy: "delivery-service/decided-garbage",
    file: "delivery-service/delivery-service/epoch.ts",
    replace: "...state.past.filter(({ decide }) => decide.epoch < tree.epoch)",
    by: "...state.past",
  },
  {
    name: "welcomes-once",
    does: "forgets the WELCOME when it has sent it on",
    breaks: "delivery-service.welcome",
    caughtBy: "delivery-service/welcome-twice",
    file: "delivery-service/delivery-service.ts",
    replace: "return send(draft, welcome?.users ?? [],",
    by: "return send({ ...draft, state: { ...state, welcome: null } }, welcome?.users ?? [],",
  },
  {
    name: "wanted-by-the-quota",
    does: "counts proposals that it asked for against the quota",
    breaks: "murmur.wanted-held",
    caughtBy: "delivery-service/wanted-beyond-the-quota",
    file: "delivery-service/delivery-service/proposals.ts",
    replace: "takeGossip(draft, proposal, true)",
    by: "takeGossip(draft, proposal, false)",
  },
  {
    name: "ends-timers-of-the-absent",
    does: "ends a timer of a process that is down",
    breaks: "simulation.trace",
    caughtBy: "simulation/endings",
    file: "delivery-service/simulation/world.ts",
    replace: `  if (of.isDown || of.state === null) return
  const index`,
    by: "  const index",
  },
  {
    name: "one-package-for-all-faces",
    does: "counts one key package for all faces of a user",
    breaks: "simulation.trace",
    caughtBy: "simulation/faces-again",
    file: "delivery-service/simulation/world.ts",
    replace: "(sum, { returns }) => sum + 1 + returns",
    by: "(sum, { returns, isFaulty, face }) => sum + (isFaulty && face > 0 ? 0 : 1) + returns",
  },
]
