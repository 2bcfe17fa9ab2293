package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	stateDir  = ".espalier"
	atlasFile = "atlas.hcl"
)

// projectDir returns the project's folder: --project, ESPALIER_PROJECT, the
// nearest folder upwards with atlas.hcl or .espalier, the root of the git
// repository, the current folder.
func (a *app) projectDir() (string, error) {
	dir, from := a.projectFlag, "--project"
	if dir == "" {
		dir, from = os.Getenv("ESPALIER_PROJECT"), "ESPALIER_PROJECT"
	}
	if dir != "" {
		info, err := os.Stat(dir)
		if err != nil {
			return "", withHint(fmt.Errorf("%s: %w", from, err), "name a folder that is there")
		}
		if !info.IsDir() {
			return "", withHint(fmt.Errorf("%s: %s is not a folder", from, dir), "name the folder that holds %s or %s", atlasFile, stateDir)
		}
		return filepath.Abs(dir)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return findProject(cwd)
}

func findProject(from string) (string, error) {
	git := ""
	for dir := from; ; dir = filepath.Dir(dir) {
		for _, name := range []string{atlasFile, stateDir} {
			if ok, err := exists(filepath.Join(dir, name)); ok || err != nil {
				return dir, err
			}
		}
		if git == "" {
			if ok, err := exists(filepath.Join(dir, ".git")); err != nil {
				return "", err
			} else if ok {
				git = dir
			}
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if git != "" {
		return git, nil
	}
	return from, nil
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
