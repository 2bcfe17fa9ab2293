package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
)

// app is what the verbs of one run share.
type app struct {
	stdin  io.Reader
	stdout *output
	stderr *redactor
	out    style // of stdout
	errOut style // of stderr

	projectFlag string
	provider    string
	debug       bool
	json        bool

	// running is set once cobra accepted the command line.
	running bool
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin:  stdin,
		stdout: &output{w: stdout},
		stderr: &redactor{w: stderr},
		out:    styleOf(stdout),
		errOut: styleOf(stderr),
	}
}

// run makes a cobra function of a verb.
func (a *app) run(verb func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.running = true
		return verb(cmd.Context(), args)
	}
}

// jsonFlag gives cmd --json.
func (a *app) jsonFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.json, "json", false, "print one JSON document")
}

// log is nil-safe to pass on: without --debug it only says what went wrong.
func (a *app) log() *slog.Logger {
	level := slog.LevelError
	if a.debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// note says something on stderr that is not the result.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.stderr, "espalier: "+format+"\n", args...)
}
