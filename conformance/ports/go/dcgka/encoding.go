package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// codec is a wire type in the methods of the layer encoding.
type codec struct {
	decode func([]byte) (any, error)
	encode func(any) ([]byte, bool)
}

func codecOf[T any]() codec {
	return codec{
		decode: func(input []byte) (any, error) {
			value, err := wire.Decode[T](input)
			if err != nil {
				return nil, err
			}
			return wire.ToJSON(value), nil
		},
		encode: func(parsed any) ([]byte, bool) {
			value, ok := wire.FromJSON[T](parsed)
			if !ok {
				return nil, false
			}
			return wire.Encode(value), true
		},
	}
}

var codecs = map[string]codec{
	"key-bundle":          codecOf[keyBundle](),
	"channel-message":     codecOf[channelMessage](),
	"channel-plaintext":   codecOf[channelPlaintext](),
	"control-message":     codecOf[controlMessage](),
	"welcome":             codecOf[welcome](),
	"envelope":            codecOf[envelope](),
	"item":                codecOf[item](),
	"attachment":          codecOf[attachment](),
	"notes":               codecOf[notes](),
	"application-message": codecOf[applicationMessage](),
	"packet":              codecOf[packet](),
	"content":             codecOf[content](),
	"event":               codecOf[event](),
}

func registerEncoding(p *peer.Peer) {
	p.Layer("encoding")
	p.Register("encoding.decode", encodingDecode)
	p.Register("encoding.encode", encodingEncode)
	p.Register("identifiers.group", identifiersGroup)
	p.Register("identifiers.member", identifiersMember)
}

func takeCodec(p *peer.Params) codec {
	return codecs[p.Text("type", 1, 64)]
}

func encodingDecode(p *peer.Params) (peer.Output, error) {
	of, input := takeCodec(p), p.Hex("bytes")
	if err := p.Done(); err != nil {
		return nil, err
	}
	if of.decode == nil {
		return nil, verdict.NoCall{Detail: "no such wire type"}
	}
	value, err := of.decode(input)
	return peer.Output{"value": value}, err
}

func encodingEncode(p *peer.Params) (peer.Output, error) {
	of, value := takeCodec(p), p.Any("value")
	if err := p.Done(); err != nil {
		return nil, err
	}
	if of.encode == nil {
		return nil, verdict.NoCall{Detail: "no such wire type"}
	}
	encoded, ok := of.encode(value)
	if !ok || len(encoded) > peer.LongestBytes {
		return nil, verdict.NoCall{Detail: "no value of the wire type"}
	}
	return peer.Output{"bytes": octet(encoded)}, nil
}

// groupIdentifier is that of the group of a create (identifiers.group-id).
func groupIdentifier(signingKey key, users []string, nonce groupNonce) id {
	digest := primitives.SHA256(wire.CBOR("conclave/1 group id", signingKey[:], wire.Fields(users), nonce[:]))
	return id(digest[:16])
}

// memberIdentifier is that of the member whom an addition makes (identifiers.member-id). The adder is nil and the number
// 0 for those whom a create names.
func memberIdentifier(group id, user string, adder *id, seq uint64) id {
	digest := primitives.SHA256(wire.CBOR("conclave/1 member id", group[:], user, wire.Fields(adder), seq))
	return id(digest[:16])
}

func identifiersGroup(p *peer.Params) (peer.Output, error) {
	signingKey, users, nonce := p.Hex("signingKey"), p.Users("users"), p.Hex("nonce")
	if err := p.Done(); err != nil {
		return nil, err
	}
	taken, err := primitives.KeyOf(signingKey)
	if err != nil {
		return nil, err
	}
	if len(nonce) != len(groupNonce{}) {
		return nil, verdict.Refuse(primitives.ClauseLength, "a nonce that is not 16 bytes")
	}
	return peer.Output{"group": groupIdentifier(taken, users, groupNonce(nonce))}, nil
}

func identifiersMember(p *peer.Params) (peer.Output, error) {
	group, user, adder, seq := p.ID("group"), p.User("user"), peer.Take[*id](p, "adder"), p.Count("seq")
	if err := p.Done(); err != nil {
		return nil, err
	}
	return peer.Output{"member": memberIdentifier(group, user, adder, seq)}, nil
}
