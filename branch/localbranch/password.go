package localbranch

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/espalier-go/espalier/branch"
)

// Password returns the password of Role in a branch. It wakes nothing.
func (p *Provider) Password(ctx context.Context, name string) (string, error) {
	st, err := p.current(ctx)
	if err != nil {
		return "", err
	}
	r, err := st.get("connect to", name)
	if err != nil {
		return "", err
	}
	return r.Password, nil
}

// SetPassword gives a role of a branch a password, which Endpoint's URL then
// has where it is Role's.
func (p *Provider) SetPassword(ctx context.Context, name, role, password string) error {
	return fail("set a password in", name, p.setPassword(ctx, name, role, password), "")
}

func (p *Provider) setPassword(ctx context.Context, name, role, password string) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	connString, release, err := p.Admin(ctx, name)
	if err != nil {
		return err
	}
	defer release()
	conn, err := pgx.Connect(ctx, connString("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	// The verifier is of base64, digits and $:- alone; ALTER ROLE takes no
	// bound parameters.
	if _, err := conn.Exec(ctx, `ALTER ROLE `+pgx.Identifier{role}.Sanitize()+` PASSWORD '`+verifier+`'`); err != nil {
		return fmt.Errorf("set the password of role %s: %w", role, err)
	}
	if role != Role {
		return nil
	}
	return p.update(ctx, func(st *state) error {
		r := st.find(name)
		if r == nil {
			return branch.ErrNotFound
		}
		r.Password = password
		return nil
	})
}

// NewPassword is a random password in the form of Neon's.
func NewPassword() string { return newPassword() }

// NewName is a random name in the form of Neon's ids: calm-field-12345678.
func NewName() string { return newID(func(string) bool { return false })[len("br-"):] }
