package localbranch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/espalier-go/espalier/internal/pglocal"
	"github.com/jackc/pgx/v5"
)

// snapshot says where in the log a copy of a data directory stands.
type snapshot struct {
	// StartLSN is where its recovery begins reading, StopLSN where it is
	// consistent: the copy holds the log in between.
	StartLSN string `json:"start_lsn"`
	StopLSN  string `json:"stop_lsn"`
	// Time is when the copy was complete.
	Time time.Time `json:"time"`
	// Bytes is its size, Reflink whether its blocks are shared with the source.
	Bytes   int64 `json:"bytes"`
	Reflink bool  `json:"reflink"`
}

// target is where a copy goes.
type target struct {
	dir string
	// known are the stamps of an earlier copy that is there already.
	known pglocal.Stamps
}

// backup copies the data directory of a running server to dst, or brings the
// copy there up to date. The server goes on meanwhile; the copy recovers to the
// moment the copying ended when it is started.
func (p *Provider) backup(ctx context.Context, srv *pglocal.Server, dst target) (snapshot, error) {
	var s snapshot
	conn, err := pgx.Connect(ctx, srv.AdminConnString("postgres"))
	if err != nil {
		return s, err
	}
	// Closing the session also ends a backup that failed half-way.
	defer conn.Close(context.WithoutCancel(ctx))

	var startFile string
	err = conn.QueryRow(ctx, `SELECT lsn::text, pg_walfile_name(lsn) FROM pg_backup_start('espalier', true) AS lsn`).
		Scan(&s.StartLSN, &startFile)
	if err != nil {
		return s, fmt.Errorf("begin the copy: %w", err)
	}
	owner := srv.Identity()
	copied, err := p.copyFiles(ctx, srv.DataDir(), dst, owner)
	if err == nil {
		err = copyControl(srv.DataDir(), dst.dir)
	}
	if err != nil {
		return s, fmt.Errorf("copy the data: %w", err)
	}
	s.Bytes, s.Reflink = copied.Bytes, copied.Method == pglocal.CopyReflink
	var stopFile, label, tablespaces string
	err = conn.QueryRow(ctx, `SELECT lsn::text, pg_walfile_name(lsn), labelfile, spcmapfile FROM pg_backup_stop(false)`).
		Scan(&s.StopLSN, &stopFile, &label, &tablespaces)
	if err != nil {
		return s, fmt.Errorf("end the copy: %w", err)
	}
	s.Time = time.Now().UTC()
	if strings.TrimSpace(tablespaces) != "" {
		return s, errors.New("the branch has tablespaces, whose files lie outside of it")
	}
	if err := writeOwned(filepath.Join(dst.dir, "backup_label"), []byte(label), owner); err != nil {
		return s, err
	}
	return s, copyLog(srv.DataDir(), dst.dir, startFile, stopFile, owner)
}

// copyFiles makes a whole copy where an earlier one can't be brought up to date.
func (p *Provider) copyFiles(ctx context.Context, src string, dst target, owner pglocal.Identity) (pglocal.Copied, error) {
	opts := pglocal.CopyOptions{Owner: &owner, Live: true, Skip: leaveOut, Known: dst.known}
	copied, err := pglocal.CopyTree(ctx, src, dst.dir, opts)
	if err != nil && dst.known != nil && ctx.Err() == nil {
		p.log().Warn("a spare copy is of no use", "dir", dst.dir, "err", err)
		if err := os.RemoveAll(dst.dir); err != nil {
			return copied, err
		}
		opts.Known = nil
		copied, err = pglocal.CopyTree(ctx, src, dst.dir, opts)
	}
	p.log().Debug("copied", "dir", dst.dir, "files", copied.Files, "same", copied.Same, "bytes", copied.Bytes, "method", copied.Method)
	return copied, err
}

// leaveOut is what pg_basebackup leaves out, too: the log, what belongs to the
// running server, and what is rebuilt at its start.
func leaveOut(name string, dir bool) bool {
	top, rest, _ := strings.Cut(name, "/")
	base := path.Base(name)
	switch top {
	case "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal":
		return rest != ""
	case "postmaster.pid", "postmaster.opts", "backup_label", "backup_label.old", "tablespace_map", "tablespace_map.old",
		"backup_manifest", "standby.signal", "recovery.signal", "current_logfiles", "log":
		return true
	}
	return strings.HasPrefix(base, "pgsql_tmp") || strings.HasPrefix(base, "pg_internal.init") ||
		strings.HasSuffix(base, ".auto.conf.tmp")
}

// copyControl copies pg_control again until it reads the same twice: the server
// rewrites it in place, so one read may see half of a change.
func copyControl(src, dst string) error {
	from := filepath.Join(src, "global", "pg_control")
	last, err := os.ReadFile(from)
	for range 100 {
		if err != nil {
			return err
		}
		var next []byte
		if next, err = os.ReadFile(from); err == nil && bytes.Equal(last, next) {
			return overwrite(filepath.Join(dst, "global", "pg_control"), next)
		}
		last = next
	}
	return errors.New("pg_control changes all the time")
}

func overwrite(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

var walFile = regexp.MustCompile(`^[0-9A-F]{24}$`)

// copyLog copies the segments from first to last, and the histories of
// timelines, from one data directory to the other.
func copyLog(src, dst, first, last string, owner pglocal.Identity) error {
	entries, err := os.ReadDir(filepath.Join(src, "pg_wal"))
	if err != nil {
		return err
	}
	have := make(map[string]bool)
	for _, e := range entries {
		name := e.Name()
		segment := walFile.MatchString(name) && name >= first && name <= last
		if !segment && !strings.HasSuffix(name, ".history") {
			continue
		}
		if err := copyFile(filepath.Join(src, "pg_wal", name), filepath.Join(dst, "pg_wal", name), owner); err != nil {
			return fmt.Errorf("copy the log: %w", err)
		}
		have[name] = true
	}
	if !have[first] || !have[last] {
		return fmt.Errorf("the log from %s to %s is no longer there", first, last)
	}
	return nil
}

// copyFile leaves out runs of zeros: most of a segment that the end of a copy
// switched is one.
func copyFile(src, dst string, owner pglocal.Identity) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(copySparse(in, out), out.Close(), owner.Chown(dst))
}

func copySparse(in io.Reader, out *os.File) error {
	piece, zeros := make([]byte, 32<<10), make([]byte, 32<<10)
	for at := int64(0); ; {
		n, err := io.ReadFull(in, piece)
		if n > 0 && !bytes.Equal(piece[:n], zeros[:n]) {
			if _, err := out.WriteAt(piece[:n], at); err != nil {
				return err
			}
		}
		at += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return out.Truncate(at)
		}
		if err != nil {
			return err
		}
	}
}

func writeOwned(path string, data []byte, owner pglocal.Identity) error {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	return owner.Chown(path)
}
