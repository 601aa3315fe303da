import type { InJson } from "../../../spec/conventions/methods.ts"
import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as verdicts } from "../../../spec/conventions/verdicts.ts"
import type { MethodName } from "../../../spec/methods.ts"
import { type Agreement, clauses } from "../../../spec/mpenc/cliques.ts"
import { type Author, aCase, type Case, caseFile, fork, type ParamsOf, twins } from "../author.ts"
import { filled } from "../people.ts"
import { people, secretOf } from "./people.ts"

type JsonAgreement = InJson<Agreement>

/** What each member of a group holds. */
type Group = ReadonlyMap<string, JsonAgreement>

const contributionOf = (member: string, number = 1) => secretOf(member, `contribution ${number}`)

const contributionsOf = (group: Group, member: string) => group.get(member)?.contributions ?? []

/** All but the sender take the finished list. */
const receiveAll = (author: Author, group: Group, sent: { agreement: JsonAgreement; keys: ReadonlyArray<string> }, from: string): Group => {
  const { members } = sent.agreement
  const received = members
    .filter((member) => member !== from)
    .map((me) => {
      const contributions = contributionsOf(group, me)
      return [me, author.accepts("cliques.receive", { members, me, keys: sent.keys, contributions }).agreement] as const
    })
  const all = new Map([[from, sent.agreement] as const, ...received])
  author.claim(new Set([...all.values()].map(({ groupKey }) => groupKey)).size === 1, "all have one group key")
  return all
}

/** The upflow from a first packet on, and the downflow. */
const flow = (author: Author, group: Group, initiator: string, begun: { agreement: JsonAgreement; keys: ReadonlyArray<string> }): Group => {
  const { members } = begun.agreement
  const all = new Map([...group, [initiator, begun.agreement]])
  let { keys } = begun
  for (const me of members.slice(keys.length - 1, -1)) {
    const sent = author.accepts("cliques.forward", { members, me, keys, contribution: contributionOf(me) })
    all.set(me, sent.agreement)
    keys = sent.keys
  }
  const last = members.at(-1)!
  const closed = author.accepts("cliques.close", { members, me: last, keys, contribution: contributionOf(last) })
  return receiveAll(author, all, closed, last)
}

const started = (author: Author, count: number): Group => {
  const [me, ...others] = people(count) as [string, ...Array<string>]
  return flow(author, new Map(), me, author.accepts("cliques.start", { me, others, contribution: contributionOf(me) }))
}

const including = (author: Author, group: Group, me: string, others: ReadonlyArray<string>, number = 2): Group => {
  const agreement = group.get(me)!
  return flow(author, group, me, author.accepts("cliques.include", { agreement, me, others, contribution: contributionOf(me, number) }))
}

const excluding = (author: Author, group: Group, me: string, others: ReadonlyArray<string>, number = 2): Group => {
  const agreement = group.get(me)!
  const sent = author.accepts("cliques.exclude", { agreement, me, others, contribution: contributionOf(me, number) })
  return receiveAll(author, group, sent, me)
}

const refreshing = (author: Author, group: Group, me: string, number = 2): Group => {
  const agreement = group.get(me)!
  return receiveAll(author, group, author.accepts("cliques.refresh", { agreement, me, contribution: contributionOf(me, number) }), me)
}

const sizes = [2, 3, 4, 5, 6, 7, 8]

const upflow = [clauses["own-key-stays"], clauses["fresh-start"], clauses["group-key"]]
const change = [clauses["own-key-stays"], clauses["all-contributions"], clauses["group-key"]]

const starts = (): ReadonlyArray<Case> =>
  sizes.map((n) =>
    aCase(`cliques/start-${n}`, { title: `An initial agreement of ${n}`, clauses: upflow }, (author) => {
      started(author, n)
    }),
  )

const includes = (): ReadonlyArray<Case> =>
  sizes.flatMap((n) =>
    [1, 2, 6].flatMap((count) => {
      const m = n - count
      if (m < 2) return []
      return [0, m - 1].map((p) => {
        const me = people(m)[p]!
        const title = `${me}, member ${p} of ${m}, includes ${count}`
        return aCase(`cliques/include-${m}-to-${n}-by-${me}`, { title, clauses: [...change, clauses["fresh-start"]] }, (author) => {
          including(author, started(author, m), me, people(n).slice(m))
        })
      })
    }),
  )

