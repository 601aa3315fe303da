package dcgka

import (
	"fmt"
	"slices"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const maximumPayload = 1<<20 - 1024

// A channel carries secrets from one member of a group to another (chapter "two-party-messaging").
type channel struct {
	Group, Me, Peer id
	PeerUser        string
	OwnKeys         []ownKey
	NextIndex       uint64
	ReceivedKey     *key
	// PeerIndex is the highest index that the peer has sent.
	PeerIndex uint64
	PeerKey   *peerKey
}

// An ownKey is a secret key that we made for ourselves, with the mark of the message that brought its public half.
type ownKey struct {
	Index, Mark uint64
	SecretKey   key
}

// A peerKey is the public key to which the next message to the peer is sealed. Its index is the peer's own.
type peerKey struct {
	MadeByPeer bool
	Index      uint64
	PublicKey  key
}

func newChannel(group, me, other id, otherUser string) *channel {
	return &channel{Group: group, Me: me, Peer: other, PeerUser: otherUser, NextIndex: 1}
}

func (c *channel) clone() *channel {
	cloned := *c
	cloned.OwnKeys = slices.Clone(c.OwnKeys)
	return &cloned
}

func (c *channel) context(sender, recipient id) []byte {
	return wire.CBOR("conclave/1 channel", c.Group[:], sender[:], recipient[:])
}

func (c *channel) associatedData(sender, recipient id, kind, index uint64, outer []byte) []byte {
	return wire.CBOR("conclave/1 channel", c.Group[:], sender[:], recipient[:], kind, index, outer)
}

// processed is channel.processed.
func (c *channel) processed(mark uint64) {
	last := -1
	for i, own := range c.OwnKeys {
		if own.Mark <= mark {
			last = i
		}
	}
	if last < 0 {
		return
	}
	kept := c.OwnKeys[last]
	c.OwnKeys = slices.DeleteFunc(c.OwnKeys, func(own ownKey) bool { return own.Mark <= mark && own != kept })
}

// send is channel.send.
func (c *channel) send(k *keyring, payload, outer []byte, mark uint64) ([]byte, error) {
	// channel.send.1
	if len(payload) > maximumPayload {
		return nil, verdict.Refuse("channel.payload-length", fmt.Sprint(len(payload), " bytes"))
	}
	// channel.send.2, 3
	draw := func(what string) key { return k.draw("channel/%s/%s/%d/%s", c.Me, c.Peer, c.NextIndex, what) }
	own, forPeer := draw("own"), draw("peer")
	plaintext := wire.Encode(channelPlaintext{payload, forPeer, c.NextIndex, primitives.X25519Public(own)})
	// channel.send.4 to 6
	message, err := c.seal(k, draw("ephemeral"), plaintext, outer)
	if err != nil {
		return nil, err
	}
	// channel.send.7
	c.OwnKeys = append(c.OwnKeys, ownKey{c.NextIndex, mark, own})
	c.NextIndex++
	c.PeerKey = &peerKey{PublicKey: primitives.X25519Public(forPeer)}
	return wire.Encode(message), nil
}

func (c *channel) seal(k *keyring, ephemeral key, plaintext, outer []byte) (channelMessage, error) {
	context := c.context(c.Me, c.Peer)
	associatedData := func(kind, index uint64) []byte { return c.associatedData(c.Me, c.Peer, kind, index, outer) }
	if c.PeerKey == nil {
		bundle, err := k.take(c.PeerUser)
		if err != nil {
			return nil, err
		}
		public, ciphertext, err := k.initiate(bundle, ephemeral, context, associatedData(0, 0), plaintext)
		return firstContact{
			User:            k.User,
			EphemeralKey:    public,
			SignedPrekeyID:  bundle.SignedPrekeyID,
			OneTimePrekeyID: bundle.OneTimePrekeyID,
			Ciphertext:      ciphertext,
		}, err
	}
	to := c.PeerKey
	if to.MadeByPeer {
		encapsulated, ciphertext, err := primitives.HPKESeal(to.PublicKey, ephemeral, context, associatedData(1, to.Index), plaintext)
		return toRecipientKey{Index: to.Index, EncapsulatedKey: encapsulated, Ciphertext: ciphertext}, err
	}
	encapsulated, ciphertext, err := primitives.HPKESeal(to.PublicKey, ephemeral, context, associatedData(2, 0), plaintext)
	return toSenderKey{EncapsulatedKey: encapsulated, Ciphertext: ciphertext}, err
}

// receive is channel.receive.
func (c *channel) receive(k *keyring, input, outer []byte) ([]byte, error) {
	// channel.receive.1
	message, err := wire.Decode[channelMessage](input)
	if err != nil {
		return nil, err
	}
	// channel.receive.2 to 6
	opened, err := c.open(k, message, outer)
	if err != nil {
		return nil, err
	}
	// channel.receive.7
	plaintext, err := wire.Decode[channelPlaintext](opened)
	if err != nil {
		return nil, verdict.Refuse("channel.plaintext", err.Error())
	}
	// channel.receive.8
	if plaintext.Index <= c.PeerIndex {
		return nil, verdict.Refuse("channel.index-rises", "an index that was sent")
	}
	// channel.receive.9
	if _, err := primitives.X25519(plaintext.SecretKey, plaintext.PublicKey); err != nil {
		return nil, verdict.Refuse("channel.peer-key-zero", "a key of small order")
	}
	// channel.receive.10
	if named, ok := message.(toRecipientKey); ok {
		c.OwnKeys = slices.DeleteFunc(c.OwnKeys, func(own ownKey) bool { return own.Index <= named.Index })
	}
	// channel.receive.11
	c.ReceivedKey = &plaintext.SecretKey
	c.PeerIndex = plaintext.Index
	c.PeerKey = &peerKey{MadeByPeer: true, Index: plaintext.Index, PublicKey: plaintext.PublicKey}
	return plaintext.Payload, nil
}

func (c *channel) open(k *keyring, message channelMessage, outer []byte) ([]byte, error) {
	context := c.context(c.Peer, c.Me)
	associatedData := func(kind, index uint64) []byte { return c.associatedData(c.Peer, c.Me, kind, index, outer) }
	var secret, encapsulated key
	var sealedTo, ciphertext []byte
	switch message := message.(type) {
	case firstContact:
		if c.PeerIndex != 0 {
			return nil, verdict.Refuse("channel.first-contact-once", "not the first message")
		}
		if message.User != c.PeerUser {
			return nil, verdict.Refuse("channel.peer-user", "another user")
		}
		known, ok := k.Contacts[c.PeerUser]
		if !ok {
			return nil, waitForBundle(c.PeerUser)
		}
		return k.respond(known.AgreementKey, message, context, associatedData(0, 0))
	case toRecipientKey:
		held := slices.IndexFunc(c.OwnKeys, func(own ownKey) bool { return own.Index == message.Index })
		if held < 0 {
			return nil, verdict.Refuse("channel.key-held", "no such key")
		}
		secret, encapsulated, ciphertext = c.OwnKeys[held].SecretKey, message.EncapsulatedKey, message.Ciphertext
		sealedTo = associatedData(1, message.Index)
	case toSenderKey:
		if c.ReceivedKey == nil {
			return nil, verdict.Refuse("channel.key-held", "no received key")
		}
		secret, encapsulated, ciphertext = *c.ReceivedKey, message.EncapsulatedKey, message.Ciphertext
		sealedTo = associatedData(2, 0)
	}
	plaintext, err := primitives.HPKEOpen(secret, encapsulated, context, sealedTo, ciphertext)
	if err != nil {
		return nil, verdict.Refuse("channel.opens", "does not open")
	}
	return plaintext, nil
}

func registerChannel(p *peer.Peer, users *peer.Store[*user]) {
	p.Layer("channel")
	p.Register("channel.open", func(p *peer.Params) (peer.Output, error) {
		on, group, me, other, otherUser := p.Name("on"), p.ID("group"), p.ID("me"), p.ID("peer"), p.User("peerUser")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			u.Channel = newChannel(group, me, other, otherUser)
			return nil, nil
		})
	})
	onChannel := func(on string, operate func(*user) (peer.Output, error)) (peer.Output, error) {
		return users.Change(on, func(u *user) (peer.Output, error) {
			if u.Channel == nil {
				return nil, verdict.NoCall{Detail: "no channel"}
			}
			return operate(u)
		})
	}
	p.Register("channel.send", func(p *peer.Params) (peer.Output, error) {
		on, payload, outer := p.Name("on"), p.Hex("payload"), p.Hex("outer")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return onChannel(on, func(u *user) (peer.Output, error) {
			message, err := u.Channel.send(u.Keys, payload, outer, 0)
			return peer.Output{"message": octet(message)}, err
		})
	})
	p.Register("channel.receive", func(p *peer.Params) (peer.Output, error) {
		on, message, outer := p.Name("on"), p.Hex("message"), p.Hex("outer")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return onChannel(on, func(u *user) (peer.Output, error) {
			payload, err := u.Channel.receive(u.Keys, message, outer)
			return peer.Output{"payload": octet(payload)}, err
		})
	})
}
