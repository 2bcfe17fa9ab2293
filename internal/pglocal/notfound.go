package pglocal

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// NotFoundError says that there are no usable binaries.
type NotFoundError struct {
	// Major is the one that was asked for, or 0 for any from MinMajor.
	Major int
	// Tried are the installed ones, each with the reason against it.
	Tried []Candidate
	// NPM and System say why those couldn't give any; nil when not tried.
	NPM, System error
}

// Error implements error.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	if e.Major != 0 {
		fmt.Fprintf(&b, "no Postgres %d found", e.Major)
	} else {
		fmt.Fprintf(&b, "no Postgres %d or newer found", MinMajor)
	}
	for _, c := range e.Tried {
		if c.Err != nil {
			fmt.Fprintf(&b, "; %s: %v", c.BinDir, c.Err)
		} else {
			fmt.Fprintf(&b, "; %s has %s", c.BinDir, c.Version)
		}
	}
	if e.NPM != nil {
		fmt.Fprintf(&b, "; npm: %v", e.NPM)
	}
	if e.System != nil {
		fmt.Fprintf(&b, "; the system's package: %v", e.System)
	}
	return b.String()
}

// Hint names the one command for this system.
func (e *NotFoundError) Hint() string {
	release, _ := os.ReadFile("/etc/os-release")
	return installHint(runtime.GOOS, string(release), e.Major, os.Geteuid() == 0)
}

// Unwrap implements errors.Unwrap.
func (e *NotFoundError) Unwrap() []error {
	var errs []error
	for _, err := range []error{e.NPM, e.System} {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func installHint(goos, osRelease string, major int, root bool) string {
	suffix := func(sep string) string {
		if major == 0 {
			return ""
		}
		return fmt.Sprintf("%s%d", sep, major)
	}
	var command string
	ids := osIDs(osRelease)
	switch {
	case goos == "darwin" && major == 0:
		return "brew install postgresql@17"
	case goos == "darwin":
		return "brew install postgresql" + suffix("@")
	case ids["debian"] || ids["ubuntu"]:
		command = "apt-get install -y postgresql" + suffix("-")
	case ids["fedora"] || ids["rhel"]:
		command = "dnf install -y postgresql" + suffix("") + "-server"
	case ids["arch"]:
		command = "pacman -S --needed postgresql"
	case ids["alpine"]:
		command = "apk add postgresql" + suffix("")
	case ids["suse"] || ids["opensuse"]:
		command = "zypper install -y postgresql" + suffix("") + "-server"
	default:
		return fmt.Sprintf("install Postgres %d or newer, or npm, or set DATABASE_URL to a server", max(major, MinMajor))
	}
	if !root {
		command = "sudo " + command
	}
	return command
}

// osIDs is the set of ID and ID_LIKE of an os-release file.
func osIDs(osRelease string) map[string]bool {
	ids := map[string]bool{}
	for line := range strings.Lines(osRelease) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if name == "ID" || name == "ID_LIKE" {
			for _, id := range strings.Fields(strings.Trim(value, `"'`)) {
				ids[id] = true
			}
		}
	}
	return ids
}
