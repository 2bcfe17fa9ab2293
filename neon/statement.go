package neon

// statement is what a caller wants run.
type statement struct {
	text string
	args []any
	// batch stands in place of text and args.
	batch *Batch
	// before are statements that go ahead of it in the same flush.
	before []plain
	// inTx tells that a failure can't be tried again.
	inTx bool
	// begins tells that BEGIN is among them.
	begins bool
	// describe asks for the types first, at the price of a round trip.
	describe bool
	// unnamed keeps it from being prepared by name.
	unnamed bool
}

// plain is a statement of our own whose result is of no interest.
type plain struct {
	text string
	args []string
}

// isRead tells whether running it twice is the same as once.
func (st *statement) isRead() bool {
	if st.batch == nil {
		return isRead(st.text)
	}
	for _, item := range st.batch.items {
		if !isRead(item.text) {
			return false
		}
	}
	return true
}

// rollsBack tells whether the statement goes with BEGIN: without a COMMIT a lost
// connection leaves nothing behind.
func (st *statement) rollsBack() bool {
	if !st.begins {
		return false
	}
	if st.batch == nil {
		return isDML(st.text)
	}
	for _, item := range st.batch.items {
		if !isDML(item.text) {
			return false
		}
	}
	return true
}

// forget drops what is known of the statement.
func (st *statement) forget(s *session, texts *textCache) {
	if st.batch == nil {
		s.forget(st.text)
		texts.forget(st.text)
		return
	}
	for _, item := range st.batch.items {
		s.forget(item.text)
		texts.forget(item.text)
	}
}
