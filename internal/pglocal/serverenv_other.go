//go:build !linux

package pglocal

const messageLocale = "C"
