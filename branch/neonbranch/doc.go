// Package neonbranch keeps branches on Neon: a branch.Provider over Neon's API,
// or over any server of it, such as the local one of `espalier up`.
//
//	p, err := neonbranch.Open(os.Getenv("NEON_API_KEY"), projectID, neonbranch.Config{})
//	dev, created, err := branch.Ensure(ctx, p, "preview/42", branch.CreateOptions{})
//	ep, err := p.Endpoint(ctx, dev.Name) // ep.URL direct, ep.PooledURL through the pooler
//
// Each call returns when Neon has carried it out. Where the interface is too
// narrow, CreateWith makes branches without a compute or without data,
// AddReplica adds a compute that only reads, and SchemaDiff compares two
// branches.
//
// Neon's own rules hold: a branch with children refuses Reset
// (branch.ErrHasChildren), and times are as exact as Neon keeps them.
package neonbranch
