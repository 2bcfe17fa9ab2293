package neonapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/neonapi"
)

const key = "napi_verysecretkey0123456789"

// fake answers requests without a network, so that time can be false.
type fake struct {
	answers []answer
	seen    []*http.Request
	bodies  []string
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	f.seen, f.bodies = append(f.seen, r), append(f.bodies, string(body))
	a := f.answers[min(len(f.seen), len(f.answers))-1]
	if a.err != nil {
		return nil, a.err
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func client(t *testing.T, f *fake, log io.Writer) *neonapi.Client {
	t.Helper()
	cfg := neonapi.Config{HTTPClient: &http.Client{Transport: f}}
	if log != nil {
		cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	c, err := neonapi.New(key, cfg)
	require.NoError(t, err)
	return c
}

func TestRefusedForNowIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answers: []answer{
			{status: 423, body: `{"message":"project already has running conflicting operations"}`},
			{status: 429, header: http.Header{"Retry-After": {"30"}}},
			{status: 503, header: http.Header{"Retry-After": {time.Now().Add(45 * time.Second).UTC().Format(http.TimeFormat)}}},
			{status: 200, body: `{"branch":{"id":"br-a-b-1"}}`},
		}}
		began := time.Now()
		out, err := client(t, f, nil).RestoreBranch(t.Context(), "p", "br-a-b-1", neonapi.RestoreBranch{SourceID: "br-a-b-2"})
		require.NoError(t, err)
		require.Equal(t, "br-a-b-1", out.Branch.ID)
		require.Len(t, f.seen, 4)
		require.GreaterOrEqual(t, time.Since(began), 44*time.Second, "both Retry-After are kept")
		for i, r := range f.seen {
			require.Equal(t, "Bearer "+key, r.Header.Get("Authorization"))
			require.JSONEq(t, `{"source_branch_id":"br-a-b-2"}`, f.bodies[i], "the body is sent again")
		}
	})
}

func TestRetriesEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answers: []answer{{status: 423}}}
		began := time.Now()
		_, err := client(t, f, nil).Project(t.Context(), "p")
		require.True(t, neonapi.IsLocked(err), "%v", err)
		require.Less(t, time.Since(began), 2*time.Minute+time.Second)
		require.Greater(t, len(f.seen), 5)

		f = &fake{answers: []answer{{status: 429, header: http.Header{"Retry-After": {"60"}}}}}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began = time.Now()
		_, err = client(t, f, nil).Project(ctx, "p")
		require.True(t, neonapi.IsRateLimited(err))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, time.Since(began), "no wait that can't end in time")
	})
}

func TestWhatMayBeTriedAgain(t *testing.T) {
	broken := errors.New("connection reset")
	for name, c := range map[string]struct {
		answer answer
		write  bool
		tries  int
	}{
		"500 on a read":              {answer{status: 500}, false, 4},
		"500 on a write":             {answer{status: 500}, true, 1},
		"a broken line on a read":    {answer{err: broken}, false, 4},
		"a broken line on a write":   {answer{err: broken}, true, 1},
		"503 on a write":             {answer{status: 503}, true, 0},
		"409 on a write":             {answer{status: 409}, true, 1},
		"404 on a read":              {answer{status: 404}, false, 1},
		"an answer that is not JSON": {answer{status: 200, body: "<html>"}, false, 1},
		"a canceled read":            {answer{err: context.Canceled}, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answers: []answer{c.answer}}
				var err error
				if c.write {
					_, err = client(t, f, nil).CreateRole(t.Context(), "p", "b", "r")
				} else {
					_, err = client(t, f, nil).Project(t.Context(), "p")
				}
				require.Error(t, err)
				if c.tries > 0 {
					require.Len(t, f.seen, c.tries)
				} else {
					require.Greater(t, len(f.seen), 1)
				}
			})
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	f := &fake{answers: []answer{{status: 409, body: `{"request_id":"req-1","code":"","message":"branch already exists"}`}}}
	_, err := client(t, f, nil).CreateBranch(t.Context(), "p", neonapi.CreateBranch{})
	require.True(t, neonapi.IsConflict(err))
	require.EqualError(t, err, "neon api: POST /projects/p/branches: 409: branch already exists, request req-1")
	var e *neonapi.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "req-1", e.RequestID)

	f = &fake{answers: []answer{{status: 422, header: http.Header{"X-Neon-Ret-Request-Id": {"req-2"}},
		body: `{"code":"BRANCHES_LIMIT_EXCEEDED","message":"too\nmany"}`}}}
	_, err = client(t, f, nil).CreateBranch(t.Context(), "p", neonapi.CreateBranch{})
	require.True(t, neonapi.IsLimitExceeded(err))
	require.ErrorAs(t, err, &e)
	require.Equal(t, "req-2", e.RequestID)
	require.Contains(t, e.Hint(), "prune")
	require.NotContains(t, err.Error(), "\n")

	f = &fake{answers: []answer{{status: 401, body: `{"message":"supplied credentials do not pass authentication"}`}}}
	_, err = client(t, f, nil).Me(t.Context())
	require.True(t, neonapi.IsUnauthorized(err))
	require.ErrorAs(t, err, &e)
	require.Contains(t, e.Hint(), "NEON_API_KEY")
}

