import { clauses as suite } from "../../../spec/conventions/suite.ts"
import { clauses as aske } from "../../../spec/mpenc/aske.ts"
import { clauses } from "../../../spec/mpenc/greeting.ts"
import { clauses as records } from "../../../spec/mpenc/records.ts"
import { type Case, caseFile } from "../author.ts"
import { filled, flipped } from "../people.ts"
import { altered, sharesOf } from "./greeting-channel.ts"
import { dataRecords, type JsonGreeting, textOf } from "./packets.ts"
import { publicKeyOf, secretOf } from "./people.ts"
import { changed, excluding, including, includingInFour, type Prepare, refreshing, starting, wrong } from "./situations.ts"

const mallorysKey = secretOf("mallory", "ephemeral")
const other = filled(0xee, 32)
const otherKey = publicKeyOf(mallorysKey)

const kinds = (): ReadonlyArray<Case> => [
  ...wrong("kind", clauses.kind, "A data packet", starting(3, "bob", 0), () => ({ text: textOf(dataRecords) })),
  ...wrong("plain", clauses.kind, "A text that is no packet", starting(3, "bob", 0), () => ({ text: "hello" })),
  ...wrong("malformed", records.armour, "A text that is cut", starting(3, "bob", 0), ({ next }) => ({ text: next.text.slice(0, -2) })),
  ...wrong("sender", clauses.sender, "A packet of Alice, from Carol", starting(3, "bob", 0), () => ({ sender: "carol" })),
  ...wrong("own-packet", clauses["own-packet"], "A packet of our own that we never sent", refreshing("bob"), ({ next, keyOf }) => ({
    sender: "bob",
    text: altered(next.text, keyOf("bob"), () => ({ source: "bob" })),
  })),
  ...wrong(
    "own-packet-again",
    clauses["own-packet"],
    "A packet of our own that has come back already",
    starting(3, "bob", 2),
    ({ channel }) => channel.log[1]!,
  ),
]

const orders = (): ReadonlyArray<Case> => [
  ...wrong(
    "initial-first",
    clauses["initial-first"],
    "An upflow packet before the initial one",
    starting(4, "dave", 0),
    () => starting(4, "dave", 1)(null).next,
  ),
  ...wrong(
    "confirm-first",
    clauses["initial-first"],
    "A confirm before the initial packet",
    excluding("carol", 0),
    () => excluding("carol", 1)(null).next,
  ),
  ...wrong("one-initial", clauses["one-initial"], "The initial packet again", starting(3, "carol", 1), ({ channel }) => channel.log[0]!),
  ...wrong("one-initial-of-another", clauses["one-initial"], "An initial packet of another member", including("bob", 1), ({ keyOf }) => ({
    sender: "carol",
    text: altered(refreshing("bob")(null).next.text, keyOf("carol"), () => ({ source: "carol" })),
  })),
  ...changed("same-operation", clauses["same-operation"], "A confirm of another operation", including("bob", 3), ({ greetType }) => ({
    greetType: greetType.replace("include", "start") as JsonGreeting["greetType"],
  })),
  ...changed(
    "members-exchanged",
    clauses["same-members"],
    "A downflow packet in which two members are exchanged",
    starting(4, "bob", 3),
    ({ members }) => ({
      members: [members[0]!, members[2]!, members[1]!, members[3]!],
    }),
  ),
  ...changed("member-left-out", clauses["same-members"], "A confirm in which a member is left out", including("bob", 3), ({ members }) => ({
    members: members.filter((member) => member !== "carol"),
  })),
  ...changed("member-more", clauses["same-members"], "A confirm with one member more", starting(3, "carol", 3), ({ members }) => ({
    members: [...members, "mallory"],
  })),
  ...wrong(
    "downflow-first",
    clauses["downflow-first"],
    "A confirm before the first downflow packet",
    starting(4, "dave", 2),
    () => starting(4, "carol", 4)(null).next,
  ),
]

