package neontests

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/internal/pglocal"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

// modules is the folder node_modules with what package-lock.json pins. npm
// checks each package's integrity.
func modules(t *testing.T) string {
	t.Helper()
	dir, err := fetchModules()
	require.NoError(t, err)
	return dir
}

var fetchModules = sync.OnceValues(func() (string, error) {
	cache, err := pglocal.CacheDir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(packageLock)
	dir := filepath.Join(cache, "neontests-"+hex.EncodeToString(sum[:6]))
	final := filepath.Join(dir, "node_modules", ".complete")
	if _, err := os.Stat(final); err == nil {
		return filepath.Dir(final), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return "", err
	}
	if _, err := os.Stat(final); err == nil {
		return filepath.Dir(final), nil
	}
	for name, data := range map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			return "", err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent")
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w: %s", dir, err, errs.String())
	}
	return filepath.Dir(final), os.WriteFile(final, nil, 0o644)
})
