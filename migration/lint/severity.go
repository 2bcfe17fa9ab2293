package lint

import "fmt"

// Severity says how bad a Diagnostic is.
type Severity int

// The severities. Off reports nothing.
const (
	Off Severity = iota
	Info
	Warning
	Error
)

// String is off, info, warning or error.
func (s Severity) String() string {
	switch s {
	case Off:
		return "off"
	case Info:
		return "info"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("severity %d", int(s))
}

// ParseSeverity reads what String writes.
func ParseSeverity(text string) (Severity, error) {
	for s := Off; s <= Error; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return Off, fmt.Errorf("unknown severity %q: give off, info, warning or error", text)
}

// MarshalText writes the severity as String does.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Severity) UnmarshalText(text []byte) (err error) {
	*s, err = ParseSeverity(string(text))
	return err
}
