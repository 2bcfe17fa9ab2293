package localneon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// Info tells about the daemon of a project.
type Info struct {
	// Running tells whether it answers.
	Running bool `json:"running"`
	PID     int  `json:"pid,omitempty"`
	// URL is the API's base URL, for NEON_API_HOST. It stays the same as long
	// as its port is free.
	URL string `json:"url,omitempty"`
	// Key is the API key, for NEON_API_KEY.
	Key string `json:"-"`
	// ProjectID is the id of the folder's own project.
	ProjectID string `json:"project_id,omitempty"`
}

// String leaves the key out.
func (i Info) String() string { return fmt.Sprintf("local Neon at %s, project %s", i.URL, i.ProjectID) }

// GoString is String.
func (i Info) GoString() string { return i.String() }

func daemonPath(dir string) string {
	return filepath.Join(dir, localbranch.StateDir, "neon-daemon.json")
}

// Inspect tells about the daemon of the project in dir. It starts nothing.
func Inspect(dir string) (Info, error) {
	var info Info
	state := filepath.Join(dir, localbranch.StateDir)
	st, err := load(filepath.Join(state, "neon.json"))
	if err != nil || len(st.Projects) == 0 {
		return info, err
	}
	info.Key, info.ProjectID = st.Key, st.Projects[0].ID
	held, err := lockHeld(state)
	if !held || err != nil {
		return info, err
	}
	data, err := os.ReadFile(daemonPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return info, nil
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(data, &info); err != nil {
		return info, fmt.Errorf("read %s: %w", daemonPath(dir), err)
	}
	if errors.Is(syscall.Kill(info.PID, 0), syscall.ESRCH) {
		// A killed one left it, and the next is about to answer.
		return Info{Key: info.Key, ProjectID: info.ProjectID}, nil
	}
	return info, nil
}

func lockHeld(state string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(state, "neon.lock"), os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// Serve opens the project in dir and serves it on a loopback port, the one it
// had before if that is free, until ctx ends or the folder is removed. ready, if not nil, is called when
// it answers.
func Serve(ctx context.Context, dir string, cfg Config, ready func(Info)) error {
	s, err := Open(ctx, dir, cfg)
	if err != nil {
		return err
	}
	l, err := s.listen()
	if err != nil {
		return errors.Join(err, s.Close())
	}
	info := Info{Running: true, PID: os.Getpid(), URL: "http://" + l.Addr().String() + Prefix, Key: s.Key(), ProjectID: s.ProjectID()}
	if err := writeInfo(dir, info); err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	if ready != nil {
		ready(info)
	}
	select {
	case err = <-failed:
	case <-s.lost:
		err = errors.Join(errors.New("the project's folder is gone"), srv.Close())
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		err = srv.Shutdown(last)
	}
	_ = os.Remove(daemonPath(dir))
	return errors.Join(err, s.Close())
}

func (s *Server) listen() (net.Listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.st.Port)))
	if err != nil && s.st.Port != 0 {
		l, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	s.st.Port = l.Addr().(*net.TCPAddr).Port
	return l, s.saveLocked()
}

func writeInfo(dir string, info Info) error {
	data, err := json.Marshal(info)
	if err != nil {
		return err
	}
	tmp := daemonPath(dir) + ".tmp"
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, daemonPath(dir))
}

// Start runs the daemon of the project in dir with cmd, which is to call Serve,
// unless it runs already, and waits until it answers. It outlives the caller.
// What it prints goes to the file neon.log.
func Start(ctx context.Context, dir string, cmd *exec.Cmd) (info Info, started bool, err error) {
	if info, err = Inspect(dir); info.Running || err != nil {
		return info, false, err
	}
	// One at a time: a second daemon on its way would outlive a Stop.
	unlock, err := takeStart(ctx, dir)
	if err != nil {
		return info, false, err
	}
	defer unlock()
	if info, err = Inspect(dir); info.Running || err != nil {
		return info, false, err
	}
	log, err := os.OpenFile(filepath.Join(dir, localbranch.StateDir, "neon.log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return info, false, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return info, false, fmt.Errorf("start the local Neon: %w", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	for {
		if info, err = Inspect(dir); info.Running || err != nil {
			// Another process may have been faster.
			return info, info.PID == cmd.Process.Pid, err
		}
		select {
		case <-ctx.Done():
			return info, false, context.Cause(ctx)
		case <-ended:
			if info, err = Inspect(dir); info.Running || err != nil {
				return info, false, err
			}
			if held, _ := lockHeld(filepath.Join(dir, localbranch.StateDir)); !held {
				return info, false, fmt.Errorf("the local Neon ended at once: see %s", log.Name())
			}
			time.Sleep(5 * time.Millisecond)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// takeStart waits for others who start or stop the daemon.
func takeStart(ctx context.Context, dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, localbranch.StateDir, "neon-start.lock"), os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(err, f.Close())
		}
		if err := pause(ctx); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
}

// Stop ends the daemon of the project in dir and waits until it is gone. The
// computes run on. ran tells whether there was one.
func Stop(ctx context.Context, dir string) (ran bool, err error) {
	state := filepath.Join(dir, localbranch.StateDir)
	if _, err := os.Stat(state); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	unlock, err := takeStart(ctx, dir)
	if err != nil {
		return false, err
	}
	defer unlock()
	for began := time.Now(); ; {
		held, err := lockHeld(state)
		if !held || err != nil {
			return ran, err
		}
		ran = true
		info, err := Inspect(dir)
		if err != nil {
			return ran, err
		}
		signal := syscall.SIGTERM
		if time.Since(began) > 20*time.Second {
			signal = syscall.SIGKILL
		}
		// Without a pid it is about to answer, or to end.
		if info.PID != 0 && info.PID != os.Getpid() {
			if err := syscall.Kill(info.PID, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
				return ran, fmt.Errorf("stop the local Neon: %w", err)
			}
		}
		for range 20 {
			if err := pause(ctx); err != nil {
				return ran, err
			}
			if held, err := lockHeld(state); !held || err != nil {
				return ran, err
			}
		}
	}
}
