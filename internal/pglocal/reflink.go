package pglocal

import (
	"os"
	"path/filepath"
)

// ProbeReflink tells whether files in dir can be cloned without copying their
// data. It writes and removes two small files there.
func ProbeReflink(dir string) bool {
	tmp, err := os.MkdirTemp(dir, ".reflink-*")
	if err != nil {
		return false
	}
	defer os.RemoveAll(tmp)
	from := filepath.Join(tmp, "from")
	if err := os.WriteFile(from, make([]byte, 8192), 0o600); err != nil {
		return false
	}
	in, err := os.Open(from)
	if err != nil {
		return false
	}
	defer in.Close()
	return cloneFile(in, filepath.Join(tmp, "to"), 0o600) == nil
}
