/**
 * Who acts in a case about a group: a handle for each user, and the members that they are.
 *
 * @module
 */
import { Hex } from "effect/encoding"
import { bytesOf } from "../../../reference/conventions.ts"
import { nodePrimitives } from "../../../reference/crypto/providers/node.ts"
import { labelledDraw } from "../../../reference/crypto/randomness.ts"
import type { Author } from "../author.ts"
import { appear, meet, repeated } from "../people.ts"

/** The users of one group, whose handles are named like them. */
export class Cast {
  readonly author: Author
  readonly id: string
  readonly members = new Map<string, string>()

  /** Makes handles for all of `users`; the first will create the group. */
  constructor(author: Author, users: ReadonlyArray<string>) {
    this.author = author
    for (const user of users) appear(author, user)
    this.id = Hex.encode(labelledDraw(nodePrimitives, bytesOf(repeated(users[0]!)), "group", 16))
  }

  /** The member that a handle is. */
  member(user: string): string {
    const member = this.members.get(user)
    if (member === undefined) throw new Error(`${user} is no member`)
    return member
  }

  /** `one` and `other` take in a bundle of each other. */
  introduce(one: string, other: string): void {
    meet(this.author, one, other)
    meet(this.author, other, one)
  }

  /** Everybody takes in a bundle of everybody. */
  acquaint(users: ReadonlyArray<string>): void {
    for (const [index, one] of users.entries()) for (const other of users.slice(index + 1)) this.introduce(one, other)
  }
}
