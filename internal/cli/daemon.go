package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/espalier-go/espalier/branch/localbranch"
	"github.com/espalier-go/espalier/internal/localneon"
)

const daemonVerb = "local-neon"

// daemonCommand is what the background process of up runs. Its argument is the
// state's folder, so that a list of processes tells whose it is.
func (a *app) daemonCommand() *cobra.Command {
	return &cobra.Command{
		Use:    daemonVerb + " STATE",
		Short:  "Serve the API of Neon for the project (started by up)",
		Hidden: true,
		Args:   exactly("STATE"),
		RunE: a.run(func(ctx context.Context, args []string) error {
			if filepath.Base(args[0]) != localbranch.StateDir {
				return usagef("%s is no folder %s", args[0], localbranch.StateDir)
			}
			log := slog.New(slog.NewTextHandler(a.stderr, nil))
			err := localneon.Serve(ctx, filepath.Dir(args[0]), localneon.Config{Branches: localbranch.Config{Keep: true}, Log: log}, nil)
			if errors.Is(err, localneon.ErrRunning) {
				return nil
			}
			return err
		}),
	}
}

// startDaemon starts the local Neon of the project, or finds it.
func (a *app) startDaemon(ctx context.Context) (localneon.Info, error) {
	dir, err := a.projectDir()
	if err != nil {
		return localneon.Info{}, err
	}
	if ok, err := exists(filepath.Join(dir, localbranch.StateDir, "project.json")); !ok || err != nil {
		return localneon.Info{}, errors.Join(withHint(fmt.Errorf("%w: %s", localbranch.ErrNoProject, dir),
			"`espalier up` makes one there; --project names another folder"), err)
	}
	exe, err := os.Executable()
	if err != nil {
		return localneon.Info{}, err
	}
	cmd := exec.Command(exe)
	cmd.Args = []string{"espalier", daemonVerb, filepath.Join(dir, localbranch.StateDir)}
	cmd.Dir, cmd.Env = "/", daemonEnv(os.Environ())
	done := a.progress("starting the local Neon")
	info, _, err := localneon.Start(ctx, dir, cmd)
	done()
	a.stderr.keep(info.Key)
	return info, err
}

// daemonEnv leaves out what a process of days should not carry: connection
// strings and keys.
func daemonEnv(environ []string) []string {
	var kept []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "PATH", "HOME", "USER", "TMPDIR", "LANG", "TZ", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR":
			kept = append(kept, v)
		default:
			if strings.HasPrefix(name, "ESPALIER_") {
				kept = append(kept, v)
			}
		}
	}
	return kept
}
