package localneon

// Claim makes branches busy, as an operation on its way does.
func (s *Server) Claim(ids ...string) (release func(), err error) { return s.claim(ids...) }
