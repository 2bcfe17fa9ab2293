package localneon

import (
	"context"
	"slices"

	"github.com/espalier-go/espalier/internal/neonapi"
)

func newOperation(pr *project, branch, endpoint, action string) neonapi.Operation {
	t := now()
	return neonapi.Operation{ID: newUUID(), ProjectID: pr.ID, BranchID: branch, EndpointID: endpoint, Action: action,
		Status: "running", CreatedAt: t, UpdatedAt: t}
}

// finish marks operations that were carried out before anyone saw them.
func finish(ops []neonapi.Operation) {
	for i := range ops {
		end(&ops[i], nil)
	}
}

func end(op *neonapi.Operation, err error) {
	op.Status, op.UpdatedAt = neonapi.OperationFinished, now()
	op.TotalDuration = int32(op.UpdatedAt.Sub(op.CreatedAt).Milliseconds())
	if err != nil {
		op.Status, op.Error, op.FailuresCount = neonapi.OperationFailed, asAPIError(err).Message, 1
	}
}

// remember puts operations before the older ones.
func (pr *project) remember(ops ...neonapi.Operation) {
	for _, op := range ops {
		pr.Operations = slices.Insert(pr.Operations, 0, op)
	}
	pr.Operations = pr.Operations[:min(len(pr.Operations), maxOperations)]
}

// finishOperations writes down how operations ended.
func (s *Server) finishOperations(pr *project, ops []neonapi.Operation, err error) {
	if err != nil {
		s.cfg.Log.Error("an operation failed", "action", ops[0].Action, "branch", ops[0].BranchID, "err", err)
	}
	saved := s.change(func() {
		for _, op := range ops {
			for i := range pr.Operations {
				if pr.Operations[i].ID == op.ID {
					end(&pr.Operations[i], err)
				}
			}
		}
	})
	if saved != nil {
		s.cfg.Log.Error("write down an operation", "err", saved)
	}
}

// done is one finished operation, written down.
func (s *Server) done(pr *project, branch, endpoint string, actions ...string) ([]neonapi.Operation, error) {
	ops := make([]neonapi.Operation, len(actions))
	for i, action := range actions {
		ops[i] = newOperation(pr, branch, endpoint, action)
	}
	finish(ops)
	return ops, s.change(func() { pr.remember(ops...) })
}

func (s *Server) listOperations(req *request) (*reply, error) {
	query := req.URL.Query()
	limit, err := number(query, "limit", 1000, 1000)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	all := slices.Clone(req.project.Operations)
	s.mu.Unlock()
	all, next, err := page(all, query.Get("cursor"), limit, func(op neonapi.Operation) string { return op.ID })
	if err != nil {
		return nil, err
	}
	out := map[string]any{"operations": append([]neonapi.Operation{}, all...)}
	if next != "" {
		out["pagination"] = neonapi.Pagination{Cursor: next}
	}
	return ok(out)
}

func (s *Server) getOperation(req *request) (*reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, op := range req.project.Operations {
		if op.ID == req.PathValue("operation") {
			return ok(map[string]any{"operation": op})
		}
	}
	return nil, notFound("operation not found")
}

// Drain waits for the operations on their way.
func (s *Server) Drain(ctx context.Context) error {
	for {
		s.mu.Lock()
		idle := len(s.busy) == 0
		s.mu.Unlock()
		if idle {
			return nil
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
}
