package pglocal

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// forced are set on the command line, where nothing can override them.
var forced = []string{"port", "listen_addresses", "unix_socket_directories", "unix_socket_permissions",
	"data_directory", "config_file", "hba_file"}

var settingName = regexp.MustCompile(`^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$`)

// defaultSettings are for both kinds of data; what Neon sets differently from
// Postgres (jit, timezone) is as there.
func defaultSettings(ephemeral bool) map[string]string {
	s := map[string]string{
		"autovacuum":                  "on",
		"jit":                         "off",
		"log_checkpoints":             "off",
		"log_destination":             "stderr",
		"log_line_prefix":             "%m [%p] %q%u@%d ",
		"log_timezone":                "UTC",
		"logging_collector":           "off",
		"max_connections":             "100",
		"max_replication_slots":       "10",
		"max_wal_senders":             "10",
		"max_wal_size":                "1GB",
		"min_wal_size":                "32MB",
		"password_encryption":         "scram-sha-256",
		"restart_after_crash":         "on",
		"shared_buffers":              "128MB",
		"synchronous_commit":          "on",
		"timezone":                    "UTC",
		"wal_level":                   "logical",
		"idle_session_timeout":        "0",
		"max_prepared_transactions":   "0",
		"log_autovacuum_min_duration": "-1",
	}
	if ephemeral {
		s["fsync"] = "off"
		s["full_page_writes"] = "off"
		s["wal_level"] = "replica"
		s["max_connections"] = "300"
		s["checkpoint_timeout"] = "30min"
		s["autovacuum_naptime"] = "2min"
	}
	return s
}

// renderConfig is the configuration file of a server. What initdb found out
// about the system comes first, so that the rest wins.
func renderConfig(data string, settings ...map[string]string) (string, error) {
	all := map[string]string{}
	for _, s := range settings {
		for name, value := range s {
			name = strings.ToLower(name)
			if !settingName.MatchString(name) {
				return "", withHint(fmt.Errorf("%.60q is no name of a setting", name), "use names as in postgresql.conf")
			}
			all[name] = value
		}
	}
	for _, name := range forced {
		if _, ok := all[name]; ok {
			return "", withHint(fmt.Errorf("the setting %s can't be changed here", name), "leave it out; for the port there is Config.Port")
		}
	}
	var b strings.Builder
	b.WriteString("# Written at every start. Lasting changes: ALTER SYSTEM.\n")
	quoted, err := quoteSetting(filepath.Join(data, "postgresql.conf"))
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "include_if_exists = %s\n", quoted)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		quoted, err := quoteSetting(all[name])
		if err != nil {
			// The value may be secret.
			return "", fmt.Errorf("setting %s: %w", name, err)
		}
		fmt.Fprintf(&b, "%s = %s\n", name, quoted)
	}
	return b.String(), nil
}

// quoteSetting quotes for postgresql.conf, where backslashes escape.
func quoteSetting(value string) (string, error) {
	if strings.ContainsAny(value, "\n\r\x00") {
		return "", fmt.Errorf("the value has a line break")
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(value) + "'", nil
}

// serverArgs is the command line of postgres: nothing secret, as every user sees it.
func serverArgs(data, config, socketDir string, port int) []string {
	// The list of folders is split at commas unless quoted.
	quoted := `"` + strings.ReplaceAll(socketDir, `"`, `""`) + `"`
	return []string{
		"-D", data,
		"-c", "config_file=" + config,
		"-c", "listen_addresses=127.0.0.1",
		"-c", fmt.Sprintf("port=%d", port),
		"-c", "unix_socket_directories=" + quoted,
		"-c", "unix_socket_permissions=0700",
	}
}
