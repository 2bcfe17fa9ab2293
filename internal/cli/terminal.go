package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// style colors text on a terminal and leaves it alone elsewhere.
type style struct {
	terminal bool
	color    bool
}

// styleOf looks at the stream, NO_COLOR and TERM.
func styleOf(w io.Writer) style {
	f, ok := w.(*os.File)
	s := style{terminal: ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"}
	s.color = s.terminal && os.Getenv("NO_COLOR") == ""
	return s
}

func (s style) paint(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) bold(text string) string   { return s.paint("1", text) }
func (s style) dim(text string) string    { return s.paint("2", text) }
func (s style) red(text string) string    { return s.paint("31", text) }
func (s style) green(text string) string  { return s.paint("32", text) }
func (s style) yellow(text string) string { return s.paint("33", text) }
