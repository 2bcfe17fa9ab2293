package seed_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/seed"
)

// interrupt runs until so many rows are in.
func interrupt(t *testing.T, url string, cfg seed.Config, rows int64) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg.Progress = func(p seed.Progress) {
		if p.Rows >= rows {
			cancel()
		}
	}
	_, err := seed.Run(ctx, url, family(), cfg)
	require.ErrorIs(t, err, seed.ErrInterrupted)
	require.ErrorIs(t, err, context.Canceled)
	return err
}

func TestResumeAfterCancel(t *testing.T) {
	t.Parallel()
	cfg := seed.Config{Scale: 60, ChunkRows: 7}
	whole := want(t, cfg)
	for _, rows := range []int64{0, 7, 60, 88, 172, 180} { // before, in and between tables, at the end
		db := open(t)
		err := interrupt(t, db.URL, cfg, rows)
		require.ErrorContains(t, err, fmt.Sprintf("%d of 180 rows are in", rows))
		requireHint(t, err, "goes on where it stopped")
		other := cfg
		other.ChunkRows = 11
		res, err := seed.Run(t.Context(), db.URL, family(), other)
		require.NoError(t, err)
		require.True(t, res.Resumed)
		require.EqualValues(t, 180-rows, res.Inserted)
		require.Equal(t, whole, content(t, db))
	}
}

func TestResetHalfFinished(t *testing.T) {
	t.Parallel()
	cfg := seed.Config{Scale: 60, ChunkRows: 7}
	db := open(t)
	interrupt(t, db.URL, cfg, 70)
	cfg.Reset = true
	res, err := seed.Run(t.Context(), db.URL, family(), cfg)
	require.NoError(t, err)
	require.EqualValues(t, 180, res.Inserted)
	require.False(t, res.Resumed)
	require.Equal(t, want(t, cfg), content(t, db))
}

// slow is what a killed process runs: it says each chunk and waits a little, so
// that the signal finds it in the middle.
func slow() seed.Config {
	return seed.Config{Scale: 3000, ChunkRows: 100, Progress: func(p seed.Progress) {
		fmt.Println("rows", p.Rows)
		time.Sleep(time.Millisecond)
	}}
}

// TestChild is run in a process of its own by TestResumeAfterKill; alone it
// seeds a database like any test.
func TestChild(t *testing.T) {
	url := os.Getenv("ESPALIER_CHILD_URL")
	if url == "" {
		url = open(t).URL
	}
	_, err := seed.Run(t.Context(), url, family(), slow())
	require.NoError(t, err)
}

func TestResumeAfterKill(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	require.NoError(t, err)
	db := open(t)
	// Each process gets a little further before it is killed.
	for _, stop := range []string{"rows 0", "rows 1200", "rows 3000", "rows 5100", "rows 8900"} {
		cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestChild$")
		cmd.Env = append(os.Environ(), "ESPALIER_CHILD_URL="+db.URL)
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		reached := false
		for lines := bufio.NewScanner(stdout); !reached && lines.Scan(); {
			reached = strings.TrimSpace(lines.Text()) == stop
		}
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		require.True(t, reached, stop)
	}
	res, err := seed.Run(t.Context(), db.URL, family(), seed.Config{Scale: 3000})
	require.NoError(t, err)
	require.True(t, res.Resumed)
	require.LessOrEqual(t, res.Inserted, int64(9000-8900))
	require.Equal(t, want(t, seed.Config{Scale: 3000}), content(t, db))
}
