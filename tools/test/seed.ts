/** Properties run on the same inputs every time: a failure in continuous integration is one that everybody can repeat. */
import fc from "fast-check"

fc.configureGlobal({ seed: 20201281 })
