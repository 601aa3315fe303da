/**
 * What the network of a play changes on the way: texts that the runner cannot read, and changes all the same.
 *
 * @module
 */
import type { Change } from "../../protocol/plays.ts"

/** Another character of the same kind: a digit of hex for one, a letter for anything else. */
const otherThan = (character: string): string => {
  if (/^[0-9a-f]$/u.test(character)) return (Number.parseInt(character, 16) ^ 1).toString(16)
  return character === "x" ? "y" : "x"
}

/** A text as the network hands it on. Where texts are hex, that is bytes with one bit changed, the first half of them, none, or one more. */
export const changedText = (text: string, how: Change): string => {
  const middle = Math.floor(text.length / 2)
  switch (how) {
    case "bit":
      return text.slice(0, middle) + otherThan(text.charAt(middle)) + text.slice(middle + 1)
    case "cut":
      return text.slice(0, middle - (middle % 2))
    case "longer":
      return text + text.slice(-2)
    case "empty":
      return ""
  }
}
