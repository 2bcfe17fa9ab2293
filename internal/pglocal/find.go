package pglocal

import (
	"context"
	"errors"
	"os"
)

// Find returns the newest usable binaries, in this order: installed ones,
// those that npm gives, and, where allowed, the system's package. Its error
// has a Hint.
func Find(ctx context.Context, cfg FindConfig) (*Install, error) {
	major, err := wantedMajor(cfg.Major)
	if err != nil {
		return nil, err
	}
	notFound := &NotFoundError{Major: major, Tried: installed(ctx, systemPlaces())}
	if in := newest(notFound.Tried, major); in != nil {
		return in, nil
	}
	in, err := fromNPM(ctx, cfg, major)
	if err == nil {
		return in, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	notFound.NPM = err
	if cfg.AllowSystem || os.Getenv("ESPALIER_INSTALL") == "1" {
		if err := aptInstall(ctx, cfg, major, debianSystem()); err != nil {
			notFound.System = err
			return nil, notFound
		}
		notFound.Tried = installed(ctx, systemPlaces())
		if in := newest(notFound.Tried, major); in != nil {
			return in, nil
		}
		notFound.System = errors.New("the system's package is too old")
	}
	return nil, notFound
}

// newest picks the usable candidate of the newest version; the first one wins
// among equals.
func newest(found []Candidate, major int) *Install {
	var best *Candidate
	for i, c := range found {
		if c.Err != nil || major != 0 && c.Major != major {
			continue
		}
		if best == nil || c.Major > best.Major {
			best = &found[i]
		}
	}
	if best == nil {
		return nil
	}
	return &Install{BinDir: best.BinDir, Version: best.Version, Major: best.Major, Source: best.Source}
}
