//go:build !linux && !darwin

package localbranch

// bootID is not known: no spare is trusted.
func bootID() string { return "" }
