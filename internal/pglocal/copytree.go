package pglocal

// The values of Copied.Method.
const (
	CopyReflink = "reflink"
	CopyPlain   = "copy"
)

// CopyOptions tunes CopyTree. Its zero value works.
type CopyOptions struct {
	// Owner gets the copy when this process is root. Defaults to this user.
	Owner *Identity
	// Skip leaves out the entry at the slash-separated path below src, and
	// what lies in it. Defaults to leaving nothing out.
	Skip func(path string, dir bool) bool
	// Live says that src changes during the copy: files that vanish in the
	// meantime are left out instead of failing it.
	Live bool
	// Workers is how many files are copied at a time. Defaults to 8.
	Workers int
}

// Copied is what CopyTree did.
type Copied struct {
	// Method is CopyReflink when every file was cloned, else CopyPlain.
	Method string
	Files  int
	Bytes  int64
}
