/** The part of jsdom that plots need; the package has no types of its own. */
// biome-ignore lint/correctness/noUnresolvedImports: Node resolves it.
declare module "jsdom" {
  export class JSDOM {
    constructor(html: string)
    readonly window: { readonly document: Document }
  }
}
