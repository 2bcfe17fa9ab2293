package neon

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		url  string
		want URL
		text string
	}{
		{
			"postgresql://alex:s3cret@ep-cool-darkness-a1b2c3d4.us-east-2.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
			URL{Host: "ep-cool-darkness-a1b2c3d4.us-east-2.aws.neon.tech", Port: 5432, Database: "neondb", User: "alex", Endpoint: "ep-cool-darkness-a1b2c3d4"},
			"postgresql://alex@ep-cool-darkness-a1b2c3d4.us-east-2.aws.neon.tech:5432/neondb",
		},
		{
			"postgres://alex:s3cret@ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech/neondb",
			URL{Host: "ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech", Port: 5432, Database: "neondb", User: "alex", Endpoint: "ep-cool-darkness-a1b2c3d4", Pooled: true},
			"postgresql://alex@ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech:5432/neondb",
		},
		{
			"postgres://u:p@ep-x-y-1-pooler.localhost:4444/db?sslmode=disable",
			URL{Host: "ep-x-y-1-pooler.localhost", Port: 4444, Database: "db", User: "u", Endpoint: "ep-x-y-1", Pooled: true},
			"postgresql://u@ep-x-y-1-pooler.localhost:4444/db",
		},
		{
			"host=db.example.com port=6000 user=u password='s3 cret' dbname=x sslmode=disable",
			URL{Host: "db.example.com", Port: 6000, Database: "x", User: "u"},
			"postgresql://u@db.example.com:6000/x",
		},
		{
			"postgres://u@/x?host=/run/pg&port=5433",
			URL{Host: "/run/pg", Port: 5433, Database: "x", User: "u"},
			"postgresql://u@/x?host=%2Frun%2Fpg&port=5433",
		},
	} {
		got, err := ParseURL(c.url)
		require.NoError(t, err, c.url)
		require.Equal(t, c.want, got)
		require.Equal(t, c.text, got.String())
	}
}

func TestParseURLErrors(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "  ", "mysql://u:topsecret@h/db", "postgres://u:topsecret/x#?@h/db", "postgres://u:top%secret@h/db",
		"postgres://u:topsecret@h:port/db", "postgres://u:topsecret@h/db?sslmode=perhaps", "topsecret", "host=h password='topsecret",
		"postgres://u:topsecret@ep-a-b-1.eu-central-1.aws.neon.tech/db?sslmode=disable", "postgres://u:topsecret@h/db?pool_max_conns=none",
	} {
		_, err := ParseURL(url)
		var bad *URLError
		require.ErrorAs(t, err, &bad, url)
		require.NotEmpty(t, bad.Hint())
		require.NotContains(t, err.Error()+bad.Hint(), "topsecret")
	}
	_, err := Open(t.Context(), "postgres://h/db", &Config{MaxConns: -1})
	require.Error(t, err)
	_, err = Open(t.Context(), "postgres://h/db", &Config{Mode: 9})
	require.Error(t, err)
	_, err = Open(t.Context(), "postgres://h/db", &Config{ConnectTimeout: -1})
	require.Error(t, err)
}

func TestDroppedParams(t *testing.T) {
	t.Parallel()
	const base = "postgres://u:p@ep-a-b-1.eu-central-1.aws.neon.tech/db?sslmode=require"
	_, cfg, err := parseURL(base + "&search_path=app&application_name=x&options=-c%20a%3Db")
	require.NoError(t, err)
	require.Equal(t, []string{`"search_path"`}, droppedParams(cfg))
	// sslmode=prefer would try again without TLS.
	_, cfg, err = parseURL(strings.TrimSuffix(base, "?sslmode=require"))
	require.NoError(t, err)
	require.NotNil(t, cfg.ConnConfig.TLSConfig)
	for _, f := range cfg.ConnConfig.Fallbacks {
		require.NotNil(t, f.TLSConfig)
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("postgresql://alex:MARKER@ep-a-b-1-pooler.us-east-2.aws.neon.tech/neondb?sslmode=require")
	f.Add("postgres://u:MARKER@[::1]:5432/db")
	f.Add("host=localhost user=u password=MARKER dbname=x")
	f.Add("postgres://u:MARKER/%zz@h/db?host=/tmp&port=1,2")
	f.Add("postgres://h1,h2:5433/db")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			var bad *URLError
			if !errors.As(err, &bad) || bad.Hint() == "" {
				t.Fatalf("an error without a hint: %v", err)
			}
			if strings.Contains(err.Error(), "MARKER") {
				t.Fatalf("the error repeats the URL: %v", err)
			}
			return
		}
		if u.Pooled && !strings.Contains(u.Host, "-pooler") {
			t.Fatalf("%q is not pooled", u.Host)
		}
		if u.Host != "" && u.Host[0] != '/' && !strings.Contains(u.Host, "%") {
			again, err := ParseURL(u.String())
			if err == nil && (again.Host != u.Host || again.Pooled != u.Pooled || again.Endpoint != u.Endpoint) {
				t.Fatalf("%q became %q", u, again)
			}
		}
	})
}
