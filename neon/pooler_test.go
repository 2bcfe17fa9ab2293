package neon_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/stretchr/testify/require"

	"github.com/espalier-go/espalier/ent"
	"github.com/espalier-go/espalier/neon"
	"github.com/espalier-go/espalier/neontest"
)

// roads are the ways a client comes to its database: by itself, through a
// PgBouncer that it knows of, and through one that it does not.
var roads = map[string]func(*testing.T, *neontest.DB, neon.Config) *neon.Driver{
	"direct": func(t *testing.T, db *neontest.DB, cfg neon.Config) *neon.Driver { return openURL(t, db.URL, cfg) },
	"pooled": func(t *testing.T, db *neontest.DB, cfg neon.Config) *neon.Driver {
		drv := openURL(t, db.PooledURL(t), cfg)
		require.True(t, drv.URL().Pooled)
		return drv
	},
	"pooled, not known": func(t *testing.T, db *neontest.DB, cfg neon.Config) *neon.Driver {
		cfg.Mode = neon.ModeDirect
		return openURL(t, db.PooledURL(t), cfg)
	},
}

func openURL(t *testing.T, url string, cfg neon.Config) *neon.Driver {
	t.Helper()
	drv, err := neon.Open(t.Context(), url, &cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, drv.Close()) })
	return drv
}

// TestTurns: many connections take turns on few sessions, and each gets its own
// answers.
func TestTurns(t *testing.T) {
	t.Parallel()
	for name, open := range roads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			ctx := t.Context()
			db := neontest.Open(t)
			drv := open(t, db, neon.Config{MaxConns: 8, Log: slog.New(slog.NewTextHandler(&log, nil))})
			client := ent.NewClient(ent.Driver(drv))
			var wg sync.WaitGroup
			errs := make(chan error, 8)
			for c := range 8 {
				wg.Go(func() {
					for n := range 30 {
						if err := turn(ctx, drv, client, c, n); err != nil {
							errs <- fmt.Errorf("client %d, turn %d: %w", c, n, err)
							return
						}
					}
				})
			}
			wg.Wait()
			close(errs)
			for err := range errs {
				require.NoError(t, err)
			}
			require.Equal(t, 8*30, client.User.Query().CountX(ctx))
			require.NotContains(t, log.String(), "espalier_")
			if name != "pooled, not known" {
				require.NotContains(t, log.String(), "transaction pooler")
			}
			require.Zero(t, drv.Pool().Stat().AcquiredConns())
		})
	}
}

// turn runs a few statements with texts that clients share and others have not.
func turn(ctx context.Context, drv *neon.Driver, client *ent.Client, c, n int) error {
	for _, text := range []string{"SELECT $1::int + %d", "SELECT $1::int * 1000 + %d"} {
		text := fmt.Sprintf(text, (c+n)%5)
		got, err := oneOf[int](ctx, drv, text, c)
		if err != nil {
			return err
		}
		want := c + (c+n)%5
		if strings.Contains(text, "1000") {
			want = c*1000 + (c+n)%5
		}
		if got != want {
			return fmt.Errorf("%s gave %d, not %d", text, got, want)
		}
	}
	return client.InTx(ctx, nil, func(ctx context.Context, tx *ent.Client) error {
		u, err := tx.User.Create().SetName(fmt.Sprint(c, " ", n)).Save(ctx)
		if err != nil {
			return err
		}
		got, err := tx.User.Get(ctx, u.ID)
		if err == nil && got.Name != u.Name {
			err = fmt.Errorf("got %s, not %s", got.Name, u.Name)
		}
		return err
	})
}

// TestDiscard: a session that has lost its statements prepares them again.
func TestDiscard(t *testing.T) {
	t.Parallel()
	w := openWire(t, &neon.Config{MaxConns: 1})
	for range 5 {
		for i := range 3 {
			require.Equal(t, i, one[int](t, w.drv, "SELECT $1::int", i))
			require.Equal(t, i, one[int](t, w.drv, "SELECT $1::int -- another", i))
		}
		w.exec(t, "DISCARD ALL")
	}
	w.idle(t)
}

