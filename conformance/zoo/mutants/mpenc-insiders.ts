/**
 * Mutants of mpenc that go wrong only when a member lies, or the server does.
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpencInsiders: ReadonlyArray<Mutant> = [
  {
    name: "keeps-the-old-order-of-keys",
    does: "keeps its lists of nonces and keys in their order when a refresh names the members in another one",
    breaks: "greeting.refresh-order",
    caughtBy: "greeting/order-after-refresh",
    file: "mpenc/greeting.ts",
    replace: "isRefresh ? inOrder(previous!.exchange, packet.members) : exchange!",
    by: "isRefresh ? previous!.exchange : exchange!",
  },
  {
    name: "resends-with-everybody",
    does: "resends at the same time as everybody else",
    breaks: "liveness.spread",
    caughtBy: "liveness/no-storm",
    file: "mpenc/liveness.ts",
    replace: "author === me ? now : now + (yield* randomTime(`resend/${id}`, times.latency))",
    by: "now",
  },
  {
    name: "takes-any-chain-hash",
    does: "takes part in an operation whose initial packet has another chain hash than ours",
    breaks: "server-order.same-chain",
    caughtBy: "server-order/other-chain~refused",
    file: "mpenc/server-order.ts",
    replace: "metadata.chainHash !== state.line.at(-1)!.chainHash",
    by: "false",
  },
  {
    name: "overlooks-another-chain-hash",
    does: "minds unknown packets only, not another chain hash for a known one",
    breaks: "extensions.order-disputed",
    caughtBy: "extensions/one-accuser",
    file: "mpenc/session/order.ts",
    replace: "  else dispute(turn, claim.author)\n",
    by: "",
  },
  {
    name: "overlooks-unknown-packets",
    does: "does not mind packets that it never saw",
    breaks: "extensions.order-disputed",
    caughtBy: "extensions/unknown-packet",
    file: "mpenc/session/order.ts",
    replace: "for (const { author } of claims.filter(isOld)) dispute(turn, author)",
    by: "",
  },
  {
    name: "keeps-every-claim",
    does: "keeps every order acknowledgement that names an unknown packet",
    breaks: "extensions.order-disputed",
    caughtBy: "extensions/unknown-packets",
    file: "mpenc/session/order.ts",
    replace: "ofAuthor.length < maximumClaims ?",
    by: "ofAuthor.length < 1_000 ?",
  },
  {
    name: "believes-one-accuser",
    does: "ends the subsession of all when one member names another order",
    breaks: "extensions.order-disputed",
    caughtBy: "extensions/one-accuser",
    file: "mpenc/session/order.ts",
    replace: "Math.min(2, others.length)",
    by: "1",
  },
  {
    name: "needs-two-of-two",
    does: "waits for a second accuser where there is only one other member",
    breaks: "extensions.order-inconsistent",
    caughtBy: "extensions/only-accuser",
    file: "mpenc/session/order.ts",
    replace: "Math.min(2, others.length)",
    by: "2",
  },
  {
    name: "trusts-the-order",
    does: "goes on when two members name another order",
    breaks: "extensions.order-inconsistent",
    caughtBy: "extensions/two-accusers",
    file: "mpenc/session/order.ts",
    replace: "Math.min(2, others.length)",
    by: "3",
  },
  {
    name: "accused-without-the-option",
    does: "looks at order acknowledgements with the option off",
    breaks: "extensions.order-option",
    caughtBy: "extensions/order-option",
    file: "mpenc/session/order.ts",
    replace: "if (options.orderAcknowledgements === 0) return",
    by: "",
  },
]
