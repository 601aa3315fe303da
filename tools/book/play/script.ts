/**
 * What a player does, action by action, and its form in an address: the users, then the actions, with semicolons between them.
 * `#alice,bob;create.alice.bob;deliver` is all that it takes to see the same again, because every secret begins with the name of a user.
 *
 * @module
 */

/** One thing that a player does. */
export type Action =
  | { readonly does: "create"; readonly who: string; readonly users: ReadonlyArray<string> }
  | { readonly does: "add" | "remove" | "again"; readonly who: string; readonly user: string }
  | { readonly does: "update" | "steal"; readonly who: string }
  | { readonly does: "say"; readonly who: string; readonly text: string }
  | { readonly does: "cut"; readonly users: ReadonlyArray<string> }
  | { readonly does: "heal" | "deliver" }
  /** Gives a user the packet with this number, with the byte at `flip` changed if there is one. */
  | { readonly does: "give"; readonly who: string; readonly packet: number; readonly flip: number | null }

/** A game: who takes part, and what they do. */
export interface Script {
  readonly users: ReadonlyArray<string>
  readonly actions: ReadonlyArray<Action>
}

const isUser = (text: string | undefined): text is string => text !== undefined && /^[a-z]{1,16}$/u.test(text)

const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d{1,6}$/u.test(text)

const most = { users: 8, actions: 400, text: 200 }

const actionOf = (text: string): Action | undefined => {
  const [does, who, third, fourth, ...rest] = text.split(".")
  const others = [third, fourth, ...rest].filter((one) => one !== undefined)
  switch (does) {
    case "create":
      return isUser(who) && others.every(isUser) ? { does, who, users: others } : undefined
    case "add":
    case "remove":
    case "again":
      return isUser(who) && isUser(third) ? { does, who, user: third } : undefined
    case "update":
    case "steal":
      return isUser(who) ? { does, who } : undefined
    case "say":
      return isUser(who) ? { does, who, text: decodeURIComponent(third ?? "").slice(0, most.text) } : undefined
    case "cut":
      return [who, ...others].every(isUser) ? { does, users: [who, ...others].filter(isUser) } : undefined
    case "heal":
    case "deliver":
      return { does }
    case "give":
      return isUser(who) && isNumber(third)
        ? { does, who, packet: Number(third), flip: isNumber(fourth) ? Number(fourth) : null }
        : undefined
    default:
      return undefined
  }
}

// A full stop and an apostrophe are left alone by encodeURIComponent, and the first is what stands between fields.
const encoded = (text: string) => encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("'", "%27")

const partsOf = (action: Action): ReadonlyArray<string> => {
  switch (action.does) {
    case "create":
      return [action.who, ...action.users]
    case "add":
    case "remove":
    case "again":
      return [action.who, action.user]
    case "update":
    case "steal":
      return [action.who]
    case "say":
      return [action.who, encoded(action.text)]
    case "cut":
      return action.users
    case "give":
      return [action.who, `${action.packet}`, ...(action.flip === null ? [] : [`${action.flip}`])]
    default:
      return []
  }
}

/** A game as it stands in an address, without the sign `#`. */
export const textOf = ({ users, actions }: Script): string =>
  [users.join(","), ...actions.map((action) => [action.does, ...partsOf(action)].join("."))].join(";")

/** The game that an address has; undefined when it is none. */
export const scriptOf = (text: string): Script | undefined => {
  const [first, ...rest] = text.split(";")
  const users = (first ?? "").split(",")
  if (!users.every(isUser) || users.length > most.users || new Set(users).size !== users.length || rest.length > most.actions)
    return undefined
  try {
    const actions = rest.filter((one) => one !== "").map(actionOf)
    return actions.every((action) => action !== undefined) ? { users, actions } : undefined
  } catch {
    return undefined
  }
}
