/**
 * Mutants of the chapters of mpENC from "records" to "messages".
 *
 * @module
 */
import type { Mutant } from "./mutant.ts"

/** In the order of the chapters. */
export const mpenc: ReadonlyArray<Mutant> = [
  {
    name: "latest-messages-as-they-come",
    does: "writes LATEST_PM in the order in which it holds them",
    breaks: "mpenc-records.written-order",
    caughtBy: "mpenc-records/written-order",
    file: "mpenc/records/greeting.ts",
    replace: "metadata.latestMessages.toSorted(byBytes)",
    by: "[...metadata.latestMessages].sort(() => byBytes.length - byBytes.length)",
  },
  {
    name: "names-in-16-bit-units",
    does: "sorts names as its language sorts texts",
    breaks: "aske.session-id",
    caughtBy: "aske/sorted-by-bytes",
    file: "mpenc/signature-key-exchange.ts",
    replace: ".sort((a, b) => compareNames(a.member, b.member))",
    by: ".sort((a, b) => (a.member === b.member ? compareNames(a.member, b.member) : a.member < b.member ? -1 : 1))",
  },
  {
    name: "multiplies-its-own-key",
    does: "multiplies its own intermediate key too, and so sends the group secret to all",
    breaks: "cliques.own-key-stays",
    caughtBy: "cliques/start-3",
    file: "mpenc/group-key-agreement.ts",
    replace: "index === position ? key : yield* multiply(contribution, key)",
    by: "yield* multiply(contribution, key)",
  },
  {
    name: "newest-contribution-only",
    does: "forgets its older contributions",
    breaks: "cliques.all-contributions",
    caughtBy: "cliques/refresh-3",
    file: "mpenc/group-key-agreement.ts",
    replace: "const contributions = [...agreement.contributions, contribution]",
    by: "const contributions = [contribution]",
  },
  {
    name: "borrowed-contribution",
    does: "begins an upflow with a contribution that is none of its own",
    breaks: "cliques.fresh-start",
    caughtBy: "cliques/start-3",
    file: "mpenc/group-key-agreement.ts",
    replace: "{ members, intermediateKeys: keys, contributions: [], groupKey: null }\n  return { agreement, position }",
    by: "{ members, intermediateKeys: keys, contributions: keys.slice(1, 2), groupKey: null }\n  return { agreement, position }",
  },
  {
    name: "secret-for-key",
    does: "takes the group secret itself for the group key",
    breaks: "cliques.group-key",
    caughtBy: "cliques/group-key",
    file: "mpenc/group-key-agreement.ts",
    replace: "crypto.hkdfExpand(crypto.hkdfExtract(new Uint8Array(), secret), info, 32)!",
    by: "crypto.hkdfExpand(secret, info, 32)!",
  },
  {
    name: "signs-the-authenticator",
    does: "signs and verifies the authenticator, and not its hash (erratum A4)",
    breaks: "aske.authenticator",
    caughtBy: "aske/acknowledge-2",
    file: "mpenc/signature-key-exchange.ts",
    replace: "return crypto.ed25519Sign(identitySecretKey, crypto.sha256(message))",
    by: "return crypto.ed25519Sign(identitySecretKey, message)",
  },
  {
    name: "skips-acknowledgements",
    does: "takes any signature for an acknowledgement",
    breaks: "aske.acknowledgement",
    caughtBy: "aske/of-others~refused",
    file: "mpenc/signature-key-exchange.ts",
    replace: "if (!isValid) return",
    by: "if (isValid === undefined) return",
  },
]
