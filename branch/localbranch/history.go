package localbranch

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/espalier-go/espalier/branch"
	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
)

// historySlot is a physical replication slot that nobody reads: it keeps the
// log since the oldest base in pg_wal, so no archiving command is needed.
const historySlot = "espalier_history"

// base is a snapshot that recovery can start from.
type base struct {
	snapshot
	dir string
}

func (p *Provider) historyLock(cluster string) string {
	return filepath.Join(p.clusterDir(cluster), "history.lock")
}

// bases lists the snapshots of a cluster, oldest first. base.json is written
// last, so a folder without it is not one.
func (p *Provider) bases(cluster string) ([]base, error) {
	dirs, err := filepath.Glob(filepath.Join(escapeGlob(p.clusterDir(cluster)), "base-*"))
	if err != nil {
		return nil, err
	}
	var found []base
	for _, dir := range dirs {
		data, err := os.ReadFile(filepath.Join(dir, "base.json"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		b := base{dir: dir}
		if err := json.Unmarshal(data, &b.snapshot); err != nil {
			return nil, fmt.Errorf("read %s: %w", dir, err)
		}
		found = append(found, b)
	}
	slices.SortFunc(found, func(a, b base) int { return cmp.Compare(baseNumber(a.dir), baseNumber(b.dir)) })
	return found, nil
}

func baseNumber(dir string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), "base-"))
	return n
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// addBase puts a snapshot under a number, copied by fill to the folder it gets.
func (p *Provider) addBase(cluster string, number int, owner pglocal.Identity, fill func(dst string) (snapshot, error)) (base, error) {
	b := base{dir: filepath.Join(p.clusterDir(cluster), fmt.Sprintf("base-%d", number))}
	if err := os.RemoveAll(b.dir); err != nil {
		return b, err
	}
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		return b, err
	}
	if err := owner.Chown(b.dir); err != nil {
		return b, err
	}
	var err error
	if b.snapshot, err = fill(filepath.Join(b.dir, "data")); err != nil {
		return b, err
	}
	// Nobody starts a server in it, which would sync it: a base that survives a
	// power failure must be whole.
	if err := syncTree(b.dir); err != nil {
		return b, err
	}
	data, err := json.Marshal(b.snapshot)
	if err != nil {
		return b, err
	}
	return b, writeFile(filepath.Join(b.dir, "base.json"), data)
}

// makeSlot begins to keep the log.
func makeSlot(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT pg_create_physical_replication_slot($1, true)`, historySlot)
	if err != nil {
		return fmt.Errorf("begin the history: %w", err)
	}
	return nil
}

// pickBase returns the newest base at or before the point.
func pickBase(bases []base, at branch.Point) (base, bool) {
	for _, b := range slices.Backward(bases) {
		if at.LSN == "" && !at.Time.Before(b.Time) {
			return b, true
		}
		if at.LSN != "" && !lsnBefore(at.LSN, b.StopLSN) {
			return b, true
		}
	}
	return base{}, false
}

// lsnBefore compares LSNs that were checked or come from Postgres.
func lsnBefore(a, b string) bool {
	x, _ := branch.ParseLSN(a)
	y, _ := branch.ParseLSN(b)
	return x < y
}
