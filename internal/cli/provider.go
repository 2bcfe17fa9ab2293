package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/branch/neonbranch"
)

// The values of --provider.
const (
	providerLocal = "local"
	providerNeon  = "neon"
)

const providerHelp = `Where the branches are: --provider local is this machine, --provider neon is
Neon. Without the flag it is Neon where NEON_API_KEY is set and NEON_PROJECT_ID
or the file .neon, as neonctl writes it, names a project.`

// neonContext is how Neon is reached.
type neonContext struct{ key, host, project string }

// neonFrom reads the environment and the nearest file .neon upwards.
func neonFrom(dir string) (neonContext, error) {
	c := neonContext{key: os.Getenv("NEON_API_KEY"), host: os.Getenv("NEON_API_HOST"), project: os.Getenv("NEON_PROJECT_ID")}
	if c.project != "" || c.key == "" {
		return c, nil
	}
	for ; ; dir = filepath.Dir(dir) {
		data, err := os.ReadFile(filepath.Join(dir, ".neon"))
		if err == nil {
			var file struct {
				ProjectID string `json:"projectId"`
			}
			if err := json.Unmarshal(data, &file); err != nil {
				return c, withHint(fmt.Errorf("read %s: %w", filepath.Join(dir, ".neon"), err), "`neonctl set-context --project-id ID` writes it anew")
			}
			c.project = file.ProjectID
			return c, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
			return c, err
		}
		if dir == filepath.Dir(dir) {
			return c, nil
		}
	}
}

// onNeon tells which provider the verbs work on, and how to reach it.
func (a *app) onNeon() (bool, neonContext, error) {
	if a.provider == providerLocal {
		return false, neonContext{}, nil
	}
	if a.provider != "" && a.provider != providerNeon {
		return false, neonContext{}, usagef("--provider is %q: give %s or %s", a.provider, providerLocal, providerNeon)
	}
	dir, err := a.projectDir()
	if err != nil {
		return false, neonContext{}, err
	}
	c, err := neonFrom(dir)
	a.stderr.keep(c.key)
	return a.provider == providerNeon || c.key != "" && c.project != "", c, err
}

// withBranchProvider opens the branches of this machine or of Neon for the
// time of work.
func (a *app) withBranchProvider(ctx context.Context, cfg localbranch.Config, work func(branch.Provider) error) error {
	neon, c, err := a.onNeon()
	if err != nil {
		return err
	}
	if !neon {
		return a.withProvider(ctx, cfg, func(p *localbranch.Provider) error { return work(p) })
	}
	p, err := neonbranch.Open(c.key, c.project, neonbranch.Config{BaseURL: c.host, Log: a.log()})
	if err != nil {
		return err
	}
	return work(p)
}

// pruneBranches deletes the branches whose time is over. Neon does it itself;
// what it didn't get to yet is deleted here.
func pruneBranches(ctx context.Context, p branch.Provider) ([]branch.Branch, error) {
	if local, ok := p.(*localbranch.Provider); ok {
		return local.Prune(ctx)
	}
	return deleteWhere(ctx, p, func(b branch.Branch) bool { return b.Expired(time.Now()) })
}

// deleteWhere deletes the branches that match, but for those that are guarded
// or have children.
func deleteWhere(ctx context.Context, p branch.Provider, match func(branch.Branch) bool) ([]branch.Branch, error) {
	all, err := p.List(ctx)
	if err != nil {
		return nil, err
	}
	var deleted []branch.Branch
	for _, b := range all {
		if b.Default || b.Protected || b.ParentID == "" || b.State == branch.Creating || !match(b) {
			continue
		}
		err := p.Delete(ctx, b.ID)
		switch {
		case err == nil:
			deleted = append(deleted, b)
		case errors.Is(err, branch.ErrHasChildren), errors.Is(err, branch.ErrNotFound), errors.Is(err, branch.ErrProtected):
		default:
			return deleted, err
		}
	}
	return deleted, nil
}
