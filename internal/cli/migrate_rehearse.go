package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/migration"
)

func (a *app) migrateRehearseCommand() *cobra.Command {
	var (
		branch, out, smoke string
		noDown             bool
		cfg                migration.RehearseConfig
	)
	cmd := &cobra.Command{
		Use:   "rehearse",
		Short: "Apply the pending migrations to a copy of a branch and measure them",
		Long: `Make a throw-away copy of a branch, apply the pending files there and measure
what they do to its rows: which locks, and for how long, tables written anew or
read in full, write-ahead log, time. Then run the smoke queries, and take the
files back. The copy is deleted, whatever happens; the branch is left as it is.

The report goes to --out as report.md, report.html (with the locks over time)
and report.json. "espalier migrate apply --rehearsed report.json" applies these
very files to this very schema, and refuses anything else.

Fails when a file or a smoke query does.`,
		Example: `  espalier migrate rehearse
  espalier migrate rehearse --branch staging --smoke queries.sql
  espalier migrate apply --branch staging --rehearsed .espalier/rehearsal/report.json`,
		Args: exactly(),
	}
	flags := a.migrateFlags(cmd)
	cmd.Flags().StringVar(&branch, "branch", "", "the `branch` to copy (default: the default branch)")
	cmd.Flags().StringVar(&out, "out", "", "the `folder` of the report (default: .espalier/rehearsal)")
	cmd.Flags().StringVar(&smoke, "smoke", "", "a `file` of queries, divided by semicolons, that must work afterwards")
	cmd.Flags().BoolVar(&noDown, "no-down", false, "don't try the way back")
	cmd.Flags().DurationVar(&cfg.SampleEvery, "sample", 0, "how often the locks are looked at (default 20ms)")
	cmd.Flags().StringVar(&cfg.Apply.To, "to", "", "the last `version` to apply (default: the last there is)")
	a.completeBranchFlag(cmd, "branch")
	_ = cmd.MarkFlagDirname("out")
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		dir, err := migrationFiles(settings)
		if err != nil {
			return err
		}
		if err := migration.Validate(dir); err != nil {
			return err
		}
		if smoke != "" {
			if cfg.Smoke, err = readQueries(smoke); err != nil {
				return err
			}
		}
		if out == "" {
			project, err := a.projectDir()
			if err != nil {
				return err
			}
			out = filepath.Join(project, ".espalier", "rehearsal")
		}
		cfg.Apply.RevisionsSchema, cfg.Apply.Wait = settings.RevisionsSchema, settings.LockTimeout
		progress := a.applyProgress()
		cfg.Apply.Progress = progress.event
		var report *migration.Rehearsal
		err = a.withBranches(ctx, func(p *localbranch.Provider) error {
			if branch == "" {
				b, err := defaultBranch(ctx, p)
				if err != nil {
					return err
				}
				branch = b.Name
			}
			rehearse := func(dev migration.Dev) (err error) {
				cfg.Dev = dev
				report, err = migration.Rehearse(ctx, p, branch, dir, &cfg)
				progress.clear()
				return err
			}
			if noDown {
				return rehearse(nil)
			}
			return a.withDev(ctx, settings, rehearse)
		})
		if err != nil {
			return err
		}
		if err := writeReports(out, report); err != nil {
			return err
		}
		if err := a.printRehearsal(report, out); err != nil {
			return err
		}
		if !report.OK() {
			return withHint(fmt.Errorf("the rehearsal failed: %s", report.Error), "correct the file, run `espalier migrate hash`, and rehearse again")
		}
		return nil
	})
	return cmd
}

// readQueries reads queries divided by semicolons at the ends of lines.
func readQueries(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var queries []string
	var query strings.Builder
	cut := func() {
		if q := strings.TrimSpace(query.String()); q != "" {
			queries = append(queries, q)
		}
		query.Reset()
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		rest, ended := strings.CutSuffix(strings.TrimSpace(line), ";")
		query.WriteString(rest + "\n")
		if ended {
			cut()
		}
	}
	cut()
	return queries, nil
}

// writeReports writes the report in its three forms.
func writeReports(folder string, r *migration.Rehearsal) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for name, write := range map[string]func(io.Writer) error{
		"report.json": r.WriteJSON, "report.md": r.WriteMarkdown, "report.html": r.WriteHTML,
	} {
		f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

func (a *app) printRehearsal(r *migration.Rehearsal, folder string) error {
	if a.json {
		return a.printJSON(r)
	}
	if len(r.Files) == 0 && r.OK() {
		a.printf("Nothing to rehearse: %s is up to date.\n", r.Branch)
		return nil
	}
	var rows [][]cell
	for _, f := range r.Files {
		for _, s := range f.Statements {
			lock := ""
			if len(s.Locks) > 0 {
				lock = s.Locks[0].String()
			}
			rows = append(rows, []cell{plain(fmt.Sprintf("%s:%d", f.Name, s.Line)), plain(took(s.Duration)), plain(fmt.Sprintf("%.1f MB", float64(s.WALBytes)/(1<<20))),
				plain(tables(s.Rewrites)), plain(tables(s.Scans)), plain(lock)})
		}
	}
	a.printTable([]string{"STATEMENT", "TIME", "WAL", "REWRITES", "READS IN FULL", "LOCK"}, rows)
	reads, writes := r.Blocked()
	a.printf("\nReads of a table waited at most %s, writes at most %s.\n", took(reads), took(writes))
	if r.Down != nil {
		a.printf("%s\n", r.Down)
	}
	a.printf("The report is %s.\n", here(filepath.Join(folder, "report.html")))
	return nil
}

func tables(ws []migration.TableWork) string {
	var names []string
	for _, w := range ws {
		names = append(names, fmt.Sprintf("%s (%d rows)", w.Table, w.Rows))
	}
	return strings.Join(names, ", ")
}
