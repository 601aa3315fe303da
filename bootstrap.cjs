// Makes a fresh clone ready: installs from the lockfile when the stamp in node_modules does not fit it.
// CommonJS and without dependencies, because it runs on whatever Node the machine has, before anything is installed.
const { createHash } = require("node:crypto")
const { existsSync, readFileSync, writeFileSync } = require("node:fs")
const { spawnSync } = require("node:child_process")
const path = require("node:path")

const root = __dirname
const stampFile = path.join(root, "node_modules", ".installed-from")
const stamp = createHash("sha256")
  .update(readFileSync(path.join(root, "package-lock.json")))
  .update(`${process.platform} ${process.arch}`)
  .digest("hex")
const isInstalled = existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp

if (!isInstalled) {
  const npm = process.env.npm_execpath
  // Install scripts stay off: what they fetch is not held by the lockfile.
  const args = ["ci", "--ignore-scripts", "--loglevel=error", "--no-audit", "--no-fund"]
  process.stderr.write("Installing from the lockfile (first run, or the lockfile has changed)\n")
  const run = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", args, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" })
  if (run.status !== 0) process.exit(run.status ?? 1)
}

// The other scripts run on the Node of the lockfile, or on the machine's own where the lockfile has none for it.
process.env.PATH = [path.join(root, "node_modules", ".bin"), process.env.PATH].join(path.delimiter)
const node = spawnSync("node", ["--version"], { encoding: "utf8", shell: process.platform === "win32" })
const [major, minor] = (node.stdout ?? "").trim().slice(1).split(".").map(Number)
if (!(major > 22 || (major === 22 && minor >= 19))) {
  process.stderr.write(
    `Conclave needs Node 22.19 or newer, and found ${(node.stdout ?? "").trim() || "none"}: the Node of the lockfile is not for this platform, could not be fetched, or was not the one that the lockfile knows\n`,
  )
  process.exit(1)
}
if (!isInstalled) writeFileSync(stampFile, stamp)
