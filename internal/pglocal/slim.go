package pglocal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// segmentSize is what initdbArgs gives a file of the write-ahead log.
const segmentSize = 1 << 20

// slim removes from a data directory that no server runs on what Postgres
// makes again when it needs it: the maps of free space and of visibility, a
// quarter of all files, and the log's segments that were made ahead. Every
// cluster and every branch begins as a copy of it.
func slim(data string) error {
	err := filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !relationMap(d.Name()) {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		return err
	}
	segments, err := filepath.Glob(filepath.Join(data, "pg_wal", strings.Repeat("[0-9A-F]", 24)))
	for _, path := range segments {
		var ahead bool
		if ahead, err = unusedSegment(path); err == nil && ahead {
			err = os.Remove(path)
		}
		if err != nil {
			return err
		}
	}
	return err
}

var mapFork = regexp.MustCompile(`^\d+_(fsm|vm)$`)

func relationMap(name string) bool { return mapFork.MatchString(name) }

// unusedSegment tells whether nothing was written to a segment since it got
// its name: its first page has the address of another or none.
func unusedSegment(path string) (bool, error) {
	name := filepath.Base(path)
	high, err1 := strconv.ParseUint(name[8:16], 16, 32)
	low, err2 := strconv.ParseUint(name[16:], 16, 32)
	f, err := os.Open(path)
	if err = errors.Join(err1, err2, err); err != nil {
		return false, err
	}
	defer f.Close()
	// The header: magic and flags of 2 bytes each, the timeline of 4, the address.
	var header [16]byte
	if _, err := io.ReadFull(f, header[:]); err != nil {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	return binary.NativeEndian.Uint64(header[8:]) != high<<32+low*segmentSize, nil
}
