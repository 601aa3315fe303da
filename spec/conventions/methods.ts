/**
 * # Calling a method
 *
 * How a test calls the functions of an implementation. An implementation under test is a *peer*: it answers **methods**
 * over the conformance protocol, each with a verdict. That protocol is JSON-RPC, a line of JSON for each call on
 * standard input and for each answer on standard output; `conformance/README.md` defines it. Each part has a chapter
 * "methods" with its own; what they have in common stands here. A peer that implements only some layers answers only
 * their methods.
 *
 * Bytes are lower-case hex. `on` names a **handle**: what one user holds in a part, as the part's chapter says.
 *
 * Handles of several kinds can have one name; the chapters "methods" say which kinds there are. A call is about the
 * handle of the kind that its method needs.
 *
 * Three methods belong to the protocol, and to no part:
 *
 * - `reset` forgets all handles, of all kinds; each case begins with it.
 * - `fingerprint`, an option, gives a digest of the state of all handles that have the name `on`. The runner asks for
 *   it before and after a call that should change nothing.
 * - `state`, an option, gives all bytes that a program would save of the handles that have the name `on`.
 *
 * Where a case calls `state`, it has `keeps` in place of a verdict, with two lists of values: those of `held` have to
 * be in the bytes, and those of `gone` must not. `needs` of a case names the options without which it is skipped.
 * Where a case makes a call that is none, it has `no-call` in place of a verdict.
 *
 * A call that is no call is answered with an error of the protocol (invalid params), not with a verdict, and changes
 * nothing (verdicts.no-call):
 *
 * - parameters of another shape than the table says (where a schema gives a text a `description`, such as a number of
 *   bytes of UTF-8, that is a part of the shape): hex that is not lower-case, an unknown key, also inside a value, a
 *   byte string of more than 2 MiB, a value or records to be encoded whose bytes are more than 2 MiB (of mpENC, records
 *   only: a packet is judged by its text, which mpenc-records.limit refuses from 1 MiB on);
 * - a text, anywhere in the parameters, with half of a surrogate pair and not the other, which JSON can write as an
 *   escape (`"\ud800"`): it has no bytes in UTF-8. Many readers of JSON put U+FFFD in its place, so that who uses one
 *   has to look before;
 * - a number, anywhere in the parameters, that is no whole number, is -0, or is not from -(2^53 - 1) to 2^53 - 1;
 * - a value that stands in more than 32 others, the object of the parameters among them: this is looked at first, so
 *   that a deep value costs no more than its length;
 * - a handle that does not exist.
 *
 * This is looked at before everything else. What comes next are the lengths of keys, secrets, seeds, nonces
 * and digests that a method is given: a wrong one is refused (suite.length). Then the steps are done.
 *
 * A number is meant by its value: 1, 1.0 and 1e0 are one. Vectors have neither such spellings nor -0, since most
 * writers of JSON cannot write them. Encoding a value has no limit but the 2 MiB above: that a message is at most 1
 * MiB long is the business of those who send it, and is checked by those who read it (encoding.decode).
 *
 * What a list in an output holds is in the order in which the steps come to it. Where no order follows from the steps,
 * it is in ascending order. Lists may be empty, unless their wire type gives a least length.
 *
 * A method that draws takes its randomness from a seed (chapter "randomness"): the one that its handle was made with.
 *
 * @module
 */
import { Schema } from "effect"
import { bytes, uint, unlimited, type Wire } from "./encoding.ts"

/** Bytes that a method is given are at most so many: 2 MiB. */
export const longestBytes = 1 << 21

/** Bytes that a method is given. */
export const Hex = bytes(0, longestBytes).json as Schema.Codec<Uint8Array, string>
/** Bytes that a method gives. */
export const HexOut = bytes(0, unlimited).json as Schema.Codec<Uint8Array, string>
/** A value of the parameters stands in at most so many others. */
export const maximumDepth = 32

/** The name of a handle. */
export const Name = Schema.String.check(Schema.isPattern(/^[!-~]{1,64}$/u))
/** The label of a draw. */
export const Label = Schema.String.check(Schema.isPattern(/^[ -~]*$/u))
/** A whole number from 0. */
export const Count = uint().json as Schema.Codec<number, number>

/** The JSON form of a value: its byte strings are texts. */
export type InJson<A> = A extends Uint8Array
  ? string
  : A extends ReadonlyArray<infer I>
    ? ReadonlyArray<InJson<I>>
    : A extends object
      ? { readonly [K in keyof A]: InJson<A[K]> }
      : A

/** A value of a wire type, in its JSON form. */
export const inJson = <A>(wire: Wire<A>): Schema.Codec<A, InJson<A>> => wire.json as Schema.Codec<A, InJson<A>>

const define =
  <const D extends boolean>(draws: D) =>
  <const L extends string, const P extends Schema.Struct.Fields, const O extends Schema.Struct.Fields>(
    layer: L,
    text: string,
    params: P,
    output: O,
  ) => ({ layer, text, draws, params: Schema.Struct(params), output: Schema.Struct(output) })

/** A method that draws nothing: its layer, what it does, its parameters, and the output of the verdict *accepted*. */
export const method = define(false)

/** A method that draws randomness. */
export const drawing = define(true)