// TestSchemaChange: while the schema changes, statements outside transactions
// go on, and so do transactions that may be run again.
func TestSchemaChange(t *testing.T) {
	t.Parallel()
	for name, open := range roads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := neontest.OpenWith(t, neontest.Config{Empty: true})
			ctx := t.Context()
			ddl := func(text string) {
				_, err := db.SQL().ExecContext(ctx, text)
				require.NoError(t, err, text)
			}
			ddl(`CREATE TYPE mood AS ENUM ('sad', 'ok');
				CREATE TABLE thing (id int PRIMARY KEY, n int NOT NULL, mood mood NOT NULL, note text);
				INSERT INTO thing SELECT i, i, 'ok', 'x' FROM generate_series(1, 20) i`)
			drv := open(t, db, neon.Config{MaxConns: 4})
			var stop atomic.Bool
			var wg sync.WaitGroup
			var rounds atomic.Int64
			errs := make(chan error, 4)
			for c := range 4 {
				wg.Go(func() {
					for n := 0; !stop.Load(); n++ {
						if err := useThings(ctx, drv, c, n); err != nil {
							errs <- fmt.Errorf("client %d: %w", c, err)
							return
						}
						rounds.Add(1)
					}
				})
			}
			progress := func() {
				until := rounds.Load() + 12
				require.Eventually(t, func() bool { return rounds.Load() >= until || len(errs) > 0 }, 20*time.Second, time.Millisecond)
			}
			for i := range 4 {
				for _, text := range []string{
					"ALTER TABLE thing ADD COLUMN extra int DEFAULT 7",
					"ALTER TABLE thing ALTER COLUMN n TYPE bigint",
					`BEGIN; ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('ok', 'sad', 'mad');
						ALTER TABLE thing ALTER COLUMN mood TYPE mood USING mood::text::mood; DROP TYPE mood_old; COMMIT`,
					"ALTER TABLE thing ALTER COLUMN n TYPE numeric",
					fmt.Sprintf("ALTER TABLE thing RENAME COLUMN extra TO extra_%d", i),
					"ALTER TABLE thing ALTER COLUMN n TYPE int",
					fmt.Sprintf("ALTER TABLE thing DROP COLUMN extra_%d", i),
				} {
					progress()
					ddl(text)
				}
			}
			progress()
			stop.Store(true)
			wg.Wait()
			close(errs)
			for err := range errs {
				require.NoError(t, err)
			}
			require.Zero(t, drv.Pool().Stat().AcquiredConns())
			t.Logf("%d rounds", rounds.Load())
		})
	}
}

func useThings(ctx context.Context, drv *neon.Driver, c, n int) error {
	id := c*5 + n%5 + 1
	rows := &entsql.Rows{}
	if err := drv.Query(ctx, "SELECT * FROM thing WHERE id = $1", []any{id}, rows); err != nil {
		return fmt.Errorf("select: %w", err)
	}
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return fmt.Errorf("scan: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("rows: %w", err)
	}
	if err := rows.Close(); err != nil {
		return err
	}
	got, err := oneOf[int](ctx, drv, "SELECT n FROM thing WHERE id = $1 AND mood = $2", id, "ok")
	if err != nil {
		return fmt.Errorf("by the enum: %w", err)
	}
	if err := drv.Exec(ctx, "UPDATE thing SET n = $1, mood = $2 WHERE id = $3", []any{got + 1, "ok", id}, nil); err != nil {
		return fmt.Errorf("update: %w", err)
	}
	for try := 0; ; try++ {
		err := inThingTx(ctx, drv, id)
		if err == nil {
			return nil
		}
		if !neon.IsRetryableTx(err) || try > 50 {
			return fmt.Errorf("transaction: %w", err)
		}
	}
}

func inThingTx(ctx context.Context, drv *neon.Driver, id int) error {
	tx, err := drv.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.Exec(ctx, "UPDATE thing SET n = n + 1 WHERE id = $1", []any{id}, nil); err != nil {
		return err
	}
	if _, err := oneOf[string](ctx, tx, "SELECT mood FROM thing WHERE id = $1 AND mood = $2", id, "ok"); err != nil {
		return err
	}
	return tx.Commit()
}
