package localbranch

import (
	"context"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// Status reports on the project without starting anything.
func (p *Provider) Status(ctx context.Context) (Status, error) {
	st, err := p.current(ctx)
	if err != nil {
		return Status{}, err
	}
	st.sort()
	s := Status{Dir: p.dir, Version: st.Version, Reflink: pglocal.ProbeReflink(filepath.Join(p.dir, "clusters")), Branches: []BranchStatus{}}
	for _, r := range st.Branches {
		s.Branches = append(s.Branches, p.branchStatus(st, r))
	}
	return s, ctx.Err()
}

func (p *Provider) branchStatus(st *state, r *record) BranchStatus {
	s := BranchStatus{Branch: r.Branch, Port: r.Port, Size: diskUse(p.clusterDir(r.Cluster))}
	if parent := st.find(r.ParentID); parent != nil {
		s.Parent = parent.Name
	}
	if server, err := pglocal.Inspect(p.clusterDir(r.Cluster)); err == nil {
		s.Running, s.Kept, s.Users = server.Running, server.Kept, server.Users
	}
	if s.Running && s.State == branch.Ready {
		s.State = branch.Active
	}
	if bases, err := p.bases(r.Cluster); err == nil && len(bases) > 0 {
		s.HistoryFrom = bases[0].Time
	}
	return s
}

// diskUse is the size of the blocks below dir. What vanishes meanwhile does not
// count.
func diskUse(dir string) int64 {
	var bytes int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil
		}
		if info, err := d.Info(); err == nil {
			if st, ok := info.Sys().(*syscall.Stat_t); ok {
				bytes += st.Blocks * 512
			}
		}
		return nil
	})
	return bytes
}
