package pglocal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// memoryDir is a file system in memory where Linux has one.
const memoryDir = "/dev/shm"

// memoryNeeded is the free space from which throw-away data goes to memory.
const memoryNeeded = 2 << 30

// inMemory gives memoryDir when it has need bytes free, else "".
func inMemory(need uint64) string {
	var st unix.Statfs_t
	if unix.Statfs(memoryDir, &st) != nil || uint64(st.Bavail)*uint64(st.Bsize) < need {
		return ""
	}
	if unix.Access(memoryDir, unix.W_OK) != nil {
		return ""
	}
	return memoryDir
}

// volatileParent is the cluster's own folder below base.
func (c cluster) volatileParent(base string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s", os.Geteuid(), c.dir))
	return filepath.Join(base, "espalier-"+hex.EncodeToString(sum[:8]))
}

// dropVolatile removes the data of an earlier ephemeral server, wherever it
// was, and says where the new one's goes.
func (c cluster) dropVolatile(cfg Config) (string, error) {
	// Another folder of that name isn't this package's to remove.
	if _, err := dataMajor(c.data()); err != nil {
		return "", err
	}
	if err := os.RemoveAll(c.data()); err != nil {
		return "", err
	}
	if cfg.volatileDir == nil {
		return c.data(), nil
	}
	if err := removeOwn(c.volatileParent(memoryDir)); err != nil {
		return "", err
	}
	base := cfg.volatileDir(memoryNeeded)
	if base == "" {
		return c.data(), nil
	}
	parent := c.volatileParent(base)
	if err := os.Mkdir(parent, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(parent, "data"), nil
}

// removeOwn removes a folder in a place where everybody may write, if it is
// this user's.
func removeOwn(dir string) error {
	uid, _, err := ownerOf(dir)
	if err != nil {
		return nil
	}
	if uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to %s", dir, userName(uid))
	}
	return os.RemoveAll(dir)
}
