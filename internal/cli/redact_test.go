package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"dial postgres://me:s3cr3t@db/app?x=1 failed":       "dial postgres://me:xxxxx@db/app?x=1 failed",
		`parse "postgres://me:s3%zz@cr3t@db": bad`:          `parse "postgres://me:xxxxx@db": bad`,
		"host=db password=s3cr3t user=me":                   "host=db password=xxxxx user=me",
		"host=db password = 's3 cr\\'3t' user=me":           "host=db password = xxxxx user=me",
		"postgres://db/app?user=me&password=s3cr3t&a=b":     "postgres://db/app?user=me&password=xxxxx&a=b",
		"sslpassword=s3cr3t":                                "sslpassword=xxxxx",
		"postgres://me@db/app, ask me@example.com, at 1:2@": "postgres://me@db/app, ask me@example.com, at 1:2@",
		"password authentication failed for user \"me\"":    "password authentication failed for user \"me\"",
	} {
		require.Equal(t, want, string(redact([]byte(in))))
	}
}

func TestRedactorKnowsSecrets(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	r := &redactor{w: &buf}
	r.learn("postgres://me:one two@db/app")
	r.learn("host=db password=threefour")
	_, err := r.Write([]byte("one two and threefour: no"))
	require.NoError(t, err)
	require.Equal(t, "xxxxx and xxxxx: no", buf.String())
}

func FuzzRedact(f *testing.F) {
	f.Add("me", "s3cr3t", "db")
	f.Add("", "a@b", "h/x?y")
	f.Fuzz(func(t *testing.T, user, password, host string) {
		if strings.ContainsAny(user, ":/@?#\"' \t\n\r\v\f") || strings.ContainsAny(password, "\"' \t\n\r\v\f") ||
			strings.ContainsAny(host, "@\"' \t\n\r\v\f") || len(password) < 4 {
			t.Skip()
		}
		got := string(redact([]byte("postgres://" + user + ":" + password + "@" + host)))
		require.True(t, strings.HasPrefix(got, "postgres://"+user+":xxxxx@"), got)
	})
}