const excludes = (): ReadonlyArray<Case> =>
  sizes.flatMap((n) =>
    [1, 2, n - 1].flatMap((count, index) => {
      if (count >= n || (index > 0 && count <= index)) return []
      return [0, n - 1].map((p) => {
        const me = people(n)[p]!
        const others = people(n)
          .filter((member) => member !== me)
          .slice(-count)
        const title = `${me}, member ${p} of ${n}, excludes ${others.join(", ")}`
        return aCase(`cliques/exclude-${count}-of-${n}-by-${me}`, { title, clauses: change }, (author) => {
          excluding(author, started(author, n), me, others)
        })
      })
    }),
  )

const refreshes = (): ReadonlyArray<Case> =>
  sizes.map((n) =>
    aCase(
      `cliques/refresh-${n}`,
      { title: `Each of ${n} members refreshes the group key in turn, two rounds`, clauses: change },
      (author) => {
        let group = started(author, n)
        const keys = new Set([group.get("alice")!.groupKey])
        for (const number of [2, 3]) {
          for (const me of people(n)) {
            group = refreshing(author, group, me, number)
            keys.add(group.get("alice")!.groupKey)
          }
        }
        author.claim(keys.size === 2 * n + 1, "each time another group key")
      },
    ),
  )

const history = (): Case =>
  aCase(
    "cliques/one-after-the-other",
    {
      title: "Start, refresh, include, exclude, include again who was excluded, refresh by a newcomer",
      clauses: [...change, clauses["fresh-start"]],
    },
    (author) => {
      const refreshed = refreshing(author, started(author, 3), "bob")
      const included = including(author, refreshed, "bob", ["dave", "erin"], 3)
      const excluded = excluding(author, included, "dave", ["alice", "carol"])
      const again = including(author, excluded, "erin", ["alice"])
      author.claim(contributionsOf(again, "alice").length === 1, "alice begins anew")
      refreshing(author, again, "alice", 2)
    },
  )

/** The four members' start, as the design document draws it: after three steps up. */
const upflowOf4 = (author: Author) => {
  const [alice, ...others] = people(4) as [string, ...Array<string>]
  const members = people(4)
  const first = author.accepts("cliques.start", { me: alice, others, contribution: contributionOf("alice") })
  const second = author.accepts("cliques.forward", { members, me: "bob", keys: first.keys, contribution: contributionOf("bob") })
  return { members, first, second }
}

const agreed = (author: Author): JsonAgreement => started(author, 3).get("alice")!

const zero = filled(0, 32)

const upflowChecks = (): ReadonlyArray<Case> => [
  ...twins("cliques/start-with-oneself", clauses.members, "Somebody starts with itself", () =>
    fork("cliques.start", { me: "alice", others: ["bob"], contribution: contributionOf("alice") }, { others: ["bob", "alice"] }),
  ),
  ...twins("cliques/start-twice", clauses.members, "Somebody starts with one member twice", () =>
    fork("cliques.start", { me: "alice", others: ["bob", "carol"], contribution: contributionOf("alice") }, { others: ["bob", "bob"] }),
  ),
  ...twins("cliques/start-alone", clauses.others, "Somebody starts alone", () =>
    fork("cliques.start", { me: "alice", others: ["bob"], contribution: contributionOf("alice") }, { others: [] }),
  ),
  ...twins("cliques/forward-by-an-outsider", clauses.members, "An upflow for somebody who is no member", (author) => {
    const { members, second } = upflowOf4(author)
    return fork("cliques.forward", { members, me: "carol", keys: second.keys, contribution: contributionOf("carol") }, { me: "mallory" })
  }),
  ...twins("cliques/forward-out-of-turn", clauses["upflow-keys"], "An upflow that is not our turn", (author) => {
    const { members, first, second } = upflowOf4(author)
    return fork("cliques.forward", { members, me: "carol", keys: second.keys, contribution: contributionOf("carol") }, { keys: first.keys })
  }),
  ...twins("cliques/forward-by-the-first", clauses["upflow-keys"], "An upflow to the first member", (author) => {
    const { members, first } = upflowOf4(author)
    const right = { members, me: "bob", keys: first.keys, contribution: contributionOf("bob") }
    return fork("cliques.forward", right, { me: "alice", keys: [first.keys[1]!] })
  }),
  ...twins("cliques/forward-by-the-last", clauses.last, "The last member sends on", (author) => {
    const { first } = upflowOf4(author)
    const right = { members: people(3), me: "bob", keys: first.keys, contribution: contributionOf("bob") }
    return fork("cliques.forward", right, { members: people(2) })
  }),
  ...twins("cliques/close-in-the-middle", clauses.last, "A member in the middle ends the upflow", (author) => {
    const { first } = upflowOf4(author)
    const right = { members: people(2), me: "bob", keys: first.keys, contribution: contributionOf("bob") }
    return fork("cliques.close", right, { members: people(3) })
  }),
  ...twins("cliques/forward-zero", suite["x25519-zero"], "An intermediate key of small order in an upflow", (author) => {
    const { members, second } = upflowOf4(author)
    const right = { members, me: "carol", keys: second.keys, contribution: contributionOf("carol") }
    return fork("cliques.forward", right, { keys: [zero, ...second.keys.slice(1)] })
  }),
  ...twins("cliques/cardinal-zero", suite["x25519-zero"], "A cardinal key of small order in an upflow", (author) => {
    const { members, second } = upflowOf4(author)
    const right = { members, me: "carol", keys: second.keys, contribution: contributionOf("carol") }
    return fork("cliques.forward", right, { keys: [...second.keys.slice(0, 2), zero] })
  }),
]

