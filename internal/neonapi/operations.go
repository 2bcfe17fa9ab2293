package neonapi

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// The statuses of an operation that is over.
const (
	OperationFinished  = "finished"
	OperationFailed    = "failed"
	OperationErrored   = "error"
	OperationCancelled = "cancelled"
	OperationSkipped   = "skipped"
)

// pageSize is how much a list asks for at once.
const pageSize = 100

// OperationError is an operation that did not succeed.
type OperationError struct{ Operation Operation }

// Error implements error.
func (e *OperationError) Error() string {
	text := fmt.Sprintf("neon: operation %s (%s) %s", e.Operation.Action, e.Operation.ID, e.Operation.Status)
	if e.Operation.Error != "" {
		text += ": " + e.Operation.Error
	}
	return text
}

// Done tells whether an operation is over, however it ended.
func (o Operation) Done() bool {
	switch o.Status {
	case OperationFinished, OperationFailed, OperationErrored, OperationCancelled, OperationSkipped:
		return true
	}
	return false
}

// Succeeded tells whether it is over and did what it should.
func (o Operation) Succeeded() bool {
	return o.Status == OperationFinished || o.Status == OperationSkipped
}

// Wait waits until all operations are over, as long as the context allows, and
// returns an *OperationError for the first that did not succeed.
func (c *Client) Wait(ctx context.Context, project string, operations ...Operation) error {
	for _, op := range operations {
		for pause := 20 * time.Millisecond; !op.Done(); pause = min(pause*3/2, 2*time.Second) {
			if err := sleep(ctx, pause); err != nil {
				return fmt.Errorf("neon: wait for operation %s: %w", op.Action, err)
			}
			var err error
			if op, err = c.Operation(ctx, project, op.ID); err != nil {
				return err
			}
		}
		if !op.Succeeded() {
			return &OperationError{op}
		}
	}
	return nil
}

// Operation returns one operation.
func (c *Client) Operation(ctx context.Context, project, id string) (Operation, error) {
	var out struct {
		Operation Operation `json:"operation"`
	}
	err := c.call(ctx, "GET", pathf("/projects/%s/operations/%s", project, id), nil, nil, &out)
	return out.Operation, err
}

// Operations returns the newest operations of a project, at most limit.
func (c *Client) Operations(ctx context.Context, project string, limit int) ([]Operation, error) {
	var all []Operation
	query := url.Values{}
	for len(all) < limit {
		size := min(limit-len(all), pageSize)
		query.Set("limit", strconv.Itoa(size))
		var page struct {
			Operations []Operation `json:"operations"`
			Pagination Pagination  `json:"pagination"`
		}
		if err := c.call(ctx, "GET", pathf("/projects/%s/operations", project), query, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Operations...)
		if len(page.Operations) < size || page.Pagination.Cursor == "" || page.Pagination.Cursor == query.Get("cursor") {
			break
		}
		query.Set("cursor", page.Pagination.Cursor)
	}
	return all, nil
}

// Pagination is where the next page begins.
type Pagination struct {
	Cursor string `json:"cursor"`
}
