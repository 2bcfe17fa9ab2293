package pglocal

import "os"

// keeperEnv marks a process as a keeper. It holds nothing but "1".
const keeperEnv = "ESPALIER_INTERNAL_KEEPER"

// The keeper must outlive the program that starts it, and a library has no
// program of its own to run: so it runs the same program again, test binaries
// included, which has to become the keeper before anything else of it runs.
// That is the one use of init here.
func init() {
	if os.Getenv(keeperEnv) == "1" {
		os.Exit(keeperMain())
	}
}