/** A call with two faults, refused by the one that is looked for first. */
const ordered = <M extends MethodName>(
  id: string,
  clause: Parameters<typeof twins>[1],
  title: string,
  method: M,
  params: (author: Author) => ParamsOf<M>,
): Case =>
  aCase(`cliques/${id}`, { title, clauses: [clause, verdicts["order-of-checks"]] }, (author) => {
    author.refuses(clause, method, params(author))
  })

const orders = (): ReadonlyArray<Case> => [
  ordered(
    "upflow-keys-before-last",
    clauses["upflow-keys"],
    "The last member sends on, with a key too few",
    "cliques.forward",
    (author) => {
      const { first } = upflowOf4(author)
      return { members: people(2), me: "bob", keys: first.keys.slice(1), contribution: contributionOf("bob") }
    },
  ),
  ordered(
    "members-before-downflow-keys",
    clauses.members,
    "A downflow with a key too few for somebody who is no member",
    "cliques.receive",
    (author) => {
      const { members, intermediateKeys, contributions } = agreed(author)
      return { members, me: "mallory", keys: intermediateKeys.slice(1), contributions }
    },
  ),
  ordered(
    "downflow-keys-before-contributed",
    clauses["downflow-keys"],
    "A downflow with a key too few for somebody who has not contributed",
    "cliques.receive",
    (author) => {
      const { members, intermediateKeys } = agreed(author)
      return { members, me: "alice", keys: intermediateKeys.slice(1), contributions: [] }
    },
  ),
  ordered(
    "members-before-missing-key",
    clauses.members,
    "A refresh of an agreement that lacks a key, by somebody who is no member",
    "cliques.refresh",
    (author) => {
      const agreement = agreed(author)
      const lacking = { ...agreement, intermediateKeys: agreement.intermediateKeys.slice(1) }
      return { agreement: lacking, me: "mallory", contribution: contributionOf("mallory") }
    },
  ),
  ordered(
    "missing-key-before-agreed",
    clauses["downflow-keys"],
    "A refresh of an agreement that lacks a key, before there is a group key",
    "cliques.refresh",
    (author) => {
      const agreement = agreed(author)
      const lacking = { ...agreement, intermediateKeys: agreement.intermediateKeys.slice(1), groupKey: null }
      return { agreement: lacking, me: "alice", contribution: contributionOf("alice", 2) }
    },
  ),
]

const emptyLists = (): ReadonlyArray<Case> => [
  aCase(
    "cliques/agreement-of-nothing",
    {
      title: "An agreement without keys and contributions is refused; one without members is no agreement",
      clauses: [clauses["downflow-keys"], verdicts["no-call"]],
    },
    (author) => {
      const agreement = { members: people(2), intermediateKeys: [], contributions: [], groupKey: null }
      const refresh = { agreement, me: "alice", contribution: contributionOf("alice") }
      author.refuses(clauses["downflow-keys"], "cliques.refresh", refresh)
      author.noCall("cliques.refresh", { ...refresh, agreement: { ...agreement, members: [] } })
    },
  ),
]

