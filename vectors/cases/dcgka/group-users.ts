/**
 * Who acts in a case about a group: a handle for each user, and the members that they are.
 *
 * @module
 */
import { memberId } from "../../../reference/simulation/network.ts"
import type { Author } from "../author.ts"
import { appear, meet } from "../people.ts"
import { type Creation, creationOf } from "./history-digest.ts"

/** The users of one group, whose handles are named like them. */
export class GroupUsers {
  readonly author: Author
  readonly members = new Map<string, string>()
  #creation: Creation | undefined

  /** Makes handles for all of `users`. */
  constructor(author: Author, users: ReadonlyArray<string>) {
    this.author = author
    for (const user of users) appear(author, user)
  }

  /** From here on the group is the one that the first of `users` creates with the others. */
  found(users: ReadonlyArray<string>): void {
    this.#creation = creationOf(users)
    for (const user of users) this.members.set(user, memberId(this.id, user, null, 0))
  }

  /** What the group's create says of it. */
  get creation(): Creation {
    if (this.#creation === undefined) throw new Error("there is no group yet")
    return this.#creation
  }

  /** The group. */
  get id(): string {
    return this.creation.group
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
