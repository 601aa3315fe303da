/**
 * What was probably meant by a name that there is not.
 *
 * @module
 */
import { distance } from "fastest-levenshtein"

/** The most similar of some names, if one is similar enough to have been meant. */
export const nearest = (name: string, names: ReadonlyArray<string>): string | undefined => {
  const wanted = name.slice(0, 200)
  const [best] = names.map((one) => ({ one, far: distance(wanted, one) })).sort((left, right) => left.far - right.far)
  return best !== undefined && best.far <= Math.max(1, Math.floor(wanted.length / 3)) ? best.one : undefined
}
