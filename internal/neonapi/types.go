package neonapi

import (
	"encoding/json"
	"time"
)

// Branch is a branch as the API tells it. Sizes are bytes, times UTC.
type Branch struct {
	ID              string        `json:"id"`
	ProjectID       string        `json:"project_id"`
	ParentID        string        `json:"parent_id,omitempty"`
	ParentLSN       string        `json:"parent_lsn,omitempty"`
	ParentTimestamp time.Time     `json:"parent_timestamp,omitzero"`
	Name            string        `json:"name"`
	CurrentState    string        `json:"current_state"`
	PendingState    string        `json:"pending_state,omitempty"`
	StateChangedAt  time.Time     `json:"state_changed_at"`
	LogicalSize     int64         `json:"logical_size,omitempty"`
	CreationSource  string        `json:"creation_source"`
	Primary         bool          `json:"primary"`
	Default         bool          `json:"default"`
	Protected       bool          `json:"protected"`
	CPUUsedSec      int64         `json:"cpu_used_sec"`
	ComputeTime     int64         `json:"compute_time_seconds"`
	ActiveTime      int64         `json:"active_time_seconds"`
	WrittenData     int64         `json:"written_data_bytes"`
	DataTransfer    int64         `json:"data_transfer_bytes"`
	CreatedAt       time.Time     `json:"created_at"`
	UpdatedAt       time.Time     `json:"updated_at"`
	TTLSeconds      int64         `json:"ttl_interval_seconds,omitempty"`
	ExpiresAt       time.Time     `json:"expires_at,omitzero"`
	LastResetAt     time.Time     `json:"last_reset_at,omitzero"`
	CreatedBy       *CreatedBy    `json:"created_by,omitempty"`
	InitSource      string        `json:"init_source,omitempty"`
	RestoredFrom    string        `json:"restored_from,omitempty"`
	Restricted      []Restriction `json:"restricted_actions,omitempty"`
}

// CreatedBy is who made a branch.
type CreatedBy struct {
	Name  string `json:"name,omitempty"`
	Image string `json:"image,omitempty"`
}

// Restriction is what a branch refuses, and why.
type Restriction struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// The types and states of a compute.
const (
	ReadWrite = "read_write"
	ReadOnly  = "read_only"

	EndpointInit   = "init"
	EndpointActive = "active"
	EndpointIdle   = "idle"
)

// Endpoint is a compute of a branch.
type Endpoint struct {
	Host           string           `json:"host"`
	ID             string           `json:"id"`
	Name           string           `json:"name,omitempty"`
	ProjectID      string           `json:"project_id"`
	BranchID       string           `json:"branch_id"`
	MinCU          float64          `json:"autoscaling_limit_min_cu"`
	MaxCU          float64          `json:"autoscaling_limit_max_cu"`
	RegionID       string           `json:"region_id"`
	Type           string           `json:"type"`
	CurrentState   string           `json:"current_state"`
	PendingState   string           `json:"pending_state,omitempty"`
	Settings       EndpointSettings `json:"settings"`
	PoolerEnabled  bool             `json:"pooler_enabled"`
	PoolerMode     string           `json:"pooler_mode"`
	Disabled       bool             `json:"disabled"`
	Passwordless   bool             `json:"passwordless_access"`
	LastActive     time.Time        `json:"last_active,omitzero"`
	CreationSource string           `json:"creation_source"`
	CreatedAt      time.Time        `json:"created_at"`
	UpdatedAt      time.Time        `json:"updated_at"`
	StartedAt      time.Time        `json:"started_at,omitzero"`
	SuspendedAt    time.Time        `json:"suspended_at,omitzero"`
	ProxyHost      string           `json:"proxy_host"`
	// SuspendTimeout is in seconds: 0 the default of 300, -1 never.
	SuspendTimeout int64  `json:"suspend_timeout_seconds"`
	Provisioner    string `json:"provisioner"`
}

// EndpointSettings are settings of a compute.
type EndpointSettings struct {
	PgSettings map[string]string `json:"pg_settings,omitempty"`
}

