package localneon

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/espalier-go/espalier/branch/localbranch"
)

// Prefix is the path of the API's base URL.
const Prefix = "/api/v2"

// Config is the optional part of Open. Its zero value works.
type Config struct {
	// Branches configures the branches of every project. Without its Keep,
	// computes end with the server.
	Branches localbranch.Config
	// Router says where computes are reached. Defaults to Direct.
	Router Router
	// BranchesLimit is how many branches a project may have. Defaults to 5000.
	BranchesLimit int
	// ExpiryInterval is how often expired branches are looked for. Defaults to
	// 5 s.
	ExpiryInterval time.Duration
	// Fault, if set, may answer a request with a status of its choice, such as
	// 423, 429 or 503, before it is looked at; 0 lets it pass.
	Fault func(*http.Request) (status int)
	// Log gets what is done, without secrets. Defaults to none.
	Log *slog.Logger
}

// Server is the API. It is an http.Handler, safe for concurrent use.
type Server struct {
	dir  string // the project's folder
	cfg  Config
	mux  *http.ServeMux
	lock func() // gives the folder's lock back

	mu   sync.Mutex // guards all below
	st   *state
	open map[string]*localbranch.Provider // by project id
	busy map[string]bool                  // by branch id
	// changes counts the branches made and deleted here.
	changes int
	// preserving holds "project/name" of branches that keep an old state, and
	// get no compute.
	preserving map[string]bool

	work sync.WaitGroup // operations on their way
	stop context.CancelFunc
	ctx  context.Context // ends with Close
	lost chan struct{}   // closed when the folder is gone
}

// Open makes the project in dir where there is none, and serves it. Only one
// server may be open in a folder: ErrRunning.
func Open(ctx context.Context, dir string, cfg Config) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Router == nil {
		cfg.Router = Direct
	}
	if cfg.BranchesLimit <= 0 {
		cfg.BranchesLimit = 5000
	}
	if cfg.ExpiryInterval <= 0 {
		cfg.ExpiryInterval = 5 * time.Second
	}
	cfg.Branches.Log = cfg.Log
	s := &Server{dir: dir, cfg: cfg, open: make(map[string]*localbranch.Provider), busy: make(map[string]bool), preserving: make(map[string]bool), lost: make(chan struct{})}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.begin(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.mux = s.routes()
	s.work.Go(s.expire)
	return s, nil
}

// begin makes the project and takes its folder.
func (s *Server) begin(ctx context.Context) error {
	p, err := localbranch.Open(ctx, s.dir, s.cfg.Branches)
	if err != nil {
		return err
	}
	if _, err := p.Init(ctx); err != nil {
		return errors.Join(err, p.Close())
	}
	if s.lock, err = lockFolder(s.stateDir()); err != nil {
		return errors.Join(err, p.Close())
	}
	if s.st, err = load(s.statePath()); err != nil {
		return errors.Join(err, p.Close())
	}
	if err := s.sweepProjects(ctx); err != nil {
		return errors.Join(err, p.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.interrupted()
	if len(s.st.Projects) == 0 {
		overview, err := p.Overview(ctx)
		if err != nil {
			return errors.Join(err, p.Close())
		}
		s.st.Projects = append(s.st.Projects, newProject(filepath.Base(s.dir), majorOf(overview.Version)))
	}
	s.open[s.st.Projects[0].ID] = p
	return s.saveLocked()
}

// Close waits for operations on their way. Computes run on.
func (s *Server) Close() error {
	s.stop()
	s.work.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, p := range s.open {
		errs = append(errs, p.Close())
	}
	clear(s.open)
	if s.lock != nil {
		s.lock()
		s.lock = nil
	}
	return errors.Join(errs...)
}

// Key is the API key that the server takes.
func (s *Server) Key() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Key
}

// ProjectID is the id of the folder's own project.
func (s *Server) ProjectID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.st.Projects[0].ID
}

func (s *Server) stateDir() string  { return filepath.Join(s.dir, localbranch.StateDir) }
func (s *Server) statePath() string { return filepath.Join(s.stateDir(), "neon.json") }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := requestID(r)
	w.Header().Set("X-Neon-Ret-Request-Id", id)
	defer func() {
		if bug := recover(); bug != nil {
			s.cfg.Log.Error("a request failed", "path", r.URL.Path, "request", id, "panic", fmt.Sprint(bug))
			writeError(w, id, &apiError{Status: http.StatusInternalServerError, Message: "internal error"})
		}
	}()
	if err := s.admit(r); err != nil {
		writeError(w, id, err)
		return
	}
	if s.cfg.Fault != nil {
		if status := s.cfg.Fault(r); status != 0 {
			writeError(w, id, faultError(status))
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// admit checks the key in constant time.
func (s *Server) admit(r *http.Request) *apiError {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(s.Key())) != 1 {
		return &apiError{Status: http.StatusUnauthorized, Message: "supplied credentials do not pass authentication"}
	}
	// A page in a browser can't guess the key, nor should it get to try.
	if r.Header.Get("Origin") != "" {
		return &apiError{Status: http.StatusForbidden, Message: "browsers are not served"}
	}
	return nil
}

// background runs the rest of an operation, which Close waits for.
func (s *Server) background(work func(ctx context.Context)) {
	s.work.Go(func() { work(context.WithoutCancel(s.ctx)) })
}
