package neontest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// migrations is a directory of versioned files, read once, so that the hash
// and what is applied are the same bytes.
type migrations struct {
	fsys fs.FS
	hash string
}

// loadMigrations reads the files that cfg asks for and hashes them.
func loadMigrations(cfg Config) (*migrations, error) {
	fsys := cfg.Migrations
	if fsys == nil {
		dir, err := projectMigrations(cfg.Project)
		if err != nil {
			return nil, err
		}
		fsys = os.DirFS(dir)
	}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	h := sha256.New()
	fmt.Fprintln(h, "layout 1")
	for _, e := range entries { // sorted by name
		if e.IsDir() || (!strings.HasSuffix(e.Name(), ".sql") && e.Name() != "atlas.sum") {
			continue
		}
		b, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
		fmt.Fprintf(h, "%d %s %d\n", len(e.Name()), e.Name(), len(b))
		h.Write(b)
	}
	return &migrations{fsys: fsys, hash: hex.EncodeToString(h.Sum(nil))[:20]}, nil
}

// projectMigrations returns the migration directory of the project.
func projectMigrations(dir string) (string, error) {
	dir, err := findProject(dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "migrate"), nil
}

// findProject returns the folder of atlas.hcl.
func findProject(dir string) (string, error) {
	if dir == "" {
		dir = os.Getenv("ESPALIER_PROJECT")
	}
	if dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "atlas.hcl")); err != nil {
			return "", &projectError{dir}
		}
		return dir, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir = start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, "atlas.hcl"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if dir == filepath.Dir(dir) {
			return "", &projectError{start}
		}
	}
}

type projectError struct{ dir string }

func (e *projectError) Error() string { return "no atlas.hcl in " + e.dir + " or above it" }
func (e *projectError) Hint() string {
	return "set ESPALIER_PROJECT to the folder of atlas.hcl, or give Config.Migrations"
}
