package neonapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is Neon's own.
const DefaultBaseURL = "https://console.neon.tech/api/v2"

// maxBody bounds an answer: a branch's schema is the largest there is.
const maxBody = 64 << 20

// Config is the optional part of New. Its zero value works.
type Config struct {
	// BaseURL is where the API is. Defaults to DefaultBaseURL.
	BaseURL string
	// HTTPClient sends the requests. Defaults to one whose single request may
	// take a minute.
	HTTPClient *http.Client
	// RetryFor is how long a request that Neon refuses for the moment is tried
	// again. Defaults to two minutes; less than 0 means never again.
	RetryFor time.Duration
	// Log gets each request at level debug, without key and bodies. Defaults to
	// none.
	Log *slog.Logger
}

// Client calls the API. It is safe for concurrent use.
type Client struct {
	key  string
	base string
	cfg  Config
}

// New returns a client that authenticates with an API key.
func New(key string, cfg Config) (*Client, error) {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, &KeyError{}
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	u, err := url.Parse(cfg.BaseURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the base URL of the API is not one: give https://host/api/v2, without user, query and fragment")
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Timeout: time.Minute}
	}
	if cfg.RetryFor == 0 {
		cfg.RetryFor = 2 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{key: key, base: strings.TrimRight(u.String(), "/"), cfg: cfg}, nil
}

// BaseURL is where the client sends its requests.
func (c *Client) BaseURL() string { return c.base }

// String hides the key from every print.
func (c *Client) String() string { return "neonapi.Client(" + c.base + ")" }

// GoString is String.
func (c *Client) GoString() string { return c.String() }

// call sends a request and decodes the answer into out, unless that is nil.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	target := c.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	deadline := time.Now().Add(c.cfg.RetryFor)
	for try := 0; ; try++ {
		began := time.Now()
		data, err := c.once(ctx, method, target, path, body)
		c.cfg.Log.DebugContext(ctx, "neon api", "method", method, "path", path, "try", try, "took", time.Since(began), "err", err)
		if err == nil {
			return decode(method, path, data, out)
		}
		pause, again := retryAfter(method, err, try)
		if !again || ctx.Err() != nil || time.Now().Add(pause).After(deadline) {
			return err
		}
		if limit, ok := ctx.Deadline(); ok && time.Now().Add(pause).After(limit) {
			return errors.Join(err, context.DeadlineExceeded)
		}
		if stopped := sleep(ctx, pause); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// once sends a request one time.
func (c *Client) once(ctx context.Context, method, target, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("neon api: %s %s: %w", method, path, cause(err))
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "espalier")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.cfg.HTTPClient.Do(req)
	if err != nil {
		return nil, &NetworkError{Method: method, Host: req.URL.Host, Err: cause(err)}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, &NetworkError{Method: method, Host: req.URL.Host, Err: err}
	case len(data) > maxBody:
		return nil, fmt.Errorf("neon api: %s %s: the answer is larger than %d bytes", method, path, maxBody)
	case resp.StatusCode/100 != 2:
		return nil, c.errorOf(method, path, resp, data)
	}
	return data, nil
}

func decode(method, path string, data []byte, out any) error {
	if out == nil || len(data) == 0 {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("neon api: %s %s: the answer is not the JSON that was expected: %w", method, path, err)
	}
	return nil
}

// cause drops the URL that net/http puts around an error.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// pathf puts escaped segments into a path.
func pathf(format string, segments ...string) string {
	args := make([]any, len(segments))
	for i, s := range segments {
		args[i] = url.PathEscape(s)
	}
	return fmt.Sprintf(format, args...)
}
