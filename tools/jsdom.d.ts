/** The part of jsdom that plots and the tests of the book need; the package has no types of its own. */
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
declare module "jsdom" {
  export class JSDOM {
    constructor(html: string, options?: { readonly runScripts?: "outside-only"; readonly url?: string })
    readonly window: {
      readonly document: Document
      readonly Event: typeof Event
      readonly Element: typeof Element
      eval(script: string): unknown
    }
  }
}