const changeChecks = (): ReadonlyArray<Case> => [
  ...twins("cliques/receive-too-few", clauses["downflow-keys"], "A downflow with a key too few", (author) => {
    const { members, intermediateKeys: keys, contributions } = agreed(author)
    return fork("cliques.receive", { members, me: "alice", keys, contributions }, { keys: keys.slice(0, 2) })
  }),
  ...twins("cliques/receive-as-an-outsider", clauses.members, "A downflow for somebody who is no member", (author) => {
    const { members, intermediateKeys: keys, contributions } = agreed(author)
    return fork("cliques.receive", { members, me: "alice", keys, contributions }, { me: "mallory" })
  }),
  ...twins("cliques/receive-with-nothing", clauses.contributed, "A downflow for somebody who has not contributed", (author) => {
    const { members, intermediateKeys: keys, contributions } = agreed(author)
    return fork("cliques.receive", { members, me: "alice", keys, contributions }, { contributions: [] })
  }),
  ...twins("cliques/receive-zero", suite["x25519-zero"], "A downflow whose key for us is of small order", (author) => {
    const { members, intermediateKeys: keys, contributions } = agreed(author)
    return fork("cliques.receive", { members, me: "alice", keys, contributions }, { keys: [zero, ...keys.slice(1)] })
  }),
  ...twins("cliques/agreed", clauses.agreed, "A refresh before there is a group key", (author) => {
    const agreement = agreed(author)
    const right = { agreement, me: "alice", contribution: contributionOf("alice", 2) }
    return fork("cliques.refresh", right, { agreement: { ...agreement, groupKey: null } })
  }),
  ...twins("cliques/include-before", clauses.agreed, "An include before there is a group key", (author) => {
    const agreement = agreed(author)
    const right = { agreement, me: "alice", others: ["dave"], contribution: contributionOf("alice", 2) }
    return fork("cliques.include", right, { agreement: { ...agreement, groupKey: null } })
  }),
  ...twins("cliques/exclude-before", clauses.agreed, "An exclude before there is a group key", (author) => {
    const agreement = agreed(author)
    const right = { agreement, me: "alice", others: ["bob"], contribution: contributionOf("alice", 2) }
    return fork("cliques.exclude", right, { agreement: { ...agreement, groupKey: null } })
  }),
  ...twins("cliques/refresh-with-a-key-less", clauses["downflow-keys"], "A refresh of an agreement that lacks a key", (author) => {
    const agreement = agreed(author)
    const right = { agreement, me: "alice", contribution: contributionOf("alice", 2) }
    return fork("cliques.refresh", right, { agreement: { ...agreement, intermediateKeys: agreement.intermediateKeys.slice(1) } })
  }),
  ...twins("cliques/refresh-by-an-outsider", clauses.members, "A refresh by somebody who is no member", (author) => {
    const agreement = agreed(author)
    return fork("cliques.refresh", { agreement, me: "alice", contribution: contributionOf("alice", 2) }, { me: "mallory" })
  }),
  ...[
    ["nobody", []],
    ["a-member", ["dave", "bob"]],
    ["somebody-twice", ["dave", "dave"]],
  ].flatMap(([name, others]) =>
    twins(
      `cliques/include-${name as string}`,
      clauses["include-others"],
      `An include of ${(name as string).replaceAll("-", " ")}`,
      (author) => {
        const right = { agreement: agreed(author), me: "alice", others: ["dave"], contribution: contributionOf("alice", 2) }
        return fork("cliques.include", right, { others: others as ReadonlyArray<string> })
      },
    ),
  ),
  ...[
    ["nobody", []],
    ["a-stranger", ["bob", "dave"]],
    ["oneself", ["bob", "alice"]],
    ["somebody-twice", ["bob", "bob"]],
  ].flatMap(([name, others]) =>
    twins(
      `cliques/exclude-${name as string}`,
      clauses["exclude-members"],
      `An exclude of ${(name as string).replaceAll("-", " ")}`,
      (author) => {
        const right = { agreement: agreed(author), me: "alice", others: ["bob"], contribution: contributionOf("alice", 2) }
        return fork("cliques.exclude", right, { others: others as ReadonlyArray<string> })
      },
    ),
  ),
]

/** The layer "cliques". */
export default caseFile({ part: "mpenc", chapter: "cliques", layer: "cliques", flags: {} }, () => [
  aCase("cliques/group-key", { title: "The group key of a group secret", clauses: [clauses["group-key"]] }, (author) => {
    author.accepts("cliques.derive", { secret: filled(0x5a, 32) })
    author.accepts("cliques.derive", { secret: zero })
  }),
  aCase(
    "cliques/multiply",
    { title: "Products of contributions, from the base point and from a key", clauses: [clauses["all-contributions"]] },
    (author) => {
      const contributions = [1, 2, 3].map((number) => contributionOf("alice", number))
      for (const key of ["", filled(0x09, 32)]) {
        for (const count of [0, 1, 2, 3]) author.accepts("cliques.multiply", { contributions: contributions.slice(0, count), key })
      }
      const { product } = author.accepts("cliques.multiply", { contributions, key: "" })
      author.gives("cliques.multiply", { contributions: contributions.toReversed(), key: "" }, { product })
    },
  ),
  ...starts(),
  ...includes(),
  ...excludes(),
  ...refreshes(),
  history(),
  ...upflowChecks(),
  ...emptyLists(),
  ...changeChecks(),
  ...orders(),
])
