//go:build !linux

package cli_test

func useMemory() error { return nil }
