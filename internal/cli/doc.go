// Package cli is the command line of espalier: it reads arguments, calls
// localbranch, migration and pglocal, and prints what they return.
//
// Run is the whole of it. One file holds one verb. What verbs share is in
// app.go (streams and flags), project.go (which folder), target.go (which
// database), output.go and terminal.go (how it looks) and errors.go (how it
// fails).
//
// The rules of its output: a result goes to stdout, once, as a table or with
// --json as one JSON document; all else goes to stderr. An error is
// "espalier: error: …" and, where there is advice, "espalier: hint: …". No
// password is printed except by url, whose work that is.
package cli
