/**
 * What has changed from one release of the vectors to the next, from their manifests.
 *
 * @module
 */
import { type ListedCase, loadManifest } from "./load.ts"

/** The ids that changed, by how, and what must not have happened. */
export interface Changes {
  readonly added: ReadonlyArray<string>
  /** Asks or wants something else than before. */
  readonly changed: ReadonlyArray<string>
  /** Is gone, with the reason. */
  readonly removed: ReadonlyArray<string>
  readonly faults: ReadonlyArray<string>
}

const byId = (cases: ReadonlyArray<Pick<ListedCase, "id" | "digest">>): ReadonlyMap<string, string> =>
  new Map(cases.map(({ id, digest }) => [id, digest]))

/**
 * Compares two sets. It is a fault when an id vanishes without a word, when one that was gone comes back, and when cases change under the same version.
 *
 * @throws VectorsCorrupt (exit code 6)
 */
export const changesBetween = (before: string, after: string): Changes => {
  const [old, now] = [loadManifest(before), loadManifest(after)]
  const [was, is] = [byId(old.files.flatMap(({ cases }) => cases)), byId(now.files.flatMap(({ cases }) => cases))]
  const gone = new Map((now.gone ?? []).map(({ id, why }) => [id, why]))
  const added = [...is.keys()].filter((id) => !was.has(id))
  const changed = [...is].filter(([id, digest]) => was.has(id) && was.get(id) !== digest).map(([id]) => id)
  const missing = [...was.keys()].filter((id) => !is.has(id))
  const any = added.length + changed.length + missing.length > 0
  return {
    added,
    changed,
    removed: missing.map((id) => `${id}: ${gone.get(id) ?? "without a word"}`),
    faults: [
      ...missing.filter((id) => !gone.has(id)).map((id) => `${id} is gone, and the manifest does not say why`),
      ...(old.gone ?? []).filter(({ id }) => is.has(id)).map(({ id }) => `${id} was gone, and stands for a case again`),
      ...(old.gone ?? []).filter(({ id }) => !gone.has(id) && !is.has(id)).map(({ id }) => `${id} is not listed as gone any more`),
      ...(any && old.version === now.version ? [`both are version ${now.version}, and their cases differ`] : []),
    ],
  }
}
