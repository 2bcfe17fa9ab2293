package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Superuser is the bootstrap superuser of every cluster, as on Neon.
const Superuser = "cloud_admin"

// templateFormat changes when initdbArgs or slim does, so that old templates aren't used.
const templateFormat = "v2"

// ensureTemplate gives the initialised data directory of the version, made
// once and kept in the cache.
func ensureTemplate(ctx context.Context, in *Install, cacheDir string, log *slog.Logger) (string, error) {
	cache, err := cacheSub(cacheDir, "templates")
	if err != nil {
		return "", err
	}
	// Binaries of one version from two places may differ in how they were built.
	final := filepath.Join(cache, fmt.Sprintf("%s-%s-%s-%s", in.Version, in.Source, platform(), templateFormat))
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	lock, err := takeLock(ctx, final+".lock")
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	began := time.Now()
	tmp, err := os.MkdirTemp(cache, ".initdb-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	data := filepath.Join(tmp, "data")
	if err := initdb(ctx, in, tmp, data); err != nil {
		return "", err
	}
	if err := slim(data); err != nil {
		return "", err
	}
	// The server's user must not be able to change what later clusters begin as.
	if err := chownTree(data, os.Geteuid(), os.Getegid()); err != nil {
		return "", err
	}
	if err := os.Rename(data, final); err != nil {
		return "", err
	}
	log.Info("made a template data directory", "version", in.Version, "took", time.Since(began).Round(time.Millisecond))
	return final, nil
}

func initdb(ctx context.Context, in *Install, dir, data string) error {
	// Root's folder lets the other user pass, not look.
	if os.Geteuid() == 0 {
		if err := os.Chmod(dir, 0o711); err != nil {
			return err
		}
	}
	id, err := runAs(dir, data, in)
	if err != nil {
		return err
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := id.Chown(data); err != nil {
		return err
	}
	var first error
	for _, locale := range []string{"C.UTF-8", "C"} {
		var out bytes.Buffer
		cmd := id.command(ctx, in.Initdb(), initdbArgs(data, locale)...)
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err = newStartError("initdb failed: "+err.Error(), logTail(out.String()))
		if first == nil {
			first = err
		}
		// macOS before 15 has no C.UTF-8.
		if !strings.Contains(out.String(), "locale") {
			break
		}
	}
	return first
}

func initdbArgs(data, locale string) []string {
	return []string{
		"-D", data, "--username=" + Superuser, "--encoding=UTF8", "--locale=" + locale,
		"--wal-segsize=1", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "--no-instructions",
	}
}

func chownTree(dir string, uid, gid int) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

// newData copies the template to data in one step: a copy that was broken off
// never has the final name.
func newData(ctx context.Context, in *Install, id Identity, cacheDir, data string, log *slog.Logger) error {
	template, err := ensureTemplate(ctx, in, cacheDir, log)
	if err != nil {
		return err
	}
	leftover, _ := filepath.Glob(data + ".new-*")
	for _, path := range leftover {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	tmp := fmt.Sprintf("%s.new-%d", data, os.Getpid())
	if _, err := CopyTree(ctx, template, tmp, CopyOptions{Owner: &id}); err != nil {
		return errors.Join(fmt.Errorf("copy the template: %w", err), os.RemoveAll(tmp))
	}
	return os.Rename(tmp, data)
}
