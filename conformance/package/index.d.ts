// The runner as a library. A test compares this file with the program.

/** JSON of any kind. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

export interface Hello {
  readonly protocol: string
  readonly name: string
  readonly version: string
  readonly language: string
  readonly url?: string
  readonly commit?: string
  readonly suites: ReadonlyArray<number>
  readonly layers: ReadonlyArray<string>
  readonly options: ReadonlyArray<string>
}

export type Level = "MUST" | "SHOULD" | "MAY"

export interface Failure {
  readonly kind: "wrong-answer" | "state-changed" | "peer-error" | "timeout" | "crash" | "garbage" | "wrong-id" | "unsolicited" | "flood"
  readonly message: string
  readonly step: number
  readonly method: string
  readonly clause?: string
  readonly wanted?: Json
  readonly got?: Json
  readonly divergence?: { readonly at: string; readonly wanted?: Json; readonly got?: Json; readonly hint?: string }
  readonly stderr?: string
}

export type Result =
  | { readonly status: "passed" }
  | { readonly status: "failed"; readonly failure: Failure }
  | { readonly status: "flaky"; readonly passed: number; readonly of: number; readonly failure: Failure }
  | { readonly status: "skipped"; readonly reason: string }
  | { readonly status: "not-run"; readonly reason: string }

export interface Known {
  readonly as: "bug" | "not-yet" | "deviation"
  readonly why: string
  readonly link?: string
  readonly expires?: string
}

export interface CaseReport {
  readonly id: string
  readonly digest: string
  readonly title?: string
  readonly part: string
  readonly chapter: string
  readonly layer: string
  readonly level: Level
  readonly clauses: ReadonlyArray<string>
  readonly known?: Known
  readonly disputed?: string
  readonly extra?: boolean
  readonly result: Result
}

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly flaky: number
  readonly known: number
  readonly disputed: number
  readonly skipped: number
  readonly notRun: number
  readonly notSelected: number
  readonly all: number
}

export interface Report {
  readonly format: "conclave-report/1"
  readonly runner: { readonly name: string; readonly version: string; readonly digest: string | null }
  readonly protocol: string
  readonly vectors: { readonly version: string; readonly sha256: string }
  readonly command: ReadonlyArray<string>
  readonly program: string | null
  readonly peer: Hello | null
  readonly selection: { readonly [flag: string]: ReadonlyArray<string> }
  readonly challenge: string | null
  readonly repeat: number
  readonly outcome: { readonly exitCode: 0 | 1 | 3 | 4 | 5 | 130; readonly reason: string; readonly stderr?: string }
  readonly coverage: {
    readonly state: "complete" | "partial" | "unfinished"
    readonly layers: ReadonlyArray<string>
    readonly undeclared: ReadonlyArray<string>
  }
  readonly findings: ReadonlyArray<string>
  readonly stale: ReadonlyArray<string>
  readonly totals: Tally
  readonly levels: ReadonlyArray<{ readonly level: Level; readonly cases: Tally }>
  readonly layers: ReadonlyArray<{ readonly layer: string; readonly cases: Tally }>
  readonly clauses: ReadonlyArray<{ readonly id: string; readonly cases: Tally }>
  readonly texts: { readonly [clause: string]: { readonly level: Level; readonly text: string; readonly source: string } }
  /** Cases of one's own, which count in no other sum. */
  readonly extra: { readonly version: string; readonly sha256: string; readonly cases: Tally } | null
  readonly cases: ReadonlyArray<CaseReport>
  readonly notSelected: ReadonlyArray<string>
  readonly timing: {
    readonly startedAt: string
    readonly milliseconds: number
    readonly jobs: number
    readonly cases: { readonly [id: string]: number }
  }
}

export interface KnownFailure extends Known {
  readonly id: string
  readonly kind: Failure["kind"]
  readonly message?: string
  readonly flaky?: boolean
}

export interface RunOptions {
  /** The directory of a vector set, with its `manifest.json`. */
  readonly vectors: string
  /** The directory of a set of one's own, whose cases are run after those of the set. */
  readonly extra?: string
  /** The peer: a program and its arguments. No shell is involved. */
  readonly command: ReadonlyArray<string>
  readonly attach?: string
  readonly select?: ReadonlyArray<string>
  readonly exclude?: ReadonlyArray<string>
  readonly layers?: ReadonlyArray<string>
  readonly clauses?: ReadonlyArray<string>
  readonly flags?: ReadonlyArray<string>
  readonly levels?: ReadonlyArray<string>
  readonly parts?: ReadonlyArray<string>
  readonly ids?: ReadonlyArray<string>
  readonly shard?: string
  readonly env?: ReadonlyArray<string>
  readonly inheritEnv?: boolean
  readonly timeout?: number
  readonly timeoutFactor?: number
  readonly jobs?: number
  readonly repeat?: number
  readonly restarts?: number
  readonly failFast?: boolean
  readonly maxTime?: number
  readonly requireLayers?: ReadonlyArray<string>
  readonly known?: ReadonlyArray<KnownFailure>
  readonly challenge?: { readonly seed: string; readonly oracle: ReadonlyArray<string> }
  readonly record?: string
  readonly replay?: string
  readonly signal?: AbortSignal
}

/** Runs the selected cases against a peer. Rejects with UsageError, NothingSelected or VectorsCorrupt. */
export declare const run: (options: RunOptions) => Promise<Report>

/** The forms of a report: the file's name and how it is made. */
export declare const formats: {
  readonly [name in "json" | "junit" | "tap" | "markdown" | "html" | "github" | "sarif" | "badge" | "text"]: {
    readonly file: string
    readonly of: (report: Report) => string
  }
}

/** Runs a command line and gives the exit code. */
export declare const conclave: (argv: ReadonlyArray<string>) => Promise<number>

export declare class UsageError extends Error {}
export declare class NothingSelected extends Error {}
export declare class VectorsCorrupt extends Error {
  readonly file: string
}
