package migration

import (
	"fmt"
	"os"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// NewConfig holds the options of New. Its zero value works.
type NewConfig struct {
	// Now is the clock that versions are made from. Defaults to time.Now.
	Now func() time.Time
	// SQL is the text of the new file. Defaults to nothing.
	SQL string
}

// New adds an empty file <version>_<name>.sql to the local folder dir, for SQL
// written by hand, and brings atlas.sum up to date. The folder is made where it
// isn't there. The name consists of letters, digits, _ and -. Call Hash after
// editing the file.
func New(dir, name string, cfg *NewConfig) (File, error) {
	if cfg == nil {
		cfg = &NewConfig{}
	}
	if err := checkName(name); err != nil {
		return File{}, err
	}
	return add(dir, name, []byte(cfg.SQL), cfg.Now, nil)
}

// add writes a new file to dir. The directory must fit its atlas.sum and, where
// base is given, still hold the same files as base.
func add(dir, name string, data []byte, now func() time.Time, base *migrate.MemDir) (File, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return File{}, fmt.Errorf("make the migration directory: %w", err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return File{}, err
	}
	defer unlock()
	mem, err := loadValid(os.DirFS(dir))
	if err != nil {
		return File{}, err
	}
	if base != nil {
		if err := sameFiles(base, mem); err != nil {
			return File{}, err
		}
	}
	files, err := mem.Files()
	if err != nil {
		return File{}, err
	}
	version, err := nextVersion(files, now())
	if err != nil {
		return File{}, err
	}
	f := migrate.NewLocalFile(version+"_"+name+".sql", data)
	if err := addFile(dir, mem, f.Name(), data); err != nil {
		return File{}, err
	}
	return fileOf(f), nil
}

func sameFiles(a, b *migrate.MemDir) error {
	x, err := a.Checksum()
	if err != nil {
		return err
	}
	y, err := b.Checksum()
	if err != nil {
		return err
	}
	if x.Sum() != y.Sum() {
		return hinted(fmt.Errorf("the migration directory was changed in the meantime"), "run the command again")
	}
	return nil
}
