package mpenc

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/verdict"
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
	registerPlays(p)
}

func noCall(detail string) error { return verdict.NoCall{Detail: detail} }

// list is a list that is an empty one, and not null, in JSON.
func list[T any](elements []T) []T {
	if elements == nil {
		return []T{}
	}
	return elements
}
