package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
)

// The values of Identity.Mode.
const (
	// RunSelf: as the user this process runs as.
	RunSelf = "self"
	// RunUser: root gives its rights up and becomes an ordinary user.
	RunUser = "user"
	// RunNamespace: in a user namespace in which this process's user has the
	// id of an ordinary one; the files stay this user's.
	RunNamespace = "namespace"
)

// Identity is who a cluster's processes run as. Postgres refuses to run as
// root, so root needs one of two ways around.
type Identity struct {
	// Mode is one of RunSelf, RunUser and RunNamespace.
	Mode string `json:"mode"`
	// Name is the user's name, inside the namespace for RunNamespace.
	Name string `json:"name"`
	// UID and GID own the cluster's files, seen from outside any namespace.
	UID int `json:"uid"`
	GID int `json:"gid"`
	// InnerUID and InnerGID are the ids the processes see.
	InnerUID int `json:"inner_uid"`
	InnerGID int `json:"inner_gid"`
}

// RunAs tells who the server of the cluster in dir will run as: the owner of
// dir/data when there is one, else who Start would make it for. It changes
// nothing. Root becomes an ordinary user where that user can enter every folder
// above dir and run the binaries, so give those folders mode 0711, not 0700;
// else it takes a user namespace, which works everywhere the kernel allows it.
func RunAs(dir string, install *Install) (Identity, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Identity{}, err
	}
	data := filepath.Join(dir, "data")
	id, err := runAs(dir, data, install)
	if err == nil && id.Mode != RunSelf {
		// Start finds out by itself for a cluster that exists.
		if err := id.prove(filepath.Dir(data), install); err != nil {
			return Identity{}, cannotRun(dir, id, err)
		}
	}
	return id, err
}

func cannotRun(dir string, id Identity, err error) error {
	return withHint(fmt.Errorf("run Postgres as %s for the cluster in %s: %w", id.Name, dir, err),
		"let "+id.Name+" enter every folder above it, or give the cluster to root with chown -R")
}

// runAs proves the way only for a cluster that is to be made.
func runAs(dir, data string, install *Install) (Identity, error) {
	uid, gid, err := ownerOf(data)
	exists := err == nil
	if !exists {
		uid, gid, err = ownerOf(dir)
	}
	known := err == nil
	if me := os.Geteuid(); me != 0 {
		if known && uid != me {
			return Identity{}, withHint(fmt.Errorf("the cluster in %s belongs to %s", dir, userName(uid)),
				"run this as "+userName(uid)+", or choose another folder")
		}
		return runAsSelf(me, install)
	}
	if known && uid != 0 {
		return Identity{Mode: RunUser, Name: userName(uid), UID: uid, GID: gid, InnerUID: uid, InnerGID: gid}, nil
	}
	return rootRunsAs(dir, exists, install)
}

// runAsSelf takes a namespace for a user without a name: initdb insists on one.
func runAsSelf(me int, install *Install) (Identity, error) {
	id := Identity{Mode: RunSelf, UID: me, GID: os.Getegid(), InnerUID: me, InnerGID: os.Getegid()}
	if u, err := user.LookupId(strconv.Itoa(me)); err == nil {
		id.Name = u.Username
		return id, nil
	}
	id.Name = strconv.Itoa(me)
	if other, ok := ordinaryUser(); ok {
		inner := Identity{Mode: RunNamespace, Name: other.Name, UID: me, GID: os.Getegid(), InnerUID: other.UID, InnerGID: other.GID}
		if inner.prove("/", install) == nil {
			return inner, nil
		}
	}
	return id, nil
}

// rootRunsAs finds the way for root's own folder. What exists there belongs to
// root and was made in a namespace.
func rootRunsAs(dir string, exists bool, install *Install) (Identity, error) {
	other, ok := ordinaryUser()
	if !ok {
		return Identity{}, withHint(errors.New("Postgres can't run as root and there is no user to become"),
			"make a user: useradd --system postgres")
	}
	inner := Identity{Mode: RunNamespace, Name: other.Name, InnerUID: other.UID, InnerGID: other.GID}
	if exists {
		return inner, nil
	}
	first := other.prove(filepath.Dir(dir), install)
	if first == nil {
		return other, nil
	}
	err := inner.prove(filepath.Dir(dir), install)
	if err == nil {
		return inner, nil
	}
	return Identity{}, withHint(
		fmt.Errorf("Postgres can't run as root: as %s: %w; in a user namespace: %w", other.Name, first, err),
		"move the project to a folder that every user can enter, or run this as an ordinary user")
}

// ordinaryUser is whom root becomes.
func ordinaryUser() (Identity, bool) {
	for _, name := range []string{"postgres", "_postgres", "nobody", "daemon"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid > 0 && gid > 0 {
			return Identity{Mode: RunUser, Name: name, UID: uid, GID: gid, InnerUID: uid, InnerGID: gid}, true
		}
	}
	return Identity{}, false
}

// prove runs the server's binary as the identity in dir, or above it where
// there is no dir yet. A nil install proves the way alone.
func (id Identity) prove(dir string, install *Install) error {
	for dir != "/" {
		if _, err := os.Stat(dir); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	name := "/bin/sh"
	args := []string{"-c", "exit 0"}
	if install != nil {
		name, args = install.Postgres(), []string{"--version"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), proofTimeout)
	defer cancel()
	cmd := id.command(ctx, name, args...)
	cmd.Dir = dir
	return cmd.Run()
}

// command prepares a program that runs as the identity.
func (id Identity) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = id.attr()
	cmd.Env = serverEnv()
	return cmd
}

// Chown gives path (itself, not what it holds) to the identity. It does
// nothing unless this process is root.
func (id Identity) Chown(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Lchown(path, id.UID, id.GID)
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(uid)
}
