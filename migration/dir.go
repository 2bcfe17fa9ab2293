package migration

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// sumFile is the name of the checksum file.
const sumFile = migrate.HashFileName

// tmpPrefix begins the names of files that are being written.
const tmpPrefix = ".espalier-"

// loadDir reads the migration files of dir and atlas.sum, so that one verb sees
// one state of the directory.
func loadDir(dir fs.FS) (*migrate.MemDir, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, hinted(fmt.Errorf("read the migration directory: %w", err),
			"`espalier migrate diff NAME` makes the directory and its first file")
	}
	mem := &migrate.MemDir{}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasPrefix(name, ".") || (filepath.Ext(name) != ".sql" && name != sumFile) {
			continue
		}
		b, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fmt.Errorf("read the migration directory: %w", err)
		}
		if err := mem.WriteFile(name, b); err != nil {
			return nil, err
		}
	}
	return mem, nil
}

// loadValid is loadDir for a directory that fits its atlas.sum.
func loadValid(dir fs.FS) (*migrate.MemDir, error) {
	mem, err := loadDir(dir)
	if err != nil {
		return nil, err
	}
	return mem, validate(mem)
}

// lockFolder keeps other writers out of the folder until unlock.
func lockFolder(path string) (unlock func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the migration directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock the migration directory: %w", err)
	}
	return func() { f.Close() }, nil
}

// addFiles writes new files and the new atlas.sum to the folder, whose files are
// those of mem. The order leaves a state that Validate explains and Hash
// repairs wherever the process is killed.
func addFiles(path string, mem *migrate.MemDir, added []File) error {
	files, err := mem.Files()
	if err != nil {
		return err
	}
	var out []namedFile
	for _, f := range added {
		if _, err := os.Lstat(filepath.Join(path, f.Name)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already", f.Name)
		}
		files = append(files, migrate.NewLocalFile(f.Name, []byte(f.SQL)))
		out = append(out, namedFile{f.Name, []byte(f.SQL)})
	}
	sum, err := sumOf(files)
	if err != nil {
		return err
	}
	return writeAll(path, append(out, namedFile{sumFile, sum})...)
}

// sumOf is the text of atlas.sum for files, which must be sorted by name.
func sumOf(files []migrate.File) ([]byte, error) {
	hash, err := migrate.NewHashFile(files)
	if err != nil {
		return nil, err
	}
	return hash.MarshalText()
}

type namedFile struct {
	name string
	data []byte
}

// writeAll writes all files under temporary names, and only then, in order,
// renames them.
func writeAll(path string, files ...namedFile) error {
	removeStale(path)
	tmp := make([]string, len(files))
	defer func() {
		for _, name := range tmp {
			if name != "" {
				_ = os.Remove(name)
			}
		}
	}()
	for i, f := range files {
		var err error
		if tmp[i], err = writeTemp(path, f.data); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
	}
	for i, f := range files {
		if err := os.Rename(tmp[i], filepath.Join(path, f.name)); err != nil {
			return fmt.Errorf("write %s: %w", f.name, err)
		}
		tmp[i] = ""
	}
	return nil
}

func writeTemp(path string, data []byte) (string, error) {
	f, err := os.CreateTemp(path, tmpPrefix+"*.tmp")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	return f.Name(), err
}

// removeStale removes the temporary files of a writer that was killed.
func removeStale(path string) {
	old, _ := filepath.Glob(filepath.Join(path, tmpPrefix+"*.tmp"))
	for _, name := range old {
		if fi, err := os.Lstat(name); err == nil && time.Since(fi.ModTime()) > time.Minute {
			_ = os.Remove(name)
		}
	}
}
