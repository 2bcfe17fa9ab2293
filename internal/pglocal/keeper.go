package pglocal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keeper owns a server: it starts it, and stops it after its last user. The
// kernel ends the server when the keeper is killed.
type keeper struct {
	job     keeperJob
	cluster cluster
	lock    *fileLock
	server  *exec.Cmd
	ended   chan struct{}
	log     *os.File
	// logStart is where this server's part of the log begins.
	logStart int64
}

// keeperMain is the keeper's whole life; it returns the exit code.
func keeperMain() int {
	// The server dies with the thread that started it, so this one must stay.
	runtime.LockOSThread()
	_ = os.Unsetenv(keeperEnv)
	// Inherited files would go on to Postgres.
	unix.CloseOnExec(3)
	unix.CloseOnExec(4)
	report, startLock := os.NewFile(3, "report"), os.NewFile(4, "start.lock")
	if report == nil || startLock == nil {
		fmt.Fprintln(os.Stderr, "espalier: the keeper isn't meant to be started by hand")
		return 2
	}
	unix.Umask(0o077)
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	stop := make(chan os.Signal, 4)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)

	k := &keeper{ended: make(chan struct{})}
	err := k.begin(startLock, stop)
	if errors.Is(err, errNoJob) {
		return 0
	}
	answer := keeperReport{}
	if err != nil {
		answer.Error, answer.Log = err.Error(), k.newLog()
		fmt.Fprintln(os.Stderr, time.Now().UTC().Format(time.RFC3339), err)
		k.abandon()
	} else {
		answer.State = &k.job.State
	}
	content, jerr := json.Marshal(answer)
	if jerr == nil {
		_, _ = report.Write(content)
	}
	report.Close()
	if err != nil {
		return 1
	}
	go k.settle()
	return k.watch(stop)
}

// errNoJob says that the starter gave up, or was killed, before there was
// anything to keep.
var errNoJob = errors.New("no job")

// begin takes keeper.lock, starts the server and waits until it is ready.
func (k *keeper) begin(startLock *os.File, stop <-chan os.Signal) error {
	input, err := io.ReadAll(os.Stdin)
	if err == nil && len(input) == 0 {
		return errNoJob
	}
	if err == nil {
		err = json.Unmarshal(input, &k.job)
	}
	if err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	k.cluster = cluster{k.job.Dir}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// Those who only ask whether a keeper lives hold it for a moment.
	if k.lock, err = takeLock(ctx, k.cluster.path("keeper.lock")); err != nil {
		return err
	}
	startLock.Close()
	if k.log, err = openLog(k.cluster.path("postgres.log")); err != nil {
		return err
	}
	if k.logStart, err = k.log.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	st := &k.job.State
	k.server = st.Identity.command(context.Background(), st.Install.Postgres(),
		serverArgs(st.DataDir, k.cluster.path("postgresql.conf"), st.SocketDir, st.Port)...)
	k.server.Stdout, k.server.Stderr = k.log, k.log
	dieWithParent(k.server.SysProcAttr, syscall.SIGQUIT)
	if err := k.server.Start(); err != nil {
		k.server = nil
		return fmt.Errorf("run %s: %w", st.Install.Postgres(), err)
	}
	go func() { _ = k.server.Wait(); close(k.ended) }()
	if err := k.untilReady(stop); err != nil {
		return err
	}
	st.KeeperPID, st.PID, st.Started = os.Getpid(), k.server.Process.Pid, time.Now().UTC()
	content, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return writeOwned(k.cluster.statePath(), content, nil)
}

// untilReady has no limit of its own: a recovery takes as long as it takes,
// and the starter's context ends it by a signal.
func (k *keeper) untilReady(stop <-chan os.Signal) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-k.ended:
			return fmt.Errorf("Postgres ended: %s", k.server.ProcessState)
		case <-stop:
			return errors.New("stopped while starting")
		case <-tick.C:
			pid, status := readPostmaster(k.job.State.DataDir)
			if pid == k.server.Process.Pid && (status == "ready" || status == "standby") {
				return nil
			}
		}
	}
}

// settle brings data to the disk that was copied there: Postgres syncs only
// what it writes itself, and with fsync off not even that.
func (k *keeper) settle() {
	if k.job.Synced != "" {
		st := k.job.State
		err := writeOwned(k.cluster.path("postgresql.conf"), []byte(k.job.Synced), &st.Identity)
		if err == nil {
			err = k.server.Process.Signal(syscall.SIGHUP)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "turn fsync on:", err)
		}
		// What a session writes before it has read the new setting is synced below.
		time.Sleep(settleTime)
	}
	if k.job.Fresh || k.job.Synced != "" {
		syncFileSystem(k.job.State.DataDir)
	}
}

// settleTime is ample for every process of the server to take a signal.
const settleTime = 200 * time.Millisecond

// watch waits for a reason to stop.
func (k *keeper) watch(stop <-chan os.Signal) int {
	idle := make(chan struct{})
	go k.watchUsers(idle)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-k.ended:
			fmt.Fprintln(os.Stderr, time.Now().UTC().Format(time.RFC3339), "Postgres ended by itself:", k.server.ProcessState)
			k.end(false)
			return 1
		case <-stop:
			k.end(false)
			return 0
		case <-idle:
			k.end(k.job.State.Ephemeral)
			return 0
		case <-tick.C:
			// The folder was removed: nobody can find this server any more.
			if !k.lock.isAt(k.cluster.path("keeper.lock")) {
				k.end(true)
				return 0
			}
		}
	}
}

// abandon stops a server that didn't become ready and leaves the data: its
// starter may try again.
func (k *keeper) abandon() {
	if k.server != nil {
		k.stopServer(true)
	}
}

// end stops the server, at once or with a checkpoint, and cleans up.
func (k *keeper) end(atOnce bool) {
	// From here on new users wait for the end instead of joining.
	_ = os.Remove(k.cluster.statePath())
	k.stopServer(atOnce || k.job.State.Ephemeral)
	_ = os.Remove(k.cluster.path("kept"))
	st := k.job.State
	if k.job.State.Ephemeral {
		_ = os.RemoveAll(st.DataDir)
		if parent := filepath.Dir(st.DataDir); parent != k.cluster.dir {
			_ = os.Remove(parent)
		}
	}
	if st.SocketDir != k.cluster.path("run") {
		_ = os.RemoveAll(st.SocketDir)
	}
}

func (k *keeper) stopServer(atOnce bool) {
	steps := []struct {
		signal syscall.Signal
		wait   time.Duration
	}{
		{syscall.SIGINT, time.Minute}, {syscall.SIGQUIT, 6 * time.Second}, {syscall.SIGKILL, 5 * time.Second},
	}
	if atOnce {
		steps = steps[1:]
	}
	for _, step := range steps {
		_ = k.server.Process.Signal(step.signal)
		select {
		case <-k.ended:
			for _, pid := range orphans(k.job.State.DataDir) {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			return
		case <-time.After(step.wait):
		}
	}
}

// newLog is the end of what Postgres wrote since this keeper started it.
func (k *keeper) newLog() []string {
	if k.log == nil {
		return nil
	}
	f, err := os.Open(k.log.Name())
	if err != nil {
		return nil
	}
	defer f.Close()
	content, err := io.ReadAll(io.NewSectionReader(f, k.logStart, 1<<20))
	if err != nil {
		return nil
	}
	return logTail(string(content))
}
