package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Candidates lists every place that has binaries, usable or not, the one Find
// would take first. It fetches nothing.
func Candidates(ctx context.Context, cfg FindConfig) []Candidate {
	found := installed(ctx, systemPlaces())
	cached, err := filepath.Glob(filepath.Join(npmCache(cfg), platform()+"-*", "native", "bin"))
	if err == nil {
		found = append(found, proveAll(ctx, placesIn(SourceNPM, cached))...)
	}
	major, err := wantedMajor(cfg.Major)
	if err != nil {
		return found
	}
	rank := func(c Candidate) int {
		switch {
		case c.Err != nil || major != 0 && c.Major != major:
			return 2
		case c.Source == SourceNPM:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(a, b Candidate) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return b.Major - a.Major
	})
	return found
}

// place is a folder that may hold binaries.
type place struct{ dir, source string }

// patterns are where packages put them.
var patterns = []place{
	{"/usr/lib/postgresql/*/bin", SourceDebian},
	{"/opt/homebrew/opt/postgresql@*/bin", SourceHomebrew},
	{"/usr/local/opt/postgresql@*/bin", SourceHomebrew},
	{"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", SourceHomebrew},
	{"/Applications/Postgres.app/Contents/Versions/*/bin", SourcePostgresApp},
}

// systemPlaces is PATH first, then where packages put them.
func systemPlaces() []place {
	var places []place
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			places = append(places, place{filepath.Dir(real), SourcePath})
		}
	}
	for _, p := range patterns {
		dirs, _ := filepath.Glob(p.dir)
		places = append(places, placesIn(p.source, dirs)...)
	}
	return places
}

func placesIn(source string, dirs []string) []place {
	var places []place
	for _, dir := range dirs {
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			places = append(places, place{filepath.Dir(real), source})
		}
	}
	return places
}

// installed proves every place once. A folder that a package made is named
// after the package, also when PATH led to it.
func installed(ctx context.Context, places []place) []Candidate {
	var unique []place
	for _, p := range places {
		i := slices.IndexFunc(unique, func(u place) bool { return u.dir == p.dir })
		if i < 0 {
			unique = append(unique, p)
		} else if unique[i].source == SourcePath {
			unique[i].source = p.source
		}
	}
	return proveAll(ctx, unique)
}

func proveAll(ctx context.Context, places []place) []Candidate {
	found := make([]Candidate, len(places))
	var wg sync.WaitGroup
	for i, p := range places {
		wg.Go(func() {
			c := Candidate{BinDir: p.dir, Source: p.source}
			c.Version, c.Major, c.Err = proveBinaries(ctx, p.dir)
			if c.Err == nil && c.Major < MinMajor {
				c.Err = fmt.Errorf("version %s is older than %d", c.Version, MinMajor)
			}
			found[i] = c
		})
	}
	wg.Wait()
	return found
}

// proveBinaries runs `postgres --version` as the user that will run the
// server: a binary that only root can reach is of no use to that user.
func proveBinaries(ctx context.Context, binDir string) (version string, major int, err error) {
	if _, err := exec.LookPath(filepath.Join(binDir, "initdb")); err != nil {
		return "", 0, errors.New("there is no initdb")
	}
	ids := []Identity{{Mode: RunSelf}}
	if os.Geteuid() == 0 {
		if other, ok := ordinaryUser(); ok {
			ids = []Identity{other, {Mode: RunNamespace, InnerUID: other.UID, InnerGID: other.GID}}
		}
	}
	for _, id := range ids {
		var out string
		if out, err = runVersion(ctx, id, filepath.Join(binDir, "postgres")); err == nil {
			return parseVersion(out)
		}
	}
	return "", 0, err
}

func runVersion(ctx context.Context, id Identity, binary string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := id.command(ctx, binary, "--version")
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if line := strings.TrimSpace(errs.String()); line != "" {
			return "", fmt.Errorf("%w: %.200s", err, line)
		}
		return "", err
	}
	return out.String(), nil
}
