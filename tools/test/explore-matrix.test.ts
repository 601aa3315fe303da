/** The matrix of concurrency has a case for each vector of orders, and the deep set is what its digests say. */
import { describe, expect, it } from "vitest"
import { matrixText } from "../explore/matrix.ts"
import { changedClasses, deepSet } from "../explore-deep.ts"
import { caseFiles } from "./vectors.ts"

const files = caseFiles.map(({ content }) => content)

const without = (id: string) => files.map((file) => ({ ...file, cases: file.cases.filter((one) => one.id !== id) }))

describe("the matrix", () => {
  it("has a case of each class, and counts them", () => {
    expect(matrixText(files)).toContain("| all | 182 | 94 | 162 |")
  })

  it("does without no case", () => {
    expect(() => matrixText(without("concurrency/2/alice-update+bob-update/1"))).toThrow("no case of concurrency/2/alice-update+bob-update")
    expect(() => matrixText(without("concurrency/3/alice-update+bob-update/1"))).toThrow("no case of")
  })

  it("has no case beside", () => {
    const [first] = files.flatMap(({ cases }) => cases)
    expect(() => matrixText([...files, { ...files[0]!, cases: [{ ...first!, id: "concurrency/2/other/1" }] }])).toThrow("of which")
  })
})

describe("the deep set", () => {
  it("has all classes of triples of three, and of pairs of four", () => {
    const { classes } = deepSet()
    expect(classes).toHaveLength(34 + 43)
    expect(classes.slice(0, 34).reduce((sum, { cases }) => sum + cases, 0)).toBe(136)
  })

  it("is what its digests say, as a sample shows", () => {
    expect(changedClasses(40)).toEqual([])
  })
})
