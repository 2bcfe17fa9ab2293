// Package stockent is the client that ent generates from the shop's schema
// without the extension: what the bench compares with.
package stockent

//go:generate go run -mod=mod entc.go
