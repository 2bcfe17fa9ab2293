package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// debian is the system that aptInstall installs into.
type debian struct {
	osRelease, createcluster, aptGet string
	root                             bool
}

func debianSystem() debian {
	return debian{
		osRelease:     "/etc/os-release",
		createcluster: "/etc/postgresql-common/createcluster.conf",
		aptGet:        "apt-get",
		root:          os.Geteuid() == 0,
	}
}

// aptInstall installs the system's package, as root on Debian or Ubuntu.
func aptInstall(ctx context.Context, cfg FindConfig, major int, sys debian) error {
	release, _ := os.ReadFile(sys.osRelease)
	if ids := osIDs(string(release)); !ids["debian"] && !ids["ubuntu"] {
		return errors.New("this is neither Debian nor Ubuntu")
	}
	if !sys.root {
		return errors.New("only root may install it")
	}
	aptGet, err := exec.LookPath(sys.aptGet)
	if err != nil {
		return err
	}
	if err := refuseDefaultCluster(sys.createcluster); err != nil {
		return err
	}
	name := "postgresql"
	if major != 0 {
		name = fmt.Sprintf("postgresql-%d", major)
	}
	orDiscard(cfg.Log).Info("installing the system's Postgres", "package", name)
	install := []string{"install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", name}
	first := runApt(ctx, aptGet, install...)
	if first == nil {
		return nil
	}
	// A fresh container has no package lists.
	if err := runApt(ctx, aptGet, "update"); err != nil {
		return errors.Join(first, err)
	}
	return runApt(ctx, aptGet, install...)
}

// refuseDefaultCluster keeps Debian from making a cluster of its own and
// starting it on port 5432. A configuration that is there is the admin's.
func refuseDefaultCluster(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString("# Written by espalier: it needs the binaries only.\ncreate_main_cluster = false\n")
	return errors.Join(err, f.Close())
}

func runApt(ctx context.Context, aptGet string, args ...string) error {
	cmd := exec.CommandContext(ctx, aptGet, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(aptGet), args[0], err, lastLine(out.String()))
	}
	return nil
}
