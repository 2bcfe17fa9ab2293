package neon

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestQuiet(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	server, err := l.Accept()
	require.NoError(t, err)
	require.True(t, quiet(client))
	require.True(t, quiet(tls.Client(client, &tls.Config{ServerName: "x"})))

	// pgconn leaves a reader behind after a slow write: looking must not wait for it.
	read := make(chan error, 1)
	go func() {
		_, err := client.Read(make([]byte, 1))
		read <- err
	}()
	time.Sleep(10 * time.Millisecond)
	looked := make(chan bool, 1)
	go func() { looked <- quiet(client) }()
	select {
	case silent := <-looked:
		require.True(t, silent)
	case <-time.After(20 * time.Second):
		require.Fail(t, "blocked behind a reader")
	}
	_, err = server.Write([]byte("x"))
	require.NoError(t, err)
	require.NoError(t, <-read)

	require.NoError(t, server.Close())
	require.Eventually(t, func() bool { return !quiet(client) }, 20*time.Second, time.Millisecond)
	require.False(t, quiet(tls.Client(client, &tls.Config{ServerName: "x"})))
	require.NoError(t, client.Close())
	require.False(t, quiet(client))
}
