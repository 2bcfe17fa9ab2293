// Package neonapi is a typed client of Neon's API v2: projects, branches,
// computes, roles, databases, operations and snapshots. It links the standard
// library alone.
//
//	c, err := neonapi.New(os.Getenv("NEON_API_KEY"), neonapi.Config{})
//	created, err := c.CreateBranch(ctx, project, neonapi.CreateBranch{…})
//	err = c.Wait(ctx, project, created.Operations...)
//
// A call that changes something returns when Neon accepted it, with the
// operations that carry it out; Wait waits for those. What Neon refuses for the
// moment (423, 429, 503) is tried again until the context or Config.RetryFor
// ends it. Errors are *Error, or *OperationError from Wait; neither they nor
// the log ever hold the key.
//
// Most code wants branch/neonbranch instead: branches by name, ready when the
// call returns.
package neonapi
