package pglocal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeBin makes a folder with a postgres that says it has the version.
func fakeBin(t *testing.T, version string) string {
	t.Helper()
	dir, err := os.MkdirTemp(base, "bin-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	script(t, filepath.Join(dir, "postgres"), fmt.Sprintf("echo 'postgres (PostgreSQL) %s'", version))
	script(t, filepath.Join(dir, "initdb"), "exit 0")
	return dir
}

func script(t *testing.T, path, body string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755))
}

func TestInstalled(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	old, first, second, newest17 := fakeBin(t, "14.20"), fakeBin(t, "16.3 (Debian 16.3-1)"), fakeBin(t, "16.9"), fakeBin(t, "17rc1")
	noInitdb := fakeBin(t, "18.4")
	require.NoError(t, os.Remove(filepath.Join(noInitdb, "initdb")))
	broken := fakeBin(t, "x")
	script(t, filepath.Join(broken, "postgres"), "echo 'no libfoo' >&2; exit 127")
	liar := fakeBin(t, "newest")
	found := installed(ctx, []place{
		{old, SourcePath}, {first, SourcePath}, {second, SourceHomebrew}, {first, SourceDebian},
		{newest17, SourcePostgresApp}, {noInitdb, SourceDebian}, {broken, SourceDebian}, {liar, SourceDebian},
	})
	require.Len(t, found, 7, "each place once")
	require.ErrorContains(t, found[0].Err, "older than 15")
	require.NoError(t, found[1].Err)
	require.Equal(t, SourceDebian, found[1].Source, "named after the package, not after PATH")
	require.Equal(t, "16.3", found[1].Version)
	require.ErrorContains(t, found[4].Err, "no initdb")
	require.ErrorContains(t, found[5].Err, "no libfoo")
	require.ErrorContains(t, found[6].Err, "not a version")

	require.Equal(t, &Install{BinDir: newest17, Version: "17rc1", Major: 17, Source: SourcePostgresApp}, newest(found, 0))
	require.Equal(t, first, newest(found, 16).BinDir, "the first among equals")
	require.Nil(t, newest(found, 18))
}

// TestProofAsOther: what only root can run is proved in a user namespace.
func TestProofAsOther(t *testing.T) {
	t.Parallel()
	dir := fakeBin(t, "17.1")
	require.NoError(t, os.Chmod(dir, 0o700))
	version, major, err := proveBinaries(context.Background(), dir)
	require.NoError(t, err)
	require.Equal(t, "17.1", version)
	require.Equal(t, 17, major)
}

func TestFindHere(t *testing.T) {
	t.Parallel()
	in, err := Find(context.Background(), FindConfig{})
	require.NoError(t, err)
	require.GreaterOrEqual(t, in.Major, MinMajor)
	version, major, err := proveBinaries(context.Background(), in.BinDir)
	require.NoError(t, err)
	require.Equal(t, in.Version, version)
	require.Equal(t, in.Major, major)
	found := Candidates(context.Background(), FindConfig{})
	require.NotEmpty(t, found)
	require.NoError(t, found[0].Err)
	require.Equal(t, in.BinDir, found[0].BinDir, "the one that Find takes comes first")
}

func TestFindNothing(t *testing.T) {
	t.Parallel()
	_, err := Find(context.Background(), FindConfig{Major: 99})
	var notFound *NotFoundError
	require.ErrorAs(t, err, &notFound)
	require.ErrorContains(t, err, "no Postgres 99 found")
	require.ErrorContains(t, err, "no package of Postgres 99 is pinned")
	requireHint(t, err, "99")

	_, err = Find(context.Background(), FindConfig{Major: 9})
	require.ErrorContains(t, err, "too old")
	requireHint(t, err, "15 or newer")
}

func TestMajorFromEnv(t *testing.T) {
	t.Setenv("ESPALIER_PG_MAJOR", "17")
	major, err := wantedMajor(0)
	require.NoError(t, err)
	require.Equal(t, 17, major)
	major, err = wantedMajor(16)
	require.NoError(t, err)
	require.Equal(t, 16, major, "an argument wins")
	t.Setenv("ESPALIER_PG_MAJOR", "seventeen")
	_, err = wantedMajor(0)
	requireHint(t, err, "unset it")
}

func TestInstallHint(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		goos, release string
		major         int
		root          bool
		want          string
	}{
		{"darwin", "", 0, false, "brew install postgresql@17"},
		{"darwin", "", 16, false, "brew install postgresql@16"},
		{"linux", "ID=debian\n", 0, true, "apt-get install -y postgresql"},
		{"linux", "NAME=x\nID=ubuntu\nID_LIKE=debian\n", 16, false, "sudo apt-get install -y postgresql-16"},
		{"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", 0, false, "sudo dnf install -y postgresql-server"},
		{"linux", "ID=arch", 0, true, "pacman -S --needed postgresql"},
		{"linux", "ID=alpine", 17, true, "apk add postgresql17"},
		{"linux", "ID=nixos", 0, true, "install Postgres 15 or newer, or npm, or set DATABASE_URL to a server"},
	} {
		require.Equal(t, c.want, installHint(c.goos, c.release, c.major, c.root))
	}
}

func TestCacheDir(t *testing.T) {
	t.Setenv("ESPALIER_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/somewhere")
	dir, err := CacheDir()
	require.NoError(t, err)
	if os.Geteuid() == 0 {
		require.Equal(t, "/var/cache/espalier", dir)
	} else {
		require.Equal(t, "/somewhere/espalier", dir)
	}
	t.Setenv("ESPALIER_CACHE", "/dev/null")
	_, err = cacheSub("", "x")
	requireHint(t, err, "ESPALIER_CACHE")
}

func FuzzVersion(f *testing.F) {
	for _, s := range []string{"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1\n", "postgres (PostgreSQL) 19devel", "", "postgres (PostgreSQL) 0.1", "pg_ctl (PostgreSQL) 9.6.24"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, out string) {
		version, major, err := parseVersion(out)
		if err != nil {
			require.Empty(t, version)
			require.Zero(t, major)
			return
		}
		require.Positive(t, major)
		require.NotContains(t, version, "/", "it becomes part of a path")
		require.NotContains(t, version, " ")
		again, sameMajor, err := parseVersion("postgres (PostgreSQL) " + version)
		require.NoError(t, err)
		require.Equal(t, version, again)
		require.Equal(t, major, sameMajor)
	})
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": "15.18",
		"postgres (PostgreSQL) 17.0 (Homebrew)":                  "17.0",
		"postgres (PostgreSQL) 18beta1":                          "18beta1",
		"postgres (PostgreSQL) 19devel":                          "19devel",
	} {
		version, _, err := parseVersion(out)
		require.NoError(t, err)
		require.Equal(t, want, version)
	}
}
