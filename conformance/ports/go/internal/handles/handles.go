// Package handles keeps the handles of a kind whose states are copied as a whole before each change.
package handles

import (
	"errors"

	"conclave.example/port/internal/deep"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/wire"
)

// Name is the name of a handle.
type Name string

// UnmarshalText reads the name.
func (n *Name) UnmarshalText(text []byte) error {
	*n = Name(text)
	if !wire.Printable(string(text), 1, 64) {
		return errors.New("no name of a handle")
	}
	return nil
}

// Store has the handles of one kind.
type Store[T any] struct{ handles *peer.Store[handle[T]] }

// handle is a state behind a name.
type handle[T any] struct{ State *T }

// Clone copies the state.
func (h handle[T]) Clone() handle[T] { return deep.Copy(h) }

// New makes a store.
func New[T any](p *peer.Peer) Store[T] { return Store[T]{peer.NewStore[handle[T]](p)} }

// Make makes a handle, or makes it anew.
func (s Store[T]) Make(name Name, state *T) { s.handles.Make(string(name), handle[T]{state}) }

// Get gives the state of a handle, to be read.
func (s Store[T]) Get(name Name) (*T, error) {
	found, err := s.handles.Get(string(name))
	return found.State, err
}

// Change does an operation, which changes the state only if it is accepted.
func (s Store[T]) Change(name Name, operate func(*T) (peer.Output, error)) (peer.Output, error) {
	return s.handles.Change(string(name), func(changed handle[T]) (peer.Output, error) { return operate(changed.State) })
}

// Begin makes the handle if there is none, and does an operation.
func (s Store[T]) Begin(name Name, operate func(*T) (peer.Output, error)) (peer.Output, error) {
	if _, err := s.Get(name); err == nil {
		return s.Change(name, operate)
	}
	state := new(T)
	output, err := operate(state)
	if err == nil {
		s.Make(name, state)
	}
	return output, err
}
