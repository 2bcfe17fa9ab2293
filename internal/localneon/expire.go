package localneon

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// expire deletes branches and snapshots whose time is over, until Close, or
// until someone removed the folder.
func (s *Server) expire() {
	tick := time.NewTicker(s.cfg.ExpiryInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := os.Stat(s.statePath()); errors.Is(err, fs.ErrNotExist) {
			close(s.lost)
			return
		}
		s.mu.Lock()
		var open []*localbranch.Provider
		for _, p := range s.open {
			open = append(open, p)
		}
		s.mu.Unlock()
		for _, p := range open {
			s.prune(p)
		}
	}
}

// prune asks for what expired first: pruning takes the project's lock.
func (s *Server) prune(p *localbranch.Provider) {
	all, err := p.List(s.ctx)
	t := time.Now()
	expired := false
	for _, b := range all {
		expired = expired || b.Expired(t)
	}
	if err != nil || !expired {
		return
	}
	gone, err := p.Prune(s.ctx)
	if err != nil && s.ctx.Err() == nil {
		s.cfg.Log.Error("delete expired branches", "err", err)
	}
	if len(gone) == 0 {
		return
	}
	err = s.change(func() {
		s.changes++
		for _, pr := range s.st.Projects {
			for _, b := range gone {
				if pr.Branches[b.ID] == nil {
					continue
				}
				delete(pr.Branches, b.ID)
				op := newOperation(pr, b.ID, "", "delete_timeline")
				end(&op, nil)
				pr.remember(op)
			}
		}
	})
	if err != nil {
		s.cfg.Log.Error("write down that branches expired", "err", err)
	}
}
