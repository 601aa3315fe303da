import type { Readable, Writable } from "node:stream"

/** A method: takes the `params` object of a request, gives the verdict. */
export type Method = (params: unknown) => unknown | Promise<unknown>

/** Thrown by a method whose `params` have the wrong shape; the message is sent. */
export declare class BadParams extends Error {}

/** Serves methods over two streams until the input ends. */
export declare const serveOver: (methods: Readonly<Record<string, Method>>, input: Readable, output: Writable) => Promise<void>

/** Serves methods on standard input and output. */
export declare const serve: (methods: Readonly<Record<string, Method>>) => Promise<void>
