package pglocal

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
)

// CacheDir is where fetched binaries, templates and the shared server live:
// $ESPALIER_CACHE, else /var/cache/espalier for root, else espalier in the
// user's cache directory. It isn't made.
func CacheDir() (string, error) {
	if dir := os.Getenv("ESPALIER_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	if os.Geteuid() == 0 {
		return "/var/cache/espalier", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", withHint(fmt.Errorf("no place for the cache: %w", err),
			"set ESPALIER_CACHE to a folder you may write to")
	}
	return filepath.Join(dir, "espalier"), nil
}

// cacheSub makes and returns a folder of the cache. Root's is readable for
// all: the user that the server runs as must reach the binaries.
func cacheSub(cache, name string) (string, error) {
	if cache == "" {
		var err error
		if cache, err = CacheDir(); err != nil {
			return "", err
		}
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	dir := filepath.Join(cache, name)
	if err := os.MkdirAll(dir, mode); err != nil {
		return "", withHint(fmt.Errorf("make the cache: %w", err),
			"set ESPALIER_CACHE to a folder you may write to")
	}
	return filepath.EvalSymlinks(dir)
}

// wantedMajor is major, else $ESPALIER_PG_MAJOR, else 0.
func wantedMajor(major int) (int, error) {
	if major == 0 {
		env := os.Getenv("ESPALIER_PG_MAJOR")
		if env == "" {
			return 0, nil
		}
		var err error
		if major, err = strconv.Atoi(env); err != nil {
			return 0, withHint(fmt.Errorf("ESPALIER_PG_MAJOR is %.20q, not a number", env),
				"set it to a major version of Postgres, such as 17, or unset it")
		}
	}
	if major < MinMajor {
		return 0, withHint(fmt.Errorf("Postgres %d is too old", major),
			fmt.Sprintf("ask for major version %d or newer", MinMajor))
	}
	return major, nil
}

func orDiscard(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return log
}
