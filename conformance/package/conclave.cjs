#!/usr/bin/env node
// Without anything that an old Node could not read, so that it can say which one is needed.
"use strict"
const [major, minor] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`conclave needs Node 22.12 or newer; this is ${process.versions.node} (${process.execPath})\n`)
  process.exitCode = 2
} else {
  // biome-ignore lint/correctness/noUnresolvedImports: it stands there in the package.
  void import("../dist/conclave.mjs")
}
