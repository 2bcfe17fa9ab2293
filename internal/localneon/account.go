package localneon

import (
	"net/http"

	"github.com/espalier-go/espalier/internal/neonapi"
)

const userName = "Local"

func (s *Server) me(*request) (*reply, error) {
	return ok(neonapi.User{AuthAccounts: []neonapi.AuthAccount{}, Email: "local@localhost.localdomain", ID: s.st.UserID, Login: "local",
		Name: userName, LastName: "Neon", ProjectsLimit: 1000, BranchesLimit: int64(s.cfg.BranchesLimit), MaxAutoscalingLimit: 56, Plan: "local"})
}

func (s *Server) auth(*request) (*reply, error) {
	return ok(map[string]string{"account_id": s.st.UserID, "auth_method": "api_key_user", "auth_data": "local"})
}

func (s *Server) org() neonapi.Organization {
	return neonapi.Organization{ID: s.st.OrgID, Name: userName, Handle: "local-" + s.st.OrgID, Plan: "local", ManagedBy: "console",
		CreatedAt: s.st.Created, UpdatedAt: s.st.Created}
}

func (s *Server) organizations(*request) (*reply, error) {
	return ok(map[string]any{"organizations": []neonapi.Organization{s.org()}})
}

func (s *Server) organization(req *request) (*reply, error) {
	if req.PathValue("org") != s.st.OrgID {
		return nil, &apiError{Status: http.StatusNotFound, Message: "organization not found"}
	}
	return ok(s.org())
}

// localRegion is where all projects are, whatever they ask for.
const localRegion = "local"

func (s *Server) regions(*request) (*reply, error) {
	type region struct {
		ID      string `json:"region_id"`
		Name    string `json:"name"`
		Default bool   `json:"default"`
		Lat     string `json:"geo_lat"`
		Long    string `json:"geo_long"`
	}
	return ok(map[string]any{"regions": []region{{ID: localRegion, Name: "This machine", Default: true}}})
}
