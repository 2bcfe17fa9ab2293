package neontests

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/internal/localneon"
)

var loadSpec = sync.OnceValues(func() (routers.Router, error) {
	dir, err := fetchModules()
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, "@neondatabase", "api-client", "public-v2-for-users.gen.yaml"))
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: localneon.Prefix}}
	return gorillamux.NewRouter(doc)
})

// oracle stands between a client and the local Neon and checks what passes
// against Neon's own OpenAPI file.
type oracle struct {
	http.Handler
	router routers.Router
	// anyRequest lets requests pass that the file forbids; answers never.
	anyRequest bool

	mu    sync.Mutex
	wrong []string
	seen  map[string]int // "METHOD /path/{of}/spec" of what was answered with 2xx
}

func newOracle(t *testing.T, h http.Handler) *oracle {
	t.Helper()
	router, err := loadSpec()
	require.NoError(t, err)
	o := &oracle{Handler: h, router: router, seen: make(map[string]int)}
	t.Cleanup(func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		require.Empty(t, o.wrong, "against Neon's OpenAPI file")
	})
	return o
}

func (o *oracle) say(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.wrong) < 20 {
		o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
	}
}

// ServeHTTP implements http.Handler.
func (o *oracle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	what := r.Method + " " + r.URL.RequestURI()
	r.Body = io.NopCloser(bytes.NewReader(body))
	route, params, err := o.router.FindRoute(r)
	if err != nil {
		if !o.anyRequest {
			o.say("%s: %v", what, err)
		}
		o.Handler.ServeHTTP(w, r)
		return
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil && !o.anyRequest {
		o.say("the request %s %s: %v", what, body, err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	rec := httptest.NewRecorder()
	o.Handler.ServeHTTP(rec, r)
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: options}
	out.SetBodyBytes(rec.Body.Bytes())
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		o.say("the answer to %s: %d %s: %v", what, rec.Code, rec.Body, err)
	}
	if rec.Code >= 500 {
		o.say("the answer to %s %q: %d %s", what, body, rec.Code, rec.Body)
	}
	if rec.Code/100 == 2 {
		o.mu.Lock()
		o.seen[route.Method+" "+route.Path]++
		o.mu.Unlock()
	}
	for name, values := range rec.Header() {
		w.Header()[name] = slices.Clone(values)
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

// An oracle that can't say no would prove nothing.
func TestOracle(t *testing.T) {
	t.Parallel()
	router, err := loadSpec()
	require.NoError(t, err)
	for name, c := range map[string]struct {
		method, path, body, answer string
		status                     int
	}{
		"a missing field":      {"GET", "/projects/p/branches/count", "", `{"cnt":1}`, 200},
		"a wrong type":         {"GET", "/projects/p/branches/count", "", `{"count":"1"}`, 200},
		"an undocumented code": {"GET", "/projects/p/branches/count", "", `{"message":"no"}`, 400},
		"a bad request":        {"POST", "/projects/p/endpoints", `{"endpoint":{"type":"read_write"}}`, `{"code":"","message":"no"}`, 422},
		"no such route":        {"GET", "/nowhere", "", `{}`, 200},
		"a server error":       {"GET", "/projects/p/branches/count", "", `{"code":"","message":"no"}`, 500},
	} {
		t.Run(name, func(t *testing.T) {
			o := &oracle{router: router, seen: make(map[string]int), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.answer)
			})}
			r := httptest.NewRequest(c.method, localneon.Prefix+c.path, bytes.NewBufferString(c.body))
			r.Header.Set("Content-Type", "application/json")
			o.ServeHTTP(httptest.NewRecorder(), r)
			require.NotEmpty(t, o.wrong)
		})
	}
}
