/**
 * The implementations that exist and are judged: how an adapter is built where its toolchain is present, and how it is started.
 *
 * @module
 */
import { join } from "node:path"
import { root } from "../sources.ts"

/** An implementation behind an adapter. */
export interface Implementation {
  readonly name: string
  /** What it is, and where it is found. */
  readonly about: string
  /** A program that is there when the adapter can be built, and what it builds it with. None is needed by what is a part of this project. */
  readonly build?: {
    readonly needs: string
    /** What gets the libraries that it is built of. Where these are not to be had, it is left out. */
    readonly fetch?: ReadonlyArray<string>
    readonly command: ReadonlyArray<string>
    readonly folder: string
    readonly env?: Readonly<Record<string, string>>
  }
  readonly command: ReadonlyArray<string>
  /** A program that measures it for `npm run bench`. */
  readonly bench?: ReadonlyArray<string>
}

const adapters = join(root, "conformance", "adapters")

/** Where things are built, which git does not see. */
const built = (name: string): string => join(root, "node_modules", ".cache", "adapters", name)

/** The port in Go, which is the second oracle of the vectors as well. */
export const goPort: Implementation = {
  name: "go",
  about: "the port of this project in Go, written from the chapters alone, with randomness from the system",
  build: {
    needs: "go",
    fetch: ["go", "mod", "download"],
    command: ["go", "build", "-o", built("go"), "."],
    folder: join(root, "conformance", "ports", "go"),
  },
  command: [built("go")],
}

const cargoIn = (name: string) => ({
  needs: "cargo",
  command: ["cargo", "build", "--locked"],
  folder: join(adapters, name),
  env: { CARGO_TARGET_DIR: built(name) },
})

/** All of them, in the order of the table. */
export const implementations: ReadonlyArray<Implementation> = [
  {
    name: "reference",
    about: "the reference of this project, with randomness from the system",
    command: [process.execPath, join(root, "conformance", "peers", "reference.ts")],
  },
  goPort,
  {
    name: "p2panda",
    about:
      "[p2panda-encryption](https://crates.io/crates/p2panda-encryption) 0.6.1, message scheme: its DCGKA with the membership that it has for tests",
    build: {
      needs: "cargo",
      command: ["cargo", "build", "--release", "--locked"],
      folder: join(adapters, "p2panda"),
      env: { CARGO_TARGET_DIR: built("p2panda") },
    },
    command: [join(built("p2panda"), "release", "conclave-adapter-p2panda")],
    bench: [join(built("p2panda"), "release", "bench-p2panda")],
  },
  {
    name: "ts-mls",
    about:
      "[ts-mls](https://www.npmjs.com/package/ts-mls) 1.6.4 as the MLS back end of this project has it, with its own join by a welcome",
    command: [process.execPath, join(root, "conformance", "peers", "ts-mls.ts")],
  },
  {
    name: "openmls",
    about:
      "[OpenMLS](https://crates.io/crates/openmls) 0.9.2 with openmls_rust_crypto 0.6.0. Its states are in its storage, which is copied; to commit just some " +
      "proposals, the others are taken out of the store of a copy; it takes nothing that it sent itself",
    build: cargoIn("openmls"),
    command: [join(built("openmls"), "debug", "conclave-adapter-openmls")],
  },
  {
    name: "mls-rs",
    about:
      "[mls-rs](https://crates.io/crates/mls-rs) 0.57.0 with mls-rs-crypto-rustcrypto 0.23.0. Its groups are cloned; just some proposals are committed by " +
      "rules of the adapter, which filter what is sent; it takes nothing that it sent itself",
    build: cargoIn("mls-rs"),
    command: [join(built("mls-rs"), "debug", "conclave-adapter-mls-rs")],
  },
]

/** Those that are members of one MLS group, by name. */
export const mlsImplementations: ReadonlyArray<string> = ["ts-mls", "openmls", "mls-rs"]