// The other side may send the key back, in any field: it must not go further.
func TestNoKeyInErrorsAndLogs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	for _, a := range []answer{
		{status: 401, body: `{"code":"` + key + `","message":"bad key ` + key + `","request_id":"` + key + `"}`},
		{status: 404, header: http.Header{"X-Neon-Ret-Request-Id": {key}}, body: key},
		{status: 200, body: key},
		{err: errors.New("dial tcp: no route")},
	} {
		c := client(t, &fake{answers: []answer{a}}, &out)
		_, err := c.CreateRole(t.Context(), "p", "b", "r")
		require.Error(t, err)
		fmt.Fprintf(&out, "%v %+v %#v %v %s %#v", err, err, err, c, c, c)
	}
	require.NotContains(t, out.String(), key)
	require.Contains(t, out.String(), "neon api", "there is a log")

	for _, bad := range []string{"", "a b", key + "\n", "schlüssel"} {
		_, err := neonapi.New(bad, neonapi.Config{})
		require.Error(t, err)
		if bad != "" {
			require.NotContains(t, err.Error(), bad)
		}
	}
	for _, bad := range []string{"console.neon.tech", "ftp://x/y", "https://u:hidden@x/api", "https://x/?k=hidden", "://hidden"} {
		_, err := neonapi.New(key, neonapi.Config{BaseURL: bad})
		require.Error(t, err, bad)
		require.NotContains(t, err.Error(), "hidden")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	branches := make([]string, 230)
	for i := range branches {
		branches[i] = fmt.Sprintf("br-a-b-%d", i)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, next := 0, map[string]string{}
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &from)
		to := min(from+100, len(branches))
		if to < len(branches) {
			next["next"] = fmt.Sprint(to)
		}
		page := []map[string]string{}
		for _, id := range branches[from:to] {
			page = append(page, map[string]string{"id": id})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"branches": page, "pagination": next})
	}))
	t.Cleanup(srv.Close)
	c, err := neonapi.New(key, neonapi.Config{BaseURL: srv.URL + "/api/v2/"})
	require.NoError(t, err)
	all, err := c.Branches(t.Context(), "p")
	require.NoError(t, err)
	require.Len(t, all, len(branches))
	for i, b := range all {
		require.Equal(t, branches[i], b.ID)
	}
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, done := `{"operation":{"id":"o","status":"running"}}`, `{"operation":{"id":"o","status":"finished"}}`
		f := &fake{answers: []answer{{status: 200, body: running}, {status: 200, body: running}, {status: 200, body: done}}}
		require.NoError(t, client(t, f, nil).Wait(t.Context(), "p", neonapi.Operation{ID: "o", Status: "scheduling"}, neonapi.Operation{Status: "skipped"}))
		require.Len(t, f.seen, 3)

		f = &fake{answers: []answer{{status: 200, body: `{"operation":{"id":"o","action":"create_branch","status":"failed","error":"no room"}}`}}}
		err := client(t, f, nil).Wait(t.Context(), "p", neonapi.Operation{ID: "o", Status: "running"})
		var failed *neonapi.OperationError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "no room")

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		f = &fake{answers: []answer{{status: 200, body: running}}}
		require.ErrorIs(t, client(t, f, nil).Wait(ctx, "p", neonapi.Operation{ID: "o", Status: "running"}), context.DeadlineExceeded)
	})
}

func TestUpdateBranchWritesOnlyWhatChanges(t *testing.T) {
	t.Parallel()
	name, off, never := "n", false, time.Time{}
	at := time.Date(2026, 3, 1, 12, 0, 0, 5000, time.UTC)
	for want, in := range map[string]neonapi.UpdateBranch{
		`{"branch":{}}`: {},
		`{"branch":{"name":"n","protected":false}}`:        {Name: &name, Protected: &off},
		`{"branch":{"expires_at":null}}`:                   {ExpiresAt: &never},
		`{"branch":{"expires_at":"2026-03-01T12:00:00Z"}}`: {ExpiresAt: &at},
	} {
		got, err := json.Marshal(in)
		require.NoError(t, err)
		require.JSONEq(t, want, string(got))
	}
}
