// Package localbranch keeps the branches of a project on this machine, with no
// account and no container: every branch is a Postgres cluster of its own, with
// its own data directory, server, port and roles, as a Neon branch has its own
// compute.
//
// Open a project folder, Init it once, and use it as a branch.Provider:
//
//	p, err := localbranch.Open(ctx, ".", localbranch.Config{})
//	defer p.Close()
//	root, err := p.Init(ctx)
//	dev, created, err := branch.Ensure(ctx, p, "dev", branch.CreateOptions{})
//	ep, err := p.Endpoint(ctx, dev.Name) // ep.URL
//
// State and data are in the folder .espalier of the project, closed to other
// users and ignored by git. Any number of processes may work on it at once.
// A process may be killed at any moment: a branch is then as it was before or
// as it was to become, and the next operation clears what was left half-made.
//
// A branch is a copy: on a file system with reflinks (btrfs, xfs, APFS) it
// takes no time and no space, elsewhere it is a plain copy of the files. The
// parent stays online meanwhile. The copy is made ahead, in the background after
// Init and Up and after each Create from a branch: then only the files that have changed
// since are copied. Config.SpareLimit bounds what that takes where blocks aren't shared.
//
// History: each branch keeps a base snapshot and the write-ahead log since
// then, so that Create and Restore reach any point from BranchStatus's
// HistoryFrom on: for the root from Init on, for other branches from a moment
// after Create, when the snapshot was taken in the background, and at the latest
// from the next wake on. Config.MaxHistory bounds it: the two newest snapshots
// are kept, and the log since the older one.
//
// Not for a throw-away database per test (neontest is faster), and not a place
// for production data.
package localbranch
