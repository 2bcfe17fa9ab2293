package pglocal

import (
	"os"
	"time"
)

// proofTimeout is generous: a binary on a cold disk of a busy machine.
const proofTimeout = 30 * time.Second

// serverEnv is all that Postgres gets from this process's environment: none
// of its secrets, and messages in English, which failure.go reads.
func serverEnv() []string {
	env := []string{"LC_ALL=" + messageLocale, "TZ=UTC"}
	for _, name := range []string{"PATH", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
