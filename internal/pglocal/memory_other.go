//go:build !linux

package pglocal

// InMemory tells whether the files below dir are kept in memory.
func InMemory(string) bool { return false }
