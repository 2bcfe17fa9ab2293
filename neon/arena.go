package neon

import "unsafe"

// maxPiece is how many bytes the strings of one result share at most: whoever
// keeps one of them keeps its piece.
const maxPiece = 8 << 10

// arena holds the strings of a result in few pieces.
type arena struct {
	free []byte
	size int
}

// begin makes ready for the first row: a result of one row gets a piece of its
// own size.
func (a *arena) begin(row [][]byte) {
	for _, v := range row {
		a.size += len(v)
	}
	a.size = (min(a.size, maxPiece) + 1) / 2
}

// text returns the bytes as a string.
func (a *arena) text(raw []byte) string {
	switch {
	case len(raw) == 0:
		return ""
	case len(raw) >= maxPiece/4:
		return string(raw)
	case len(raw) > len(a.free):
		a.size = min(max(2*a.size, len(raw)), maxPiece)
		a.free = make([]byte, a.size)
	}
	n := copy(a.free, raw)
	out := unsafe.String(&a.free[0], n)
	a.free = a.free[n:]
	return out
}
