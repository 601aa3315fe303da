/**
 * A program with a messenger in a store, which dies at a moment of its own choosing: `node victim.ts <file> <moment>`. It reads all inputs since the beginning on stdin, a line of JSON each, goes on where it
 * stopped, and writes what it sends and shows to stdout. At the moment with the given number (0: never) it kills itself. Its randomness is the system's: to do a step again is to draw anew.
 */
import { readFileSync, writeSync } from "node:fs"
import { Effect, Layer } from "effect"
import { Hex } from "effect/encoding"
import { bytesOf } from "../../conventions.ts"
import { node } from "../../crypto/providers/node.ts"
import { Randomness } from "../../crypto/randomness.ts"
import * as Messaging from "../../dcgka/group-messaging.ts"
import { deliverOutput, handle } from "../durable.ts"
import { openStore } from "../sqlite.ts"
import type { Store } from "../store.ts"

/** What the victim is told to do. */
export type Input =
  | { readonly do: "receive"; readonly packet: string }
  | { readonly do: "send"; readonly group: string; readonly payload: string }
  | { readonly do: "update"; readonly group: string }

const [file = "", moment = "0"] = process.argv.slice(2)

let left = Number(moment)
const passMoment = () => {
  if (left === 1) process.kill(process.pid, "SIGKILL")
  left--
}

/** The store, with a moment before, in the middle of, and after each commit, and around each mark. */
const mortal = (store: Store): Store => ({
  ...store,
  commit: (change) => {
    passMoment()
    // The middle is when the store reads the packets.
    const packets = new Proxy(change.packets, {
      get: (target, name) => {
        passMoment()
        return Reflect.get(target, name)
      },
    })
    store.commit({ ...change, packets })
    passMoment()
  },
  sent: (id) => {
    passMoment()
    store.sent(id)
    passMoment()
  },
  shown: (id) => {
    passMoment()
    store.shown(id)
  },
})

const write = (line: unknown) => writeSync(1, `${JSON.stringify(line)}\n`)

const step = (messenger: Messaging.Messenger, input: Input) => {
  if (input.do === "receive") return Messaging.receive(messenger, bytesOf(input.packet))
  if (input.do === "send") return Messaging.send(messenger, input.group, bytesOf(input.payload))
  return Messaging.update(messenger, input.group)
}

const store = mortal(openStore(file))
const output = () =>
  deliverOutput(
    store,
    (packet) => write({ packet: Hex.encode(packet) }),
    (event) => write({ event: Hex.encode(event) }),
  )

const inputs = readFileSync(0, "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Input)

output()
for (let position = store.load().position; position < inputs.length; position = store.load().position) {
  // One input, or two together.
  const taken = inputs.slice(position, position + 1 + (position % 2))
  const steps = taken.map((input) => (messenger: Messaging.Messenger) => step(messenger, input))
  const verdicts = Effect.runSync(Effect.provide(handle(store, steps), Layer.provideMerge(Randomness.system, node)))
  for (const verdict of verdicts) write({ verdict: verdict._tag })
  output()
}
write({ position: store.load().position })
store.close()
