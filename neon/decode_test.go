package neon

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

func TestDecodeBytea(t *testing.T) {
	t.Parallel()
	// Servers with bytea_output=escape.
	got, err := decodeValue(pgtype.NewMap(), pgtype.ByteaOID, pgtype.TextFormatCode, []byte(`a\\b\000\377`))
	require.NoError(t, err)
	require.Equal(t, []byte("a\\b\x00\xff"), got)
	for _, bad := range []string{`\`, `\x0`, `\xzz`, `\12`, `\999`} {
		_, err := decodeBytea(pgtype.TextFormatCode, []byte(bad))
		require.Error(t, err, bad)
	}
}

// FuzzDecode: whatever a server sends is a value or an error.
func FuzzDecode(f *testing.F) {
	oids := []uint32{pgtype.BoolOID, pgtype.ByteaOID, pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID, pgtype.OIDOID, pgtype.Float4OID,
		pgtype.Float8OID, pgtype.TimestamptzOID, pgtype.TimestampOID, pgtype.DateOID, pgtype.JSONBOID, pgtype.UUIDOID, pgtype.NumericOID, pgtype.TextOID}
	f.Add(uint8(0), true, []byte("t"))
	f.Add(uint8(1), false, []byte(`\x00ff`))
	f.Add(uint8(8), true, []byte{0, 0, 0, 0, 0, 0, 0, 1})
	f.Add(uint8(8), false, []byte("2026-01-02 03:04:05.6+07"))
	m := pgtype.NewMap()
	f.Fuzz(func(t *testing.T, which uint8, binary bool, raw []byte) {
		if raw == nil {
			return
		}
		oid, format := oids[int(which)%len(oids)], int16(pgtype.TextFormatCode)
		if binary {
			format = pgtype.BinaryFormatCode
		}
		v, err := decodeValue(m, oid, format, raw)
		// The short ways agree with the long one.
		for _, dest := range []func() any{func() any { return new(string) }, func() any { return new(int64) }, func() any { return new([]byte) }} {
			fast, slow := dest(), dest()
			done, fastErr := scanFast(oid, format, raw, fast, &arena{})
			if !done || err != nil || fastErr != nil {
				continue
			}
			require.NoError(t, assign(slow, v))
			require.Equal(t, slow, fast)
		}
	})
}
