package pglocal

// The values of Identity.Mode.
const (
	// RunSelf: as the user this process runs as.
	RunSelf = "self"
	// RunUser: root gives its rights up and becomes an ordinary user.
	RunUser = "user"
	// RunNamespace: in a user namespace in which this process's user has the
	// id of an ordinary one; the files stay this user's.
	RunNamespace = "namespace"
)

// Identity is who a cluster's processes run as. Postgres refuses to run as
// root, so root needs one of two ways around.
type Identity struct {
	// Mode is one of RunSelf, RunUser and RunNamespace.
	Mode string `json:"mode"`
	// Name is the user's name, inside the namespace for RunNamespace.
	Name string `json:"name"`
	// UID and GID own the cluster's files, seen from outside any namespace.
	UID int `json:"uid"`
	GID int `json:"gid"`
	// InnerUID and InnerGID are the ids the processes see.
	InnerUID int `json:"inner_uid"`
	InnerGID int `json:"inner_gid"`
}
