//go:build !linux

package cli

import "context"

func linuxChecks(context.Context) []check { return nil }
