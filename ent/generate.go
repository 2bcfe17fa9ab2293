// Package ent is the generated client of the shop: open it with [NewClient] or
// [Open], then query and change entities through Client.User, Client.Product
// and so on. The entities are declared in the folder schema, and schema.sql
// holds the same as SQL: the desired state that migrations are diffed against.
//
// Everything here but schema/, entc.go and this file is generated: change the
// schema and run "go generate ./ent", don't edit.
package ent

//go:generate go run -mod=mod entc.go
