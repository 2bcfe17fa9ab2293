package cli

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"
)

// redactor is the last guard of stderr: errors and logs of any library pass
// through it, and passwords of connection strings stay out.
type redactor struct {
	w io.Writer

	mu      sync.Mutex // progress and logs come from several goroutines
	secrets []string
}

const redacted = "xxxxx"

var (
	urlPassword = regexp.MustCompile(`(\b[a-z][a-z0-9+.-]*://[^\s:/@?#"']*:)[^\s"']*@`)
	keyPassword = regexp.MustCompile(`(?i)\b((?:ssl)?password)(\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&"'` + "`" + `]+)`)
)

// learn takes the passwords out of a connection string, so that they are known
// wherever they turn up. Shorter than four bytes they could be any word.
func (r *redactor) learn(connString string) {
	if _, rest, ok := strings.Cut(connString, "://"); ok {
		if i := strings.LastIndexByte(rest, '@'); i >= 0 {
			_, password, _ := strings.Cut(rest[:i], ":")
			r.keep(password)
		}
	}
	for _, m := range keyPassword.FindAllStringSubmatch(connString, -1) {
		r.keep(strings.Trim(m[3], "'"))
	}
}

func (r *redactor) keep(secret string) {
	if len(secret) >= 4 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.secrets = append(r.secrets, secret)
	}
}

// Write implements io.Writer. A message must come in one call.
func (r *redactor) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.w.Write(r.redactLocked(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (r *redactor) redact(s string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.redactLocked([]byte(s)))
}

func (r *redactor) redactLocked(p []byte) []byte {
	for _, s := range r.secrets {
		p = bytes.ReplaceAll(p, []byte(s), []byte(redacted))
	}
	return redact(p)
}

func redact(p []byte) []byte {
	p = urlPassword.ReplaceAll(p, []byte("${1}"+redacted+"@"))
	return keyPassword.ReplaceAll(p, []byte("${1}${2}"+redacted))
}