// Database is a database of a branch.
type Database struct {
	ID        int64     `json:"id"`
	BranchID  string    `json:"branch_id"`
	Name      string    `json:"name"`
	OwnerName string    `json:"owner_name"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Role is a role of a branch.
type Role struct {
	BranchID  string    `json:"branch_id"`
	Name      string    `json:"name"`
	Password  string    `json:"password,omitempty"`
	Protected bool      `json:"protected"`
	Method    string    `json:"authentication_method,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Operation is a piece of work that a call asked for.
type Operation struct {
	ID            string    `json:"id"`
	ProjectID     string    `json:"project_id"`
	BranchID      string    `json:"branch_id,omitempty"`
	EndpointID    string    `json:"endpoint_id,omitempty"`
	Action        string    `json:"action"`
	Status        string    `json:"status"`
	Error         string    `json:"error,omitempty"`
	FailuresCount int32     `json:"failures_count"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
	// TotalDuration is in milliseconds.
	TotalDuration int32 `json:"total_duration_ms"`
}

// Snapshot is a kept state of a branch.
type Snapshot struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	LSN            string    `json:"lsn,omitempty"`
	Timestamp      string    `json:"timestamp,omitempty"`
	SourceBranchID string    `json:"source_branch_id,omitempty"`
	CreatedAt      time.Time `json:"created_at"`
	ExpiresAt      time.Time `json:"expires_at,omitzero"`
	Manual         bool      `json:"manual"`
	FullSize       int64     `json:"full_size,omitempty"`
}

// Project is a project, with what both its list and its page tell.
type Project struct {
	ID                     string            `json:"id"`
	PlatformID             string            `json:"platform_id"`
	RegionID               string            `json:"region_id"`
	Name                   string            `json:"name"`
	Provisioner            string            `json:"provisioner"`
	EndpointDefaults       *EndpointDefaults `json:"default_endpoint_settings,omitempty"`
	Settings               json.RawMessage   `json:"settings,omitempty"`
	PgVersion              int               `json:"pg_version"`
	ProxyHost              string            `json:"proxy_host"`
	BranchSizeLimit        int64             `json:"branch_logical_size_limit"`
	BranchSizeLimitBytes   int64             `json:"branch_logical_size_limit_bytes"`
	StorePasswords         bool              `json:"store_passwords"`
	CPUUsedSec             int64             `json:"cpu_used_sec"`
	ActiveTimeListed       int64             `json:"active_time"`
	ActiveTime             int64             `json:"active_time_seconds"`
	ComputeTime            int64             `json:"compute_time_seconds"`
	DataStorageBytesHour   int64             `json:"data_storage_bytes_hour"`
	DataTransfer           int64             `json:"data_transfer_bytes"`
	WrittenData            int64             `json:"written_data_bytes"`
	CreationSource         string            `json:"creation_source"`
	HistoryRetention       int32             `json:"history_retention_seconds"`
	CreatedAt              time.Time         `json:"created_at"`
	UpdatedAt              time.Time         `json:"updated_at"`
	ConsumptionPeriodStart time.Time         `json:"consumption_period_start"`
	ConsumptionPeriodEnd   time.Time         `json:"consumption_period_end"`
	OwnerID                string            `json:"owner_id"`
	OrgID                  string            `json:"org_id,omitempty"`
}

// EndpointDefaults are the settings of a project's new computes.
type EndpointDefaults struct {
	PgSettings     map[string]string `json:"pg_settings,omitempty"`
	MinCU          float64           `json:"autoscaling_limit_min_cu,omitempty"`
	MaxCU          float64           `json:"autoscaling_limit_max_cu,omitempty"`
	SuspendTimeout int64             `json:"suspend_timeout_seconds,omitempty"`
}

// Connection is how to connect, with the password.
type Connection struct {
	URI        string               `json:"connection_uri"`
	Parameters ConnectionParameters `json:"connection_parameters"`
}

// ConnectionParameters are the parts of a Connection.
type ConnectionParameters struct {
	Database   string `json:"database"`
	Password   string `json:"password"`
	Role       string `json:"role"`
	Host       string `json:"host"`
	PoolerHost string `json:"pooler_host"`
}

// Organization is one that the key's user belongs to.
type Organization struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Handle    string    `json:"handle"`
	Plan      string    `json:"plan"`
	ManagedBy string    `json:"managed_by"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// User is whom the key belongs to.
type User struct {
	ActiveSecondsLimit  int64         `json:"active_seconds_limit"`
	AuthAccounts        []AuthAccount `json:"auth_accounts"`
	Email               string        `json:"email"`
	ID                  string        `json:"id"`
	Image               string        `json:"image"`
	Login               string        `json:"login"`
	Name                string        `json:"name"`
	LastName            string        `json:"last_name"`
	ProjectsLimit       int64         `json:"projects_limit"`
	BranchesLimit       int64         `json:"branches_limit"`
	MaxAutoscalingLimit float64       `json:"max_autoscaling_limit"`
	Plan                string        `json:"plan"`
}

// AuthAccount is a way a user logs in to Neon's console.
type AuthAccount struct {
	Email    string `json:"email"`
	Image    string `json:"image"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
}
