package mpenc

import (
	"errors"

	"conclave.example/port/internal/deep"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// Register declares the layers of this package, and adds their methods.
func Register(p *peer.Peer) {
	p.Layer("mpenc-records", "cliques", "aske", "greeting", "messages", "transcript", "server-order", "liveness",
		"session", "extensions", "send-queue")
	registerRecords(p)
	registerCliques(p)
	registerAske(p)
	registerGreeting(p)
	registerMessages(p)
	registerSession(p)
}

// method adds a method whose parameters are the fields of P.
func method[P any](p *peer.Peer, name string, answer func(P) (peer.Output, error)) {
	p.Register(name, func(params *peer.Params) (peer.Output, error) {
		read, err := strict.Params[P](params)
		if err != nil {
			return nil, err
		}
		return answer(read)
	})
}

// handleName is the name of a handle.
type handleName string

// UnmarshalText reads the name.
func (n *handleName) UnmarshalText(text []byte) error {
	*n = handleName(text)
	if !wire.Printable(string(text), 1, 64) {
		return errors.New("no name of a handle")
	}
	return nil
}

// store has the handles of one kind.
type store[T any] struct{ handles *peer.Store[handle[T]] }

// handle is a state behind a name.
type handle[T any] struct{ State *T }

// Clone copies the state.
func (h handle[T]) Clone() handle[T] { return deep.Copy(h) }

func newStore[T any](p *peer.Peer) store[T] { return store[T]{peer.NewStore[handle[T]](p)} }

func (s store[T]) make(name handleName, state *T) { s.handles.Make(string(name), handle[T]{state}) }

// get gives the state of a handle, to be read.
func (s store[T]) get(name handleName) (*T, error) {
	found, err := s.handles.Get(string(name))
	return found.State, err
}

// change does an operation, which changes the state only if it is accepted.
func (s store[T]) change(name handleName, operate func(*T) (peer.Output, error)) (peer.Output, error) {
	return s.handles.Change(string(name), func(changed handle[T]) (peer.Output, error) { return operate(changed.State) })
}

func noCall(detail string) error { return verdict.NoCall{Detail: detail} }

// list is a list that is an empty one, and not null, in JSON.
func list[T any](elements []T) []T {
	if elements == nil {
		return []T{}
	}
	return elements
}
