// Package ent is the generated client of the shop: make one with [NewClient]
// over a driver, then query and change entities through Client.User,
// Client.Product and so on. The entities are declared in the folder schema, and
// schema.sql holds the same as SQL: the desired state that migrations are
// diffed against. Don't use Client.Schema.Create on a database that migrations
// are applied to.
//
// Everything here but schema/, entc.go and this file is generated: change the
// schema and run "go generate ./ent", don't edit.
package ent

//go:generate go run -mod=mod entc.go
