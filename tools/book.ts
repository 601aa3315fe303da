/**
 * `npm run book`: the book, in the folder `site`. `--serve` shows it, `--out folder` writes it elsewhere.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { dirname, extname, join, normalize } from "node:path"
import { performance } from "node:perf_hooks"
import { parseArgs } from "node:util"
import { writeExtras } from "./book/extras.ts"
import { read } from "./book/read.ts"
import { readBook } from "./book/schema.ts"
import { type BookFile, write } from "./book/write.ts"
import { root } from "./sources.ts"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".woff2": "font/woff2",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
}

/** Builds the book into a folder. */
export const build = async (folder: string): Promise<void> => {
  const started = performance.now()
  const json = JSON.stringify(await read())
  const book = readBook(JSON.parse(json))
  const files: ReadonlyArray<BookFile> = [{ path: "book.json", text: json }, ...(await write(book))]
  rmSync(folder, { recursive: true, force: true })
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  await writeExtras(folder, book)
  const pages = files.filter(({ path }) => path.endsWith(".html")).length
  process.stdout.write(`${pages} pages in ${folder}, in ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
}

/** Shows a folder on this machine; gives the server when it listens. */
export const serve = (folder: string, port: number): Promise<Server> => {
  const server = createServer((request, response) => {
    try {
      const asked = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname))
      const path = join(folder, asked.endsWith("/") ? `${asked}index.html` : asked)
      const body = readFileSync(path)
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body)
    } catch {
      response.writeHead(404, { "content-type": "text/plain" }).end("There is no such page.\n")
    }
  })
  return new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(server)))
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      serve: { type: "boolean" },
      out: { type: "string", default: join(root, "site") },
      port: { type: "string", default: "4400" },
    },
  })
  await build(values.out)
  if (values.serve) {
    await serve(values.out, Number(values.port))
    process.stdout.write(`http://127.0.0.1:${values.port}/ shows it; Ctrl+C ends\n`)
  }
}
