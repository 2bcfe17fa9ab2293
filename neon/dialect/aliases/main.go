// Aliases writes the file aliases.go of the packages that stand in for ent's
// dialect/sql and dialect/sql/sqlgraph: an alias for every exported type, a
// constant for every constant and a one-line function for every function that
// the package doesn't declare by hand. It runs through go generate.
//
// The surface comes from the source of the ent release that go.mod pins. What
// the tool can't express is an error, never left out.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// module is the module whose packages are aliased.
const module = "entgo.io/ent"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "aliases: %v\n", err)
		os.Exit(1)
	}
}

// run takes pairs of a package of ent and the folder of its stand-in.
func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: aliases IMPORT_PATH FOLDER")
	}
	src, err := aliases(args[0], args[1])
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(args[1], "aliases.go"), src, 0o644)
}

// aliases is the source of aliases.go for the package at importPath, standing
// in folder.
func aliases(importPath, folder string) ([]byte, error) {
	version, dir, err := locate(importPath)
	if err != nil {
		return nil, err
	}
	theirs, err := surface(dir)
	if err != nil {
		return nil, err
	}
	ours, err := declared(folder)
	if err != nil {
		return nil, err
	}
	return render(importPath, version, theirs, ours)
}

// locate returns the version in use of ent and the folder of one of its
// packages.
func locate(importPath string) (version, dir string, err error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", module).Output()
	if err != nil {
		return "", "", fmt.Errorf("find module %s: %w", module, err)
	}
	version, dir, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
	if !ok || dir == "" {
		return "", "", fmt.Errorf("module %s is not downloaded: run go mod download", module)
	}
	rel, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return "", "", fmt.Errorf("%s is not a package of %s", importPath, module)
	}
	return version, filepath.Join(dir, filepath.FromSlash(rel)), nil
}
