// Package delivery is the delivery service with symbolic groups: gossip of proposals, agreement on commits, the
// distributed and the centralized service, and runs of the simulation (part "delivery-service" of the specification).
package delivery

import (
	"errors"

	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// userHandle is what one user holds.
type userHandle struct {
	Seed    wire.Key
	Outside *Outside
	Group   *Group
	Pending *Group
	Gossip  *Murmur
	// GossipSeed is what the samples of the gossip are drawn from.
	GossipSeed wire.Key
	Server     *Server
	Client     *Client
}

// Register declares the layers of this package, and adds their methods.
func Register(p *peer.Peer) {
	p.Layer("tree-kem", "murmur", "centralized", "cooperation", "restrained-consensus", "global-consensus", "cascade",
		"delivery-service", "simulation")
	users := handles.New[userHandle](p)
	registerTreeKEM(p, users)
	registerMurmur(p, users)
	registerCentralized(p, users)
	voters := handles.New[voterHandle](p)
	registerCooperation(p, voters)
	registerRestrained(p, voters)
	registerConsensus(p, voters)
	registerCascade(p, voters)
	registerService(p)
	registerSimulation(p)
}

func noCall(detail string) error { return verdict.NoCall{Detail: detail} }

// backEndMessage is a message of the back end.
type backEndMessage []byte

// UnmarshalText reads the hex.
func (m *backEndMessage) UnmarshalText(text []byte) error {
	bytes, ok := wire.ParseHex(string(text))
	if !ok || len(bytes) == 0 || len(bytes) > wire.MaximumLength {
		return errors.New("no message")
	}
	*m = bytes
	return nil
}

// anyBytes is a byte string that a method is given.
type anyBytes []byte

// UnmarshalText reads the hex.
func (b *anyBytes) UnmarshalText(text []byte) error {
	bytes, ok := wire.ParseHex(string(text))
	if !ok || len(bytes) > peer.LongestBytes {
		return errors.New("no bytes")
	}
	*b = bytes
	return nil
}

// anyValue is a value of a type that another parameter names.
type anyValue struct{ value any }

// UnmarshalStrict takes the value.
func (v *anyValue) UnmarshalStrict(value any) error {
	v.value = value
	return nil
}

// codec decodes and encodes a wire type.
type codec struct {
	decode func([]byte) (any, error)
	encode func(any) ([]byte, error)
}

func codecOf[T any]() codec {
	return codec{
		decode: func(input []byte) (any, error) {
			value, err := wire.Decode[T](input)
			if err != nil {
				return nil, err
			}
			return wire.ToJSON(&value), nil
		},
		encode: func(value any) ([]byte, error) {
			read, ok := wire.FromJSON[T](value)
			if !ok {
				return nil, noCall("no value of the type")
			}
			encoded := wire.Encode(&read)
			if len(encoded) > peer.LongestBytes {
				return nil, noCall("a value of more than 2 MiB")
			}
			return encoded, nil
		},
	}
}

// registerCodec adds the methods that decode and encode the wire type that each method names.
func registerCodec(p *peer.Peer, prefix string, types map[string]codec) {
	strict.Register(p, prefix+".decode", func(params struct {
		Type  string   `json:"type"`
		Bytes anyBytes `json:"bytes"`
	}) (peer.Output, error) {
		of, ok := types[params.Type]
		if !ok {
			return nil, noCall("no such type")
		}
		value, err := of.decode(params.Bytes)
		return peer.Output{"value": value}, err
	})
	strict.Register(p, prefix+".encode", func(params struct {
		Type  string   `json:"type"`
		Value anyValue `json:"value"`
	}) (peer.Output, error) {
		of, ok := types[params.Type]
		if !ok {
			return nil, noCall("no such type")
		}
		bytes, err := of.encode(params.Value.value)
		return peer.Output{"bytes": wire.Bytes(bytes)}, err
	})
}

// registerOneCodec adds the methods that decode and encode one wire type.
func registerOneCodec(p *peer.Peer, prefix string, of codec) {
	strict.Register(p, prefix+".decode", func(params struct {
		Bytes anyBytes `json:"bytes"`
	}) (peer.Output, error) {
		value, err := of.decode(params.Bytes)
		return peer.Output{"value": value}, err
	})
	strict.Register(p, prefix+".encode", func(params struct {
		Value anyValue `json:"value"`
	}) (peer.Output, error) {
		bytes, err := of.encode(params.Value.value)
		return peer.Output{"bytes": wire.Bytes(bytes)}, err
	})
}

// onlyHandle are the parameters of a method that has no others.
type onlyHandle struct {
	On handles.Name `json:"on"`
}

// part is a part of a handle, or an error if the handle does not have it.
func part[T any](found *T) (*T, error) {
	if found == nil {
		return nil, noCall("no such handle")
	}
	return found, nil
}

// list is a list that is an empty one, and not null, in JSON.
func list[T any](elements []T) []T {
	if elements == nil {
		return []T{}
	}
	return elements
}

// bytesOrNull is null for nil.
func bytesOrNull(bytes []byte) any {
	if bytes == nil {
		return nil
	}
	return wire.Bytes(bytes)
}
