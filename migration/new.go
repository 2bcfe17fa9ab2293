package migration

import (
	"fmt"
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
	files, err := addAll(dir, []draft{{name, []byte(cfg.SQL)}}, cfg.Now, nil)
	if err != nil {
		return File{}, err
	}
	return files[0], nil
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
