package peer

import "conclave.example/port/internal/verdict"

// State is that of a handle. What it saves is its form in encoding/json, so what belongs to it is exported.
type State[T any] interface {
	// Clone gives a copy that shares nothing which is changed in place.
	Clone() T
}

// Store has the handles of one kind, by their names.
type Store[T State[T]] struct{ handles map[string]T }

// NewStore makes a store, which the peer resets, and asks for fingerprints and saved states.
func NewStore[T State[T]](p *Peer) *Store[T] {
	s := &Store[T]{}
	s.reset()
	p.kinds = append(p.kinds, s)
	return s
}

// Make makes a handle, or makes it anew.
func (s *Store[T]) Make(name string, state T) { s.handles[name] = state }

// Get gives the state of a handle, to be read.
func (s *Store[T]) Get(name string) (T, error) {
	state, ok := s.handles[name]
	if !ok {
		return state, verdict.NoCall{Detail: "no such handle"}
	}
	return state, nil
}

// Change does an operation on a copy of the state, which takes its place when the operation is accepted
// (verdicts.state-unchanged).
func (s *Store[T]) Change(name string, operate func(T) (Output, error)) (Output, error) {
	state, err := s.Get(name)
	if err != nil {
		return nil, err
	}
	changed := state.Clone()
	output, err := operate(changed)
	if err == nil {
		s.handles[name] = changed
	}
	return output, err
}

func (s *Store[T]) reset() { s.handles = map[string]T{} }

func (s *Store[T]) saved(name string) (any, bool) {
	state, ok := s.handles[name]
	return state, ok
}
