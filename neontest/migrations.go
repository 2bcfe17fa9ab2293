package neontest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing/fstest"

	"ariga.io/atlas/sql/migrate"

	"github.com/espalier-go/espalier/migration"
)

// migrations is a directory of versioned files, read once, so that the hash
// and what is applied are the same bytes.
type migrations struct {
	fsys            fs.FS
	revisionsSchema string
	hash            string
}

// loadMigrations reads the files that cfg asks for and hashes them.
func loadMigrations(cfg Config) (*migrations, error) {
	if cfg.Migrations != nil {
		m, err := readMigrations(cfg.Migrations, "")
		if err == nil && m.fsys.(fstest.MapFS)["atlas.sum"] == nil {
			err = m.sum()
		}
		return m, err
	}
	dir, err := findProject(cfg.Project)
	if err != nil {
		return nil, err
	}
	p, err := migration.LoadProject(filepath.Join(dir, "atlas.hcl"), cfg.Env, nil)
	if err != nil {
		return nil, err
	}
	return readMigrations(p.FS(), p.RevisionsSchema)
}

func readMigrations(fsys fs.FS, revisionsSchema string) (*migrations, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	files, h := fstest.MapFS{}, sha256.New()
	fmt.Fprintf(h, "layout 2 %q\n", revisionsSchema)
	for _, e := range entries { // sorted by name
		if e.IsDir() || (!strings.HasSuffix(e.Name(), ".sql") && e.Name() != "atlas.sum") {
			continue
		}
		b, err := fs.ReadFile(fsys, e.Name())
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
		files[e.Name()] = &fstest.MapFile{Data: b, Mode: 0o644}
		fmt.Fprintf(h, "%q %d\n", e.Name(), len(b))
		h.Write(b)
	}
	return &migrations{fsys: files, revisionsSchema: revisionsSchema, hash: hex.EncodeToString(h.Sum(nil))[:20]}, nil
}

// sum adds the atlas.sum that files written into a test don't have.
func (m *migrations) sum() error {
	files := m.fsys.(fstest.MapFS)
	var list []migrate.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, migrate.NewLocalFile(name, files[name].Data))
	}
	sum, err := migrate.NewHashFile(list)
	if err != nil {
		return err
	}
	b, err := sum.MarshalText()
	files["atlas.sum"] = &fstest.MapFile{Data: b, Mode: 0o644}
	return err
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
