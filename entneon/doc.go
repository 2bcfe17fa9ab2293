// Package entneon is the extension of ent's code generator: it writes
// schema.sql, the desired state that migrations are diffed against, beside the
// generated client, and removes generated files that nothing generates any
// more. Add it with one line to the program that runs the generator:
//
//	err := entc.Generate("./schema", &gen.Config{}, entc.Extensions(entneon.New(entneon.Config{})))
//
// It links ent's compiler: import it from entc.go only, never from a program
// that is deployed.
package entneon
