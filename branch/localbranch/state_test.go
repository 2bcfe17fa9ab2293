package localbranch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/espalier-go/espalier/branch"
	"github.com/stretchr/testify/require"
)

func TestDecodeStateRefusesDamage(t *testing.T) {
	t.Parallel()
	const root = `{"id":"br-a-b-1","name":"main","default":true,"cluster":"c-x","port":1}`
	for name, text := range map[string]string{
		"no JSON":        `{`,
		"no branch":      `{"branches":[null]}`,
		"way out":        `{"branches":[{"id":"br-a-b-1","name":"main","default":true,"cluster":"../../etc"}]}`,
		"pending out":    `{"branches":[{"id":"br-a-b-1","name":"main","default":true,"cluster":"c-x","pending":{"cluster":"c-x/.."}}]}`,
		"id is a path":   `{"branches":[{"id":"../x","name":"main","default":true,"cluster":"c-x"}]}`,
		"two roots":      `{"branches":[` + root + `,` + root + `]}`,
		"from tomorrow":  `{"format":2}`,
		"port too large": `{"branches":[{"id":"br-a-b-1","name":"main","default":true,"cluster":"c-x","port":70000}]}`,
	} {
		_, err := decodeState([]byte(text))
		require.Error(t, err, name)
	}
	st, err := decodeState([]byte(`{"branches":[` + root + `]}`))
	require.NoError(t, err)
	require.Equal(t, "main", st.root().Name)
}

func FuzzDecodeState(f *testing.F) {
	f.Add(`{"format":1,"branches":[{"id":"br-a-b-1","name":"main","default":true,"cluster":"c-x","port":1}]}`)
	f.Add(`{"branches":[null]}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, text string) {
		st, err := decodeState([]byte(text))
		if err != nil {
			return
		}
		p := &Provider{dir: "/p"}
		for _, r := range st.Branches {
			require.Equal(t, "/p/clusters", filepath.Dir(filepath.Clean(p.clusterDir(r.Cluster))))
			require.Equal(t, "/p/locks", filepath.Dir(filepath.Clean(p.lockPath(r.ID))))
		}
		st.sort()
		data, err := json.Marshal(st)
		require.NoError(t, err)
		_, err = decodeState(data)
		require.NoError(t, err)
	})
}

// A state that can't be written leaves the one before.
func TestSaveIsAllOrNothing(t *testing.T) {
	t.Parallel()
	p := &Provider{dir: t.TempDir()}
	require.NoError(t, p.save(&state{Format: stateFormat, Major: 15}))
	require.NoError(t, os.Mkdir(p.statePath()+".tmp", 0o700))
	require.Error(t, p.save(&state{Format: stateFormat, Major: 18}))
	st, err := p.load()
	require.NoError(t, err)
	require.Equal(t, 15, st.Major)
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	st := &state{}
	for i, name := range []string{"main", "feature/login", "staging", "qa"} {
		st.Branches = append(st.Branches, &record{Branch: branch.Branch{ID: fmt.Sprintf("br-x-y-%d", i), Name: name}})
	}
	for asked, want := range map[string]string{
		"mian":         "did you mean main?",
		"Main":         "did you mean main?",
		"feature":      "did you mean feature/login?",
		"stagign":      "did you mean staging?",
		"something":    "the branches are feature/login, main, qa, staging",
		"":             "the branches are feature/login, main, qa, staging",
		"br-a-b-1":     "the branches are feature/login, main, qa, staging",
		"feature/logn": "did you mean feature/login?",
	} {
		_, err := st.get("get", asked)
		require.ErrorIs(t, err, branch.ErrNotFound)
		var be *branch.Error
		require.True(t, errors.As(err, &be))
		require.Equal(t, want, be.Hint(), asked)
	}
	require.Equal(t, 3, distance([]rune("kitten"), []rune("sitting")))
}

func TestNewIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := newID(func(id string) bool { return seen[id] })
		require.True(t, branch.IsID(id), id)
		require.False(t, seen[id])
		seen[id] = true
		require.Regexp(t, `^npg_[A-Za-z0-9]{24}$`, newPassword())
		require.Regexp(t, clusterName, newCluster())
	}
}

// The example of RFC 7677: what Postgres itself stores for it.
func TestScramVerifier(t *testing.T) {
	t.Parallel()
	got, err := scramVerifierOf("pencil", []byte{0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81}, 4096)
	require.NoError(t, err)
	require.Equal(t, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", got)
	one, err := scramVerifier("pencil")
	require.NoError(t, err)
	two, err := scramVerifier("pencil")
	require.NoError(t, err)
	require.NotEqual(t, one, two, "the salt is random")
}

func TestRestoreCommandQuotes(t *testing.T) {
	t.Parallel()
	require.Equal(t, `cp '/a b/it'\''s 100%% $(x)/pg_wal/%f' "%p"`, restoreCommand("/a b/it's 100% $(x)/pg_wal"))
}

func TestLeaveOut(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pg_wal/000000010000000000000001", "pg_wal/archive_status", "postmaster.pid", "pg_replslot/espalier_history",
		"base/5/pgsql_tmp", "base/5/pg_internal.init", "base/pgsql_tmp/pgsql_tmp1.2", "recovery.signal"} {
		require.True(t, leaveOut(name, false), name)
	}
	for _, name := range []string{"pg_wal", "pg_replslot", "pg_notify", "base/5/1259", "global/pg_control", "pg_xact/0000", "PG_VERSION", "postgresql.auto.conf"} {
		require.False(t, leaveOut(name, true), name)
	}
}

func TestLocks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "l")
	a, err := tryLock(path, shared)
	require.NoError(t, err)
	b, err := tryLock(path, shared)
	require.NoError(t, err)
	c, err := tryLock(path, exclusive)
	require.NoError(t, err)
	require.Nil(t, c)
	held, err := tryAll([]wanted{{path + "2", exclusive}, {path, exclusive}})
	require.NoError(t, err)
	require.Nil(t, held)
	free, err := tryLock(path+"2", exclusive)
	require.NoError(t, err)
	require.NotNil(t, free, "who doesn't get all locks keeps none")
	release([]*lock{a, b, free})

	// A lock whose file was removed is not the one at its path.
	a, err = tryLock(path, exclusive)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	b, err = tryLock(path, exclusive)
	require.NoError(t, err)
	require.NotNil(t, b)
	release([]*lock{a, b})
}

func TestPickBase(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	bases := []base{
		{snapshot{StopLSN: "0/9", Time: noon}, "/x/base-9"},
		{snapshot{StopLSN: "1/0", Time: noon.Add(time.Hour)}, "/x/base-10"},
	}
	for _, c := range []struct {
		at   branch.Point
		want string
	}{
		{branch.Point{LSN: "0/8"}, ""},
		{branch.Point{LSN: "0/9"}, "/x/base-9"},
		{branch.Point{LSN: "0/FFFFFFFF"}, "/x/base-9"},
		{branch.Point{LSN: "1/0"}, "/x/base-10"},
		{branch.Point{Time: noon.Add(-1)}, ""},
		{branch.Point{Time: noon}, "/x/base-9"},
		{branch.Point{Time: noon.Add(2 * time.Hour)}, "/x/base-10"},
	} {
		b, ok := pickBase(bases, c.at)
		require.Equal(t, c.want != "", ok, c.at.String())
		require.Equal(t, c.want, b.dir, c.at.String())
	}
	require.Equal(t, 10, baseNumber(bases[1].dir))
}
