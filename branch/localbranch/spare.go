package localbranch

import (
	"context"
	"encoding/gob"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
)

// A spare is a copy of a branch's files, made ahead for the next branch. Create
// moves it to its place and, between the beginning and the end of a backup,
// copies anew what has changed since: the result is the same as that of a copy
// made then. Its list is written last and removed first, so a spare that a
// killed process left half-made or half-used is none.

// defaultSpareLimit is for file systems that don't share blocks.
const defaultSpareLimit = 128 << 20

// spareList is what a later process must know of a spare.
type spareList struct {
	// Boot is the run of the system that made it: nobody syncs a spare, so a
	// power failure may leave a list of files that never reached the disk.
	Boot   string
	Made   time.Time
	Stamps pglocal.Stamps
}

func (p *Provider) spareDir(cluster string) string {
	return filepath.Join(p.clusterDir(cluster), "spare")
}

func (p *Provider) spareLock(cluster string) wanted {
	return wanted{filepath.Join(p.clusterDir(cluster), "spare.lock"), exclusive}
}

// takeSpare moves the spare of a cluster to dst and returns what it holds, or
// nothing where there is none.
func (p *Provider) takeSpare(cluster, dst string) pglocal.Stamps {
	mine, err := tryAll([]wanted{p.spareLock(cluster)})
	if mine == nil || err != nil {
		return nil
	}
	defer release(mine)
	dir := p.spareDir(cluster)
	list, err := readSpareList(dir)
	if err == nil {
		err = os.Remove(filepath.Join(dir, "list"))
	}
	if err == nil {
		p.hook("spare:taken")
		err = os.Rename(filepath.Join(dir, "data"), dst)
	}
	if err != nil {
		p.log().Debug("no spare copy", "cluster", cluster, "reason", err)
		return nil
	}
	p.hook("spare:moved")
	return list.Stamps
}

// readSpareList fails for a spare that can't be trusted.
func readSpareList(dir string) (*spareList, error) {
	f, err := os.Open(filepath.Join(dir, "list"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list := new(spareList)
	if err := gob.NewDecoder(f).Decode(list); err != nil {
		return nil, err
	}
	switch boot := bootID(); {
	case boot == "" || list.Boot != boot:
		return nil, errors.New("the system was started anew")
	case list.Made.After(time.Now()):
		return nil, errors.New("the clock was set back")
	}
	return list, nil
}

// keepSpareLater makes the spare of a branch without making its user wait.
// Close waits for it.
func (p *Provider) keepSpareLater(ctx context.Context, id string) {
	ctx = context.WithoutCancel(ctx)
	p.goBackground(func() {
		if err := p.keepSpare(ctx, id); err != nil {
			p.log().Warn("make a spare copy", "branch", id, "err", err)
		}
	})
}

// keepSpare makes the spare of a branch where it has none and may have one.
func (p *Provider) keepSpare(ctx context.Context, id string) error {
	short, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	unlock, err := takeLocks(short, wanted{p.lockPath(id), shared})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unlock()
	st, err := p.load()
	if err != nil {
		return err
	}
	r := st.find(id)
	if r == nil || r.State == branch.Creating {
		return nil
	}
	mine, err := tryAll([]wanted{p.spareLock(r.Cluster)})
	if mine == nil || err != nil {
		return err
	}
	defer release(mine)
	if _, err := readSpareList(p.spareDir(r.Cluster)); err == nil || !p.mayHaveSpare(r.Cluster) {
		return nil
	}
	return p.makeSpare(ctx, r.Cluster)
}

// mayHaveSpare tells whether a spare is worth its space: it takes none where
// blocks are shared.
func (p *Provider) mayHaveSpare(cluster string) bool {
	limit := p.cfg.SpareLimit
	if limit < 0 || bootID() == "" {
		return false
	}
	dir := p.clusterDir(cluster)
	if pglocal.ProbeReflink(dir) {
		return true
	}
	if limit == 0 && !pglocal.InMemory(dir) {
		limit = defaultSpareLimit
	}
	return diskUse(filepath.Join(dir, "data", "base")) <= limit
}

// makeSpare copies the files of a cluster as they are: what changes at that
// moment gets no stamp and is copied when the spare is used.
func (p *Provider) makeSpare(ctx context.Context, cluster string) error {
	dir, data := p.spareDir(cluster), filepath.Join(p.clusterDir(cluster), "data")
	owner, err := pglocal.Owner(data)
	if err == nil {
		err = os.RemoveAll(dir)
	}
	if err == nil {
		err = errors.Join(os.Mkdir(dir, 0o700), owner.Chown(dir))
	}
	if err != nil {
		return err
	}
	opts := pglocal.CopyOptions{Owner: &owner, Live: true, Skip: leaveOut, Stamp: true, Workers: 1}
	list := spareList{Boot: bootID(), Made: time.Now()}
	// The second time gives stamps to what had just changed before the first.
	for pass := range 2 {
		if pass > 0 {
			time.Sleep(pglocal.StampAge)
		}
		copied, err := pglocal.CopyTree(ctx, data, filepath.Join(dir, "data"), opts)
		if err != nil {
			return errors.Join(err, os.RemoveAll(dir))
		}
		list.Stamps, opts.Known = copied.Stamps, copied.Stamps
	}
	p.hook("spare:copied")
	return writeSpareList(dir, list)
}

func writeSpareList(dir string, list spareList) error {
	f, err := os.OpenFile(filepath.Join(dir, "list.tmp"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(gob.NewEncoder(f).Encode(list), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, "list"))
}
