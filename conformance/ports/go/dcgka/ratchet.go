package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

// The inputs of ratchet steps that are no secrets.
var (
	welcomeInput = []byte("welcome")
	addInput     = []byte("add")
)

// memberSecret is ratchet.member-secret.
func memberSecret(seed key, group id, message position, member id) key {
	info := wire.CBOR("conclave/1 member secret", group[:], message.Sender[:], message.Seq, member[:])
	return primitives.Derive(nil, seed[:], info)
}

// ratchetStep is ratchet.update. It gives the update secret and the next state.
func ratchetStep(state key, input []byte, group, member id) (key, key) {
	return primitives.Derive(state[:], input, wire.CBOR("conclave/1 update secret", group[:], member[:])),
		primitives.Derive(state[:], input, wire.CBOR("conclave/1 ratchet", group[:], member[:]))
}

func registerRatchet(p *peer.Peer) {
	p.Layer("ratchet")
	p.Register("ratchet.member-secret", func(p *peer.Params) (peer.Output, error) {
		seed, group, member := p.Hex("seed"), p.ID("group"), p.ID("member")
		message := position{p.ID("sender"), p.Count("seq")}
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(seed)
		if err != nil {
			return nil, err
		}
		return peer.Output{"secret": memberSecret(taken, group, message, member)}, nil
	})
	p.Register("ratchet.update", func(p *peer.Params) (peer.Output, error) {
		state, input, group, member := p.Hex("state"), p.Hex("input"), p.ID("group"), p.ID("member")
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(state)
		if err != nil {
			return nil, err
		}
		updateSecret, next := ratchetStep(taken, input, group, member)
		return peer.Output{"updateSecret": updateSecret, "next": next}, nil
	})
}
