package pglocal

import (
	"bytes"
	"context"
	"encoding/json"
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
	Fresh bool  `json:"fresh"`
	State state `json:"state"`
}

// keeperReport is what it answers when the server is ready or failed.
type keeperReport struct {
	State *state   `json:"state,omitempty"`
	Error string   `json:"error,omitempty"`
	Log   []string `json:"log,omitempty"`
}

// spawnKeeper starts a detached keeper and waits until its server is ready.
// The keeper inherits start.lock, and lets go of it once it has keeper.lock:
// there is no moment in which a killed starter leaves neither.
func spawnKeeper(ctx context.Context, job keeperJob, lock *fileLock) (*state, error) {
	input, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	exe, err := ownBinary()
	if err != nil {
		return nil, err
	}
	errs, err := openLog(cluster{job.Dir}.path("keeper.log"))
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	answer, report, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	cmd := exec.Command(exe)
	cmd.Args = []string{"espalier-keeper", job.Dir}
	cmd.Dir = "/"
	cmd.Env = append(serverEnv(), keeperEnv+"=1")
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stdout, cmd.Stderr = errs, errs
	cmd.ExtraFiles = []*os.File{report, lock.f}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = cmd.Start()
	report.Close()
	if err != nil {
		return nil, fmt.Errorf("start the keeper: %w", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	got := make(chan keeperReport, 1)
	go func() {
		content, _ := io.ReadAll(answer)
		var r keeperReport
		if json.Unmarshal(content, &r) != nil {
			r.Error = "the keeper died, see " + cluster{job.Dir}.path("keeper.log")
		}
		got <- r
	}()
	select {
	case r := <-got:
		if r.State != nil {
			return r.State, nil
		}
		<-ended
		return nil, startFailure(r.Error, r.Log, job.State.Port, job.Dir)
	case <-ctx.Done():
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		return nil, context.Cause(ctx)
	}
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
