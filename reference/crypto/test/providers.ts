/** Both providers by name: every test of a primitive runs on each. */
import type { Primitives } from "../crypto.ts"
import { noblePrimitives } from "../providers/noble.ts"
import { nodePrimitives } from "../providers/node.ts"

export interface Provider {
  readonly name: string
  readonly primitives: Primitives
}

export const providers: ReadonlyArray<Provider> = [
  { name: "noble", primitives: noblePrimitives },
  { name: "node", primitives: nodePrimitives },
]
