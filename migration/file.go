package migration

// File is one file of a migration directory.
type File struct {
	// Name is the file's name: <version>_<description>.sql.
	Name string `json:"name"`
	// Version orders the files. New ones are a UTC time, 20060102150405.
	Version string `json:"version"`
	// Description is what stands between the version and the extension.
	Description string `json:"description"`
	// SQL is the text of the file.
	SQL string `json:"-"`
}
