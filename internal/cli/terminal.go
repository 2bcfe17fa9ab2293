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
	fd       int
}

// styleOf looks at the stream, NO_COLOR and TERM.
func styleOf(w io.Writer) style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return style{}
	}
	return style{terminal: true, color: os.Getenv("NO_COLOR") == "", fd: int(f.Fd())}
}

// fit cuts a line that would wrap: one that did can't be erased.
func (s style) fit(line string) string {
	width, _, err := term.GetSize(s.fd)
	if err != nil || width <= 0 {
		width = 80
	}
	if r := []rune(line); len(r) >= width {
		return string(r[:width-1])
	}
	return line
}

// transient replaces the line that was shown before, until clearLine.
func (s style) transient(line string) string { return clearLine + s.dim(s.fit(line)) }

const clearLine = "\r\x1b[K"

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
