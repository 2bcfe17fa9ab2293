package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Start starts the server of the cluster in dir, or joins the one that runs,
// and holds one use of it until Close. dir/data is made from the cached
// template when absent; clusters made from one template share its system
// identifier. Start returns when the server accepts connections: during a
// recovery that ends in a promotion, read-only ones.
func Start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	srv, err := start(ctx, dir, cfg)
	if err != nil {
		return nil, fmt.Errorf("start Postgres in %s: %w", dir, diskHint(err))
	}
	return srv, nil
}

func start(ctx context.Context, dir string, cfg Config) (*Server, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	dir, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	c := cluster{dir}
	use, err := c.use(ctx)
	if err != nil {
		return nil, err
	}
	st, err := c.startOrJoin(ctx, cfg)
	if err == nil && cfg.Port != 0 && cfg.Port != st.Port {
		err = withHint(fmt.Errorf("it already runs on port %d, not on %d", st.Port, cfg.Port),
			"stop it first, or leave the port out")
	}
	if err != nil {
		use.Close()
		return nil, err
	}
	return &Server{cluster: c, state: *st, use: use}, nil
}

func (c cluster) startOrJoin(ctx context.Context, cfg Config) (*state, error) {
	if st, err := c.running(); st != nil || err != nil {
		return st, err
	}
	lock, err := takeLock(ctx, c.path("start.lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	for {
		st, err := c.running()
		if st != nil || err != nil {
			return st, err
		}
		busy, err := c.keeperAlive()
		if err != nil {
			return nil, err
		}
		if !busy {
			break
		}
		// A keeper without a state is stopping, or its starter was killed.
		if err := sleep(ctx, 2*time.Millisecond); err != nil {
			return nil, fmt.Errorf("wait for the earlier server: %w", err)
		}
	}
	return c.launch(ctx, cfg, lock)
}

// launch prepares the folder and starts a keeper. start.lock is held.
func (c cluster) launch(ctx context.Context, cfg Config, lock *fileLock) (*state, error) {
	data := c.data()
	if _, err := renderConfig(data, defaultSettings(cfg.Ephemeral), cfg.Settings); err != nil {
		return nil, err
	}
	if err := c.clean(ctx); err != nil {
		return nil, err
	}
	if cfg.Ephemeral {
		var err error
		if data, err = c.dropVolatile(cfg); err != nil {
			return nil, err
		}
	}
	in, err := c.installFor(ctx, cfg, data)
	if err != nil {
		return nil, err
	}
	_, err = os.Lstat(data)
	fresh := errors.Is(err, os.ErrNotExist)
	var id Identity
	if fresh && cfg.RunAs != nil {
		id = *cfg.RunAs
	} else if id, err = runAs(c.dir, data, in); err != nil {
		return nil, err
	}
	for _, dir := range []string{c.dir, filepath.Dir(data)} {
		if err := admit(dir, id); err != nil {
			return nil, err
		}
	}
	keeper, err := spawnKeeper(c.dir, lock)
	if err != nil {
		return nil, err
	}
	defer func() { keeper.cancel() }()
	if fresh {
		if err := cfg.fill(ctx, in, id, data); err != nil {
			return nil, err
		}
	}
	socketDir, err := c.makeSocketDir(id)
	if err != nil {
		return nil, err
	}
	config, err := renderConfig(data, defaultSettings(cfg.Ephemeral), cfg.Settings)
	if err != nil {
		return nil, err
	}
	if err := writeOwned(c.path("postgresql.conf"), []byte(config), &id); err != nil {
		return nil, err
	}
	job := keeperJob{
		Dir: c.dir, Linger: cfg.Linger, Fresh: fresh && !cfg.Ephemeral,
		State: state{SocketDir: socketDir, DataDir: data, Install: *in, Identity: id, Ephemeral: cfg.Ephemeral},
	}
	if cfg.SyncLater && !cfg.Ephemeral {
		job.Synced = config
		config += "fsync = off\n"
	}
	if err := writeOwned(c.path("postgresql.conf"), []byte(config), &id); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		if job.State.Port, err = c.choosePort(ctx, cfg.Port, !cfg.Ephemeral, cfg.CacheDir); err != nil {
			return nil, err
		}
		st, err := keeper.run(ctx, job)
		// Somebody was faster on a port that nobody remembers: take another.
		var taken *PortTakenError
		if !errors.As(err, &taken) || !cfg.Ephemeral || cfg.Port != 0 || try == 5 {
			return st, err
		}
		if keeper, err = spawnKeeper(c.dir, lock); err != nil {
			return nil, err
		}
	}
}

func (cfg Config) fill(ctx context.Context, in *Install, id Identity, data string) error {
	if cfg.Fill != nil {
		return cfg.Fill(ctx, data)
	}
	return newData(ctx, in, id, cfg.CacheDir, data, cfg.Log)
}

// clean removes what an earlier keeper left when it was killed.
func (c cluster) clean(ctx context.Context) error {
	if st, err := c.readState(); err == nil && st.DataDir != c.data() {
		if err := endOrphans(ctx, st.DataDir); err != nil {
			return err
		}
	}
	for _, name := range []string{"keeper.json", "kept"} {
		if err := os.Remove(c.path(name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return endOrphans(ctx, c.data())
}

// installFor gives binaries that fit the data.
func (c cluster) installFor(ctx context.Context, cfg Config, data string) (*Install, error) {
	major, err := dataMajor(data)
	if err != nil {
		return nil, err
	}
	if cfg.Install == nil {
		return Find(ctx, FindConfig{Major: major, CacheDir: cfg.CacheDir, Log: cfg.Log})
	}
	if major != 0 && major != cfg.Install.Major {
		return nil, &VersionError{Dir: c.dir, Data: major, Found: cfg.Install.Major}
	}
	return cfg.Install, nil
}

// admit lets the identity pass through a folder that is root's own.
func admit(dir string, id Identity) error {
	if id.Mode != RunUser {
		return nil
	}
	uid, _, err := ownerOf(dir)
	if err != nil || uid == id.UID {
		return err
	}
	if uid != 0 {
		return id.reach(dir)
	}
	if err := os.Lchown(dir, -1, id.GID); err != nil {
		return err
	}
	return os.Chmod(dir, 0o710)
}

// makeFolder makes dir for this user alone. The folders above it that root
// makes let others pass: the user that the server will run as is one of them.
func makeFolder(dir string) error {
	above := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		above = 0o711
	}
	if err := os.MkdirAll(filepath.Dir(filepath.Clean(dir)), above); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o700)
}

// resolve gives the path that /proc shows for dir.
func resolve(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if strings.ContainsAny(dir, "\n\r") {
		return "", fmt.Errorf("the path %q has a line break", dir)
	}
	return filepath.EvalSymlinks(dir)
}
