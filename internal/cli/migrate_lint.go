package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/migration"
	"github.com/espalier-go/espalier/migration/lint"
)

// lintFlags are those of migrate lint.
type lintFlags struct {
	latest     int
	gitBase    string
	format     string
	failOn     string
	severities map[string]string
	rules      bool
}

func (a *app) migrateLintCommand() *cobra.Command {
	var f lintFlags
	cmd := &cobra.Command{
		Use:   "lint",
		Short: "Say what a migration would lock, rewrite, lose or break",
		Long: `Run the migrations on a throw-away database, those under lint statement by
statement, and watch what Postgres does: the locks of each statement, the tables
it writes anew, the tables it reads in full. What would be dangerous in a
database with rows and traffic is reported with the lock, what waits for it, and
a safe way to the same end.

Linted is what is pending in the database of --branch, --url or --env, whose
sizes then tell how long things could take; or the last N files with --latest;
or the files that the git reference of --git-base doesn't have as they are.

A comment before a statement, or at the top of the file with an empty line after
it, takes a report back:

  -- espalier:allow RULE reason

"-- atlas:nolint", with the codes of the Atlas command line, does too.

Fails when something of --fail-on or worse was found.`,
		Example: `  espalier migrate lint
  espalier migrate lint --latest 1
  espalier migrate lint --env neon --json

  # On a pull request, as annotations
  espalier migrate lint --git-base origin/main --format github

  espalier migrate lint --severity small-key=off --severity drop-index-concurrently=error
  espalier migrate lint --rules`,
		Args: exactly(),
	}
	flags, on := a.migrateFlags(cmd), a.targetFlags(cmd)
	cmd.Flags().IntVar(&f.latest, "latest", 0, "lint the last `N` files")
	cmd.Flags().StringVar(&f.gitBase, "git-base", "", "lint the files that this git `reference` doesn't have")
	cmd.Flags().StringVar(&f.format, "format", "text", "how to print, the `format` text or github")
	cmd.Flags().StringVar(&f.failOn, "fail-on", "error", "the `severity` from which on it fails: info, warning, error, or off for never")
	cmd.Flags().StringToStringVar(&f.severities, "severity", nil, "the severity of a rule, as `RULE=LEVEL`")
	cmd.Flags().BoolVar(&f.rules, "rules", false, "list the rules")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions([]string{"text", "github"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{"info", "warning", "error", "off"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.run(func(ctx context.Context, _ []string) error {
		if f.rules {
			return a.printRules()
		}
		failOn, cfg, err := f.config()
		if err != nil {
			return err
		}
		settings, err := a.migrateSettings(flags)
		if err != nil {
			return err
		}
		report, err := a.lint(ctx, settings, flags, on, f, cfg)
		if err != nil {
			return err
		}
		if err := a.printLint(settings, report, f.format); err != nil {
			return err
		}
		if worst := report.Worst(); failOn > lint.Off && worst >= failOn {
			return withHint(fmt.Errorf("lint found %s", countSeverities(report)),
				"take the safe way that it shows, or say why not: -- espalier:allow RULE reason")
		}
		return nil
	})
	return cmd
}

// config checks the flags.
func (f *lintFlags) config() (failOn lint.Severity, cfg migration.LintConfig, err error) {
	if failOn, err = lint.ParseSeverity(f.failOn); err != nil {
		return 0, cfg, usagef("--fail-on: %v", err)
	}
	switch {
	case f.format != "text" && f.format != "github":
		return 0, cfg, usagef("--format is %q: give text or github, or --json", f.format)
	case f.latest < 0:
		return 0, cfg, usagef("--latest is negative")
	case f.latest > 0 && f.gitBase != "":
		return 0, cfg, usagef("--latest and --git-base exclude each other")
	}
	cfg = migration.LintConfig{Latest: f.latest, Severities: make(map[string]lint.Severity)}
	for _, rule := range slices.Sorted(maps.Keys(f.severities)) {
		s, err := lint.ParseSeverity(f.severities[rule])
		if err != nil {
			return 0, cfg, usagef("--severity %s: %v", rule, err)
		}
		if !slices.ContainsFunc(lint.Rules(), func(r lint.Rule) bool { return r.Name == rule }) {
			return 0, cfg, usagef("--severity: there is no rule %q; --rules lists them", rule)
		}
		cfg.Severities[rule] = s
	}
	return failOn, cfg, nil
}

// lint finds the files and the target, and lints.
func (a *app) lint(ctx context.Context, settings *migration.Project, flags *migrateFlags, on *targetFlags, f lintFlags, cfg migration.LintConfig) (report *migration.LintReport, err error) {
	dir, err := migrationFiles(settings)
	if err != nil {
		return nil, err
	}
	if err := migration.Validate(dir); err != nil {
		return nil, err
	}
	if f.gitBase != "" {
		if cfg.Files, err = changedSince(ctx, settings.Dir, f.gitBase); err != nil {
			return nil, err
		}
	}
	cfg.RevisionsSchema = settings.RevisionsSchema
	run := func(t target) error {
		cfg.URL = t.URL
		return a.withDev(ctx, settings, func(dev migration.Dev) error {
			done := a.progress("linting on a throw-away database")
			defer done()
			report, err = migration.Lint(ctx, dir, dev, &cfg)
			return err
		})
	}
	envURL, err := flags.envURL(settings, on)
	if err != nil {
		return nil, err
	}
	// Files that were named otherwise need no target; one that was named is
	// asked for sizes.
	if (f.latest > 0 || f.gitBase != "") && on.branch == "" && on.url == "" && envURL == "" {
		err = run(target{})
		return report, err
	}
	err = a.withTarget(ctx, on, envURL, run)
	return report, err
}

// countSeverities sums a report up.
func countSeverities(r *migration.LintReport) string {
	n := make(map[lint.Severity]int)
	for _, f := range r.Files {
		for _, d := range f.Diagnostics {
			n[d.Severity]++
		}
	}
	var parts []string
	for s := lint.Error; s > lint.Off; s-- {
		if n[s] > 0 {
			parts = append(parts, count(n[s], s.String()))
		}
	}
	return strings.Join(parts, ", ")
}