/** Wrong first packets, which differ from the right one in more than a field. */
const initials = (): ReadonlyArray<Case> => {
  const startOf = (prepare: Prepare) => prepare(null).next.text
  const start = startOf(starting(3, "bob", 0))
  const exclude = startOf(excluding("bob", 0))
  const twoOf = (lists: Pick<JsonGreeting, "nonces" | "publicKeys" | "intermediateKeys">) => ({
    intermediateKeys: lists.intermediateKeys.slice(0, 3),
    nonces: lists.nonces.slice(0, 2),
    publicKeys: lists.publicKeys.slice(0, 2),
  })
  return [
    ...wrong("start-in-a-session", clauses.previous, "A start where there is a session", refreshing("bob"), () => ({ text: start })),
    ...wrong("exclude-without-a-session", clauses.previous, "An exclude where there is no session", starting(4, "bob", 0), () => ({
      text: exclude,
    })),
    ...wrong("refresh-without-a-session", clauses.previous, "A refresh where there is no session", starting(3, "bob", 0), () => ({
      text: startOf(refreshing("bob")),
    })),
    ...wrong(
      "include-of-others-without-a-session",
      clauses.previous,
      "An include by which we should be a member already",
      starting(3, "bob", 0),
      () => ({
        text: startOf(including("bob", 0)),
      }),
    ),
    ...changed("include-drops", clauses.change, "An include that drops a member", including("bob", 0), (packet) => ({
      members: packet.members.filter((member) => member !== "carol"),
      ...twoOf(packet),
    })),
    ...changed(
      "include-exchanges",
      clauses.change,
      "An include that puts a stranger in the place of a member",
      including("bob", 0),
      (packet) => ({
        members: packet.members.map((member) => (member === "carol" ? "mallory" : member)),
      }),
    ),
    ...wrong("include-by-a-stranger", clauses.change, "An include by somebody who is no member", including("bob", 0), ({ next }) => ({
      sender: "mallory",
      text: altered(next.text, mallorysKey, ({ members, publicKeys }) => ({
        source: "mallory",
        members: members.with(0, "mallory"),
        publicKeys: publicKeys.with(0, otherKey),
      })),
    })),
    ...changed("exclude-nobody", clauses.change, "An exclude that excludes nobody", excluding("bob", 0), (packet) => ({
      members: [...packet.members, "dave"],
      intermediateKeys: [...packet.intermediateKeys, other],
      nonces: [...packet.nonces, other],
      publicKeys: [...packet.publicKeys, publicKeyOf(sharesOf("dave").ephemeralSecretKey)],
    })),
    ...changed("exclude-brings", clauses.change, "An exclude that brings somebody", excluding("bob", 0), ({ members }) => ({
      members: members.with(2, "mallory"),
    })),
    ...changed("refresh-drops", clauses.change, "A refresh that drops a member", refreshing("bob"), ({ members, intermediateKeys }) => ({
      members: members.slice(0, 2),
      intermediateKeys: intermediateKeys.slice(0, 2),
    })),
    ...changed(
      "refresh-brings",
      clauses.change,
      "A refresh that puts a stranger in the place of a member",
      refreshing("bob"),
      ({ members }) => ({
        members: members.with(2, "mallory"),
      }),
    ),
    ...changed("start-without-us", clauses.member, "A start of others", starting(4, "carol", 0), ({ members }) => ({
      members: members.map((member) => (member === "carol" ? "mallory" : member)),
    })),
    ...changed("include-without-us", clauses.member, "An include of others", including("erin", 0), ({ members }) => ({
      members: members.with(4, "mallory"),
    })),
  ]
}

