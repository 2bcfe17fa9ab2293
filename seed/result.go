package seed

import "time"

// Result is what Run did.
type Result struct {
	Dataset string `json:"dataset"`
	Seed    int64  `json:"seed"`
	Scale   int64  `json:"scale"`
	// Rows is how many rows the data set has, Inserted how many of them this
	// run sent.
	Rows     int64 `json:"rows"`
	Inserted int64 `json:"inserted"`
	// AlreadyDone tells that all rows were there before.
	AlreadyDone bool `json:"already_done"`
	// Resumed tells that an earlier run had stopped half-way.
	Resumed bool `json:"resumed"`
	// Reset tells that the tables were emptied first.
	Reset bool `json:"reset"`
	// Reconnects is how often a lost connection was made again.
	Reconnects int           `json:"reconnects"`
	Tables     []TableResult `json:"tables"`
	// Duration is in nanoseconds in JSON.
	Duration time.Duration `json:"duration_ns"`
}

// TableResult is what one table holds of the data set.
type TableResult struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}
