package pglocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// keeperJob is what a keeper reads from its standard input.
type keeperJob struct {
	Dir    string        `json:"dir"`
	Linger time.Duration `json:"linger"`
	// Fresh says that the data directory was just made.
	Fresh bool `json:"fresh"`
	// Synced is the configuration from when the data is on the disk, or empty
	// when it is the same all the time.
	Synced string `json:"synced,omitempty"`
	State  state  `json:"state"`
}

// keeperReport is what it answers when the server is ready or failed.
type keeperReport struct {
	State *state   `json:"state,omitempty"`
	Error string   `json:"error,omitempty"`
	Log   []string `json:"log,omitempty"`
}

// spawned is a keeper that waits for its job. It ends without one.
type spawned struct {
	dir     string
	process *os.Process
	input   *os.File
	report  chan keeperReport
	ended   chan struct{}
}

// spawnKeeper starts a detached keeper. It inherits start.lock, and lets go of
// it once it has keeper.lock: there is no moment in which a killed starter
// leaves neither.
func spawnKeeper(dir string, lock *fileLock) (*spawned, error) {
	exe, err := ownBinary()
	if err != nil {
		return nil, err
	}
	errs, err := openLog(cluster{dir}.path("keeper.log"))
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	stdin, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdin.Close()
	answer, report, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, input.Close())
	}
	defer report.Close()
	cmd := exec.Command(exe)
	cmd.Args = []string{"espalier-keeper", dir}
	cmd.Dir = "/"
	cmd.Env = append(serverEnv(), keeperEnv+"=1")
	cmd.Stdin = stdin
	cmd.Stdout, cmd.Stderr = errs, errs
	cmd.ExtraFiles = []*os.File{report, lock.f}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the keeper: %w", err), input.Close(), answer.Close())
	}
	s := &spawned{dir: dir, process: cmd.Process, input: input, report: make(chan keeperReport, 1), ended: make(chan struct{})}
	go func() { _ = cmd.Wait(); close(s.ended) }()
	go func() {
		defer answer.Close()
		content, _ := io.ReadAll(answer)
		var r keeperReport
		if json.Unmarshal(content, &r) != nil {
			r.Error = "the keeper died, see " + cluster{dir}.path("keeper.log")
		}
		s.report <- r
	}()
	return s, nil
}

// run gives the keeper its job and waits until its server is ready.
func (s *spawned) run(ctx context.Context, job keeperJob) (*state, error) {
	err := json.NewEncoder(s.input).Encode(job)
	// Where it died already, its report says of what.
	if err = errors.Join(err, s.input.Close()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	select {
	case r := <-s.report:
		if r.State != nil {
			return r.State, nil
		}
		<-s.ended
		return nil, startFailure(r.Error, r.Log, job.State.Port, s.dir)
	case <-ctx.Done():
		_ = s.process.Signal(syscall.SIGTERM)
		select {
		case <-s.ended:
		case <-time.After(5 * time.Second):
			_ = s.process.Kill()
			<-s.ended
		}
		return nil, context.Cause(ctx)
	}
}

// cancel ends a keeper that got no job; it does nothing after run.
func (s *spawned) cancel() {
	if s == nil || s.input.Close() != nil {
		return
	}
	<-s.ended
}

// openLog opens a log file to append to; a large one is begun anew.
func openLog(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Size() > 8<<20 {
		if err := os.Rename(path, path+".1"); err != nil {
			return nil, err
		}
	}
	return createOwned(path, os.O_WRONLY|os.O_APPEND)
}
