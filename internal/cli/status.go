package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/migration"
)

type statusJSON struct {
	Project string `json:"project"`
	localbranch.Status
	// Migrations tells about the default branch; absent while it doesn't run
	// and in a project without atlas.hcl.
	Migrations *migrationsJSON `json:"migrations,omitempty"`
}

type migrationsJSON struct {
	Branch  string `json:"branch"`
	Status  string `json:"status"`
	Current string `json:"current"`
	Pending int    `json:"pending"`
	Error   string `json:"error,omitempty"`
}

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the project, its branches and what runs",
		Long: `Show the project, its branches and which of them run. Starts nothing. Where the
default branch runs, its migrations are shown, too.`,
		Example: `  espalier status
  espalier status --json`,
		Args: exactly(),
		RunE: a.run(func(ctx context.Context, _ []string) error {
			return a.withBranches(ctx, func(p *localbranch.Provider) error {
				s, err := p.Status(ctx)
				if err != nil {
					return err
				}
				res := statusJSON{Project: filepath.Dir(s.Dir), Status: s, Migrations: a.runningMigrations(ctx, p, s)}
				if a.json {
					return a.printJSON(res)
				}
				a.printStatus(res, time.Now())
				return nil
			})
		}),
	}
	a.jsonFlag(cmd)
	return cmd
}

// runningMigrations asks the default branch if that needs no start.
func (a *app) runningMigrations(ctx context.Context, p *localbranch.Provider, s localbranch.Status) *migrationsJSON {
	path := filepath.Join(filepath.Dir(s.Dir), atlasFile)
	if ok, _ := exists(path); !ok {
		return nil
	}
	for _, b := range s.Branches {
		if !b.Default || !b.Running {
			continue
		}
		res, err := migrationsOf(ctx, p, b.Branch, path)
		if err != nil {
			res = &migrationsJSON{Status: "unknown", Error: a.stderr.redact(err.Error())}
		}
		res.Branch = b.Name
		return res
	}
	return nil
}

func migrationsOf(ctx context.Context, p branch.Provider, b branch.Branch, atlas string) (*migrationsJSON, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	settings, err := migration.LoadProject(atlas, defaultEnv, nil)
	if err != nil {
		return nil, err
	}
	dir, err := migrationFiles(settings)
	if err != nil {
		return nil, err
	}
	e, err := p.Endpoint(ctx, b.ID)
	if err != nil {
		return nil, err
	}
	r, err := migration.Status(ctx, e.URL, dir, &migration.StatusConfig{RevisionsSchema: settings.RevisionsSchema})
	var sum *migration.ChecksumError
	if errors.As(err, &sum) {
		return &migrationsJSON{Status: "invalid", Error: sum.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	return &migrationsJSON{Status: statusWord(r), Current: r.Current, Pending: len(r.Pending)}, nil
}

func (a *app) printStatus(s statusJSON, now time.Time) {
	fields := [][2]string{{"Project", s.Project}, {"Postgres", s.Version}, {"Branches", branchCost(s.Reflink)}}
	if m := s.Migrations; m != nil {
		text := fmt.Sprintf("%s is up to date", m.Branch)
		switch {
		case m.Error != "":
			text = fmt.Sprintf("%s: %s", m.Status, m.Error)
		case m.Status != "up_to_date":
			text = fmt.Sprintf("%s: %s, %d to apply", m.Branch, m.Status, m.Pending)
		}
		fields = append(fields, [2]string{"Migrations", text})
	}
	a.printFields(fields)
	a.printf("\n")
	rows := make([][]cell, len(s.Branches))
	for i, b := range s.Branches {
		rows[i] = []cell{plain(b.Name + mark(b.Branch)), plain(b.Parent), a.compute(b), plain(strconv.Itoa(b.Port)),
			plain(size(b.Size)), plain(ago(b.CreatedAt, now)), a.expires(b.Branch, now)}
	}
	a.printTable([]string{"BRANCH", "PARENT", "COMPUTE", "PORT", "SIZE", "CREATED", "EXPIRES"}, rows)
}

// compute says what a branch's server does.
func (a *app) compute(b localbranch.BranchStatus) cell {
	switch {
	case b.State == branch.Creating:
		return cell{"creating", a.out.yellow}
	case b.Kept:
		return cell{"running", a.out.green}
	case b.Running && b.Users > 0:
		return cell{"in use", a.out.green}
	case b.Running:
		return cell{"stopping", a.out.dim}
	}
	return cell{"idle", a.out.dim}
}

func size(bytes int64) string {
	const unit = 1024
	switch {
	case bytes >= unit*unit*unit:
		return fmt.Sprintf("%.1f GB", float64(bytes)/(unit*unit*unit))
	case bytes >= unit*unit:
		return fmt.Sprintf("%d MB", bytes/(unit*unit))
	}
	return fmt.Sprintf("%d kB", bytes/unit)
}
