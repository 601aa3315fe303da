/**
 * Delivery by itself: everything sent is kept in the order of sending, and whoever has not handled it gets it in that order, which is always a right one.
 *
 * @module
 */
import type { KeyAgreementGroup, Sent } from "./key-agreement-group.ts"

/** The messages of a group, and who has handled which. A new member has handled what its welcome covers. */
export class CausalDelivery {
  readonly #group: KeyAgreementGroup
  readonly #sent: Array<Sent> = []
  readonly #handled = new Map<string, Set<Sent>>()

  constructor(group: KeyAgreementGroup) {
    this.#group = group
  }

  #handledBy(user: string): Set<Sent> {
    const handled = this.#handled.get(user) ?? new Set<Sent>()
    this.#handled.set(user, handled)
    return handled
  }

  /** Takes in what was sent. */
  post(sent: Sent): Sent {
    this.#sent.push(sent)
    this.#handledBy(sent.by).add(sent)
    return sent
  }

  /** `by` adds `user`, who has not joined yet. */
  add(by: string, user: string): Sent {
    this.#handled.set(user, new Set(this.#handledBy(by)))
    return this.post(this.#group.add(by, user))
  }

  /** Delivers a message; gives the answer, if there is one. What secret is taken is the sender's, or none. */
  deliver(sent: Sent, to: string): Sent | null {
    const { author } = this.#group
    const output = author.accepts("group.process", this.#group.offer(sent, to))
    author.claim(output.senderSecret === null || output.senderSecret === sent.secret, `${to} takes the sender's secret, or none`)
    this.#handledBy(to).add(sent)
    const { response, rekey, ownSecret } = output
    const answer = response && this.post({ by: to, ...response, secret: rekey === null ? ownSecret : null })
    if (rekey !== null) this.post({ by: to, ...rekey, secret: ownSecret })
    return answer
  }

  /** Delivers to `users` all that they have not handled, and all that comes of it. */
  settle(users: ReadonlyArray<string>): void {
    for (const sent of this.#sent) for (const user of users) if (!this.#handledBy(user).has(sent)) this.deliver(sent, user)
  }
}
