package migration

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"ariga.io/atlas/sql/migrate"
)

// draft is a migration file that has no version yet.
type draft struct {
	name string
	data []byte
}

// split divides statements into files. Each runs in a transaction, so an enum
// value and what uses it can't be in one, and CONCURRENTLY can't be in any.
func split(name string, stmts []statement) []draft {
	var groups [][]statement
	var labels []string
	for i, s := range stmts {
		cut := i == 0 || s.concurrent != stmts[i-1].concurrent
		for _, l := range labels {
			cut = cut || len(s.labels) == 0 && strings.Contains(s.sql, literal(l))
		}
		if cut {
			groups, labels = append(groups, nil), nil
		}
		labels = append(labels, s.labels...)
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
	}
	var out []draft
	for i, g := range groups {
		d := draft{name: name, data: []byte(text(g))}
		if i > 0 {
			d.name = fmt.Sprintf("%s_%d", name, i+1)
		}
		if g[0].concurrent {
			d.data = append([]byte("-- atlas:txmode none\n\n"), d.data...)
			if len(groups) > 1 {
				d.name = name + "_concurrently"
				if slices.ContainsFunc(out, func(o draft) bool { return o.name == d.name }) {
					d.name += fmt.Sprint("_", i+1)
				}
			}
		}
		out = append(out, d)
	}
	return out
}

// draftFiles gives the drafts the versions after those in mem and files.
func draftFiles(mem *migrate.MemDir, drafts []draft, now time.Time, files ...migrate.File) ([]File, error) {
	if mem != nil {
		all, err := mem.Files()
		if err != nil {
			return nil, err
		}
		files = append(files, all...)
	}
	files = slices.Clone(files)
	var out []File
	for _, d := range drafts {
		version, err := nextVersion(files, now)
		if err != nil {
			return nil, err
		}
		f := migrate.NewLocalFile(version+"_"+d.name+".sql", d.data)
		files = append(files, f)
		out = append(out, fileOf(f))
	}
	return out, nil
}

// addAll writes new files to dir. The directory must fit its atlas.sum and,
// where base is given, still hold the same files as base.
func addAll(dir string, drafts []draft, now func() time.Time, base *migrate.MemDir) ([]File, error) {
	if now == nil {
		now = time.Now
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the migration directory: %w", err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	mem, err := loadValid(os.DirFS(dir))
	if err != nil {
		return nil, err
	}
	if base != nil {
		if err := sameFiles(base, mem); err != nil {
			return nil, err
		}
	}
	files, err := draftFiles(mem, drafts, now())
	if err != nil {
		return nil, err
	}
	return files, addFiles(dir, mem, files)
}