const keys = (): ReadonlyArray<Case> => [
  ...changed(
    "key-kept",
    clauses["key-kept"],
    "An include with another ephemeral key for an old member",
    including("bob", 0),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(2, otherKey),
    }),
  ),
  ...changed(
    "key-kept-in-the-downflow",
    clauses["key-kept"],
    "A downflow packet with another ephemeral key for an old member",
    including("bob", 2),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(2, otherKey),
    }),
  ),
  ...changed(
    "key-kept-in-an-exclude",
    clauses["key-kept"],
    "An exclude with another ephemeral key for a member that remains",
    excluding("bob", 0),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(2, otherKey),
    }),
  ),
  ...changed(
    "initiator-key",
    clauses["initiator-key"],
    "A downflow packet with another ephemeral key for the initiator",
    starting(3, "bob", 2),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(0, otherKey),
    }),
  ),
  ...changed(
    "initiator-key-in-the-upflow",
    clauses["initiator-key"],
    "An upflow packet with another ephemeral key for the initiator",
    starting(3, "carol", 1),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(0, otherKey),
    }),
  ),
  ...changed("own-nonce", clauses["own-share"], "A downflow packet with another nonce for us", starting(3, "bob", 2), ({ nonces }) => ({
    nonces: nonces.with(1, other),
  })),
  ...changed(
    "own-nonce-as-an-old-member",
    clauses["own-share"],
    "A downflow packet with another nonce for us, who kept ours",
    including("bob", 2),
    ({ nonces }) => ({
      nonces: nonces.with(1, other),
    }),
  ),
  ...changed(
    "own-nonce-as-the-initiator",
    clauses["own-share"],
    "A downflow packet with the initiator's earlier nonce",
    including("alice", 2),
    ({ nonces }) => ({
      nonces: nonces.with(0, sharesOf("alice", 1).nonce),
    }),
  ),
  ...changed(
    "own-key",
    clauses["own-share"],
    "A downflow packet with another ephemeral key for us",
    starting(3, "bob", 2),
    ({ publicKeys }) => ({
      publicKeys: publicKeys.with(1, otherKey),
    }),
  ),
  ...changed(
    "own-nonce-in-an-exclude",
    clauses["nonce-kept"],
    "An exclude with another nonce for us",
    excluding("bob", 0),
    ({ nonces }) => ({
      nonces: nonces.with(1, other),
    }),
  ),
  ...changed(
    "others-nonce-in-an-exclude",
    clauses["nonce-kept"],
    "An exclude with another nonce for somebody else",
    excluding("bob", 0),
    ({ nonces }) => ({
      nonces: nonces.with(2, other),
    }),
  ),
  ...changed(
    "nonce-in-ones-exclusion",
    clauses["nonce-kept"],
    "An exclude with another nonce for somebody else, as the excluded sees it",
    excluding("dave", 0),
    ({ nonces }) => ({
      nonces: nonces.with(2, other),
    }),
  ),
  ...changed(
    "others-nonce-in-an-include",
    clauses["nonce-kept"],
    "An include with another nonce for somebody else",
    including("bob", 0),
    ({ nonces }) => ({
      nonces: nonces.with(2, other),
    }),
  ),
  ...changed(
    "others-key-zero",
    suite["x25519-zero"],
    "A refresh in which the intermediate key of somebody else is of small order",
    refreshing("bob"),
    ({ intermediateKeys }) => ({
      intermediateKeys: intermediateKeys.with(2, filled(0, 32)),
    }),
  ),
  ...changed(
    "acknowledgement-of-ones-exclusion",
    aske.acknowledgement,
    "An exclude that is acknowledged wrongly, as the excluded sees it",
    excluding("dave", 0),
    ({ sessionSignature }) => ({
      sessionSignature: flipped(sessionSignature!, 40),
    }),
  ),
  ...wrong(
    "no-share",
    clauses["own-share"],
    "A downflow packet before our turn",
    starting(4, "carol", 1),
    () => starting(4, "carol", 3)(null).next,
  ),
]

const turns = (): ReadonlyArray<Case> => [
  ...wrong("turn-again", clauses.turn, "Our turn again", starting(4, "carol", 3), ({ channel }) => channel.log[1]!),
  ...wrong("turn-of-an-old-member", clauses.turn, "An upflow packet to an old member", includingInFour("dave", 1), ({ next, keyOf }) => ({
    sender: "carol",
    text: altered(next.text, keyOf("carol"), (packet) => ({
      source: "carol",
      destination: "dave",
      intermediateKeys: packet.intermediateKeys.slice(0, 4),
      nonces: packet.nonces.slice(0, 3),
      publicKeys: packet.publicKeys.slice(0, 3),
    })),
  })),
]

const downflows = (): ReadonlyArray<Case> => [
  ...["publicKeys" as const, "intermediateKeys" as const].flatMap((list) =>
    wrong(
      `one-downflow-${list === "publicKeys" ? "ephemeral" : "intermediate"}-keys`,
      clauses["one-downflow"],
      `A second downflow packet with the same session id and acknowledgement, but other ${list === "publicKeys" ? "ephemeral" : "intermediate"} keys`,
      including("bob", 4),
      ({ channel, keyOf }) => ({
        sender: "erin",
        text: altered(channel.log[2]!.text, keyOf("erin"), (packet) => ({ [list]: packet[list].with(3, otherKey) })),
      }),
    ),
  ),
  ...changed(
    "others-key-zero-in-a-downflow",
    suite["x25519-zero"],
    "A downflow packet in which the intermediate key of somebody else is of small order",
    including("bob", 2),
    ({ intermediateKeys }) => ({
      intermediateKeys: intermediateKeys.with(2, filled(0, 32)),
    }),
  ),
]

/** The layer "greeting": packets that do not fit the operation. */
export default caseFile({ part: "mpenc", chapter: "greeting-refusals", layer: "greeting", flags: {} }, () => [
  ...kinds(),
  ...orders(),
  ...initials(),
  ...keys(),
  ...turns(),
  ...downflows(),
])
