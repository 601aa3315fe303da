/** The part of apg-js that is used here; the package brings no declarations. */
declare module "apg-js" {
  type Callback = (state: number, characters: ReadonlyArray<number>, index: number, length: number) => number
  interface Grammar {
    readonly rules: ReadonlyArray<{ readonly name: string }>
  }
  const apg: {
    readonly apgApi: new (
      abnf: string,
    ) => { readonly errors: ReadonlyArray<unknown>; generate(): void; toObject(): Grammar; errorsToAscii(): string }
    readonly apgLib: {
      readonly ids: { readonly SEM_PRE: number; readonly SEM_OK: number }
      readonly ast: new () => { readonly callbacks: Record<string, Callback>; translate(): void }
      readonly parser: new () => {
        ast: InstanceType<typeof apg.apgLib.ast> | null
        parse(
          grammar: Grammar,
          startRule: string,
          characters: ReadonlyArray<number>,
        ): { readonly success: boolean; readonly maxMatched: number }
      }
    }
  }
  export default apg
}
