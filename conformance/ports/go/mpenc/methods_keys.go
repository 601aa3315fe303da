package mpenc

import (
	"slices"

	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/strict"
)

func registerRecords(p *peer.Peer) {
	strict.Register(p, "mpenc-records.decode", func(params struct {
		Text string `json:"text"`
	}) (peer.Output, error) {
		packet, err := Decode(params.Text, Version)
		return peer.Output{"packet": packet}, err
	})
	strict.Register(p, "mpenc-records.encode", func(params struct {
		Packet AnyPacket `json:"packet"`
	}) (peer.Output, error) {
		text, err := Encode(params.Packet.Packet, Version)
		return peer.Output{"text": text}, err
	})
	strict.Register(p, "mpenc-records.signed-part", func(params struct {
		Packet AnyPacket `json:"packet"`
	}) (peer.Output, error) {
		if _, isPlain := params.Packet.Packet.(*PlainPacket); isPlain {
			return nil, noCall("a plain packet has no records")
		}
		signed, err := signedPart(params.Packet.Packet.records(Version))
		return peer.Output{"bytes": Hex(signed)}, err
	})
	strict.Register(p, "mpenc-records.decode-records", func(params struct {
		Bytes Hex `json:"bytes"`
	}) (peer.Output, error) {
		records, err := decodeRecords(params.Bytes)
		return peer.Output{"records": records}, err
	})
	strict.Register(p, "mpenc-records.encode-records", func(params struct {
		Records []Record `json:"records"`
	}) (peer.Output, error) {
		length := 0
		for _, record := range params.Records {
			length += 4 + len(record.Value)
		}
		if length > peer.LongestBytes {
			return nil, noCall("records of more than 2 MiB")
		}
		bytes, err := encodeRecords(params.Records)
		return peer.Output{"bytes": Hex(bytes)}, err
	})
	strict.Register(p, "mpenc-records.sort", func(params struct {
		Names []Name `json:"names"`
	}) (peer.Output, error) {
		return peer.Output{"names": list(sorted(params.Names))}, nil
	})
}

// sent is what a method of the layer "cliques" gives.
func sent(agreement *Agreement, keys []IntermediateKey, err error) (peer.Output, error) {
	return peer.Output{"agreement": agreement, "keys": list(keys)}, err
}

func registerCliques(p *peer.Peer) {
	strict.Register(p, "cliques.multiply", func(params struct {
		Contributions []Key           `json:"contributions"`
		Key           IntermediateKey `json:"key"`
	}) (peer.Output, error) {
		product, err := multiply(params.Key, params.Contributions...)
		return peer.Output{"product": product}, err
	})
	strict.Register(p, "cliques.derive", func(params struct {
		Secret Key `json:"secret"`
	}) (peer.Output, error) {
		return peer.Output{"groupKey": derive(params.Secret[:])}, nil
	})
	strict.Register(p, "cliques.start", func(params struct {
		Me           Name   `json:"me"`
		Others       []Name `json:"others"`
		Contribution Key    `json:"contribution"`
	}) (peer.Output, error) {
		return sent(startAgreement(params.Me, params.Others, params.Contribution))
	})
	type upflow struct {
		Members      []Name            `json:"members"`
		Me           Name              `json:"me"`
		Keys         []IntermediateKey `json:"keys"`
		Contribution Key               `json:"contribution"`
	}
	strict.Register(p, "cliques.forward", func(params upflow) (peer.Output, error) {
		return sent(forwardUpflow(params.Members, params.Me, params.Keys, params.Contribution))
	})
	strict.Register(p, "cliques.close", func(params upflow) (peer.Output, error) {
		return sent(closeUpflow(params.Members, params.Me, params.Keys, params.Contribution))
	})
	strict.Register(p, "cliques.receive", func(params struct {
		Members       []Name            `json:"members"`
		Me            Name              `json:"me"`
		Keys          []IntermediateKey `json:"keys"`
		Contributions []Key             `json:"contributions"`
	}) (peer.Output, error) {
		agreement, err := receiveDownflow(params.Members, params.Me, params.Keys, params.Contributions)
		return peer.Output{"agreement": agreement}, err
	})
	type change struct {
		Agreement    Agreement `json:"agreement"`
		Me           Name      `json:"me"`
		Others       []Name    `json:"others"`
		Contribution Key       `json:"contribution"`
	}
	strict.Register(p, "cliques.include", func(params change) (peer.Output, error) {
		return sent(params.Agreement.include(params.Me, params.Others, params.Contribution))
	})
	strict.Register(p, "cliques.exclude", func(params change) (peer.Output, error) {
		return sent(params.Agreement.exclude(params.Me, params.Others, params.Contribution))
	})
	strict.Register(p, "cliques.refresh", func(params struct {
		Agreement    Agreement `json:"agreement"`
		Me           Name      `json:"me"`
		Contribution Key       `json:"contribution"`
	}) (peer.Output, error) {
		return sent(params.Agreement.refresh(params.Me, params.Contribution))
	})
}

// lists are those of an exchange, whose nonces may have any length here.
type lists struct {
	members    []Name
	nonces     []Hex
	publicKeys []Key
	sessionID  *Key
}

// complete is the session id of the lists, or the one that is given in its place.
func (l lists) complete() (Key, error) {
	id, err := sessionID(l.members, l.nonceBytes(), l.publicKeys)
	if err == nil && l.sessionID != nil {
		id = *l.sessionID
	}
	return id, err
}

func (l lists) nonceBytes() [][]byte {
	bytes := make([][]byte, len(l.nonces))
	for i, nonce := range l.nonces {
		bytes[i] = nonce
	}
	return bytes
}

func (l lists) authenticator(member Name) ([]byte, error) {
	id, err := l.complete()
	if err != nil {
		return nil, err
	}
	return authenticator(member, l.members, l.nonceBytes(), l.publicKeys, id)
}

func registerAske(p *peer.Peer) {
	strict.Register(p, "aske.complete", func(params struct {
		Members    []Name `json:"members"`
		Nonces     []Hex  `json:"nonces"`
		PublicKeys []Key  `json:"publicKeys"`
	}) (peer.Output, error) {
		id, err := lists{params.Members, params.Nonces, params.PublicKeys, nil}.complete()
		return peer.Output{"sessionId": id}, err
	})
	strict.Register(p, "aske.authenticator", func(params struct {
		Members    []Name `json:"members"`
		Nonces     []Hex  `json:"nonces"`
		PublicKeys []Key  `json:"publicKeys"`
		SessionID  *Key   `json:"sessionId"`
		Member     Name   `json:"member"`
	}) (peer.Output, error) {
		made, err := lists{params.Members, params.Nonces, params.PublicKeys, params.SessionID}.authenticator(params.Member)
		return peer.Output{"authenticator": Hex(made)}, err
	})
	strict.Register(p, "aske.acknowledge", func(params struct {
		Members           []Name `json:"members"`
		Nonces            []Hex  `json:"nonces"`
		PublicKeys        []Key  `json:"publicKeys"`
		SessionID         *Key   `json:"sessionId"`
		Me                Name   `json:"me"`
		IdentitySecretKey Key    `json:"identitySecretKey"`
	}) (peer.Output, error) {
		made, err := lists{params.Members, params.Nonces, params.PublicKeys, params.SessionID}.authenticator(params.Me)
		if err != nil {
			return nil, err
		}
		return peer.Output{"signature": signAuthenticator(made, params.IdentitySecretKey)}, nil
	})
	strict.Register(p, "aske.verify", func(params struct {
		Members     []Name    `json:"members"`
		Nonces      []Hex     `json:"nonces"`
		PublicKeys  []Key     `json:"publicKeys"`
		SessionID   *Key      `json:"sessionId"`
		Member      Name      `json:"member"`
		IdentityKey Key       `json:"identityKey"`
		Signature   Signature `json:"signature"`
	}) (peer.Output, error) {
		made, err := lists{params.Members, params.Nonces, params.PublicKeys, params.SessionID}.authenticator(params.Member)
		if err != nil {
			return nil, err
		}
		return nil, checkAuthenticator(made, params.IdentityKey, params.Signature)
	})
}

// greetingHandle is what one member holds in the layer "greeting".
type greetingHandle struct {
	Me          Name
	Identities  Identities
	RepeatLists bool
	Membership  *Membership
	Proposal    *Greeting
	Running     *Greeting
}

func (h *greetingHandle) begin() *Greeting {
	return beginGreeting(h.Me, h.RepeatLists, Version, h.Membership)
}

func (h *greetingHandle) receive(sender Name, text string, shares Shares) (greetingAnswer, error) {
	receiving := h.Running
	if receiving == nil && sender == h.Me {
		receiving = h.Proposal
	}
	if receiving == nil {
		receiving = h.begin()
	}
	answer, err := receiving.receive(sender, text, &h.Identities, shares)
	if err != nil {
		return answer, err
	}
	h.Running, h.Proposal = receiving, nil
	switch {
	case answer.finished:
		h.Running, h.Membership = nil, receiving.membership()
	case answer.excluded:
		h.Running, h.Membership = nil, nil
	}
	return answer, nil
}

// isWhole says whether a membership has one entry for each member in all its lists, and a group key.
func (m *Membership) isWhole(me Name) bool {
	agreement, exchange := &m.Agreement, &m.Exchange
	n := len(agreement.Members)
	return slices.Equal(agreement.Members, exchange.Members) && slices.Contains(exchange.Members, me) &&
		len(agreement.IntermediateKeys) == n && len(exchange.Nonces) == n && len(exchange.PublicKeys) == n &&
		agreement.GroupKey != nil
}

// textOrNull is null for no text.
func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func registerGreeting(p *peer.Peer) {
	strict.Register(p, "greeting.sign", func(params struct {
		Packet             AnyPacket `json:"packet"`
		EphemeralSecretKey Key       `json:"ephemeralSecretKey"`
	}) (peer.Output, error) {
		greeting, ok := params.Packet.Packet.(*GreetingPacket)
		if !ok {
			return nil, refused("greeting.kind")
		}
		text, err := signGreeting(greeting, params.EphemeralSecretKey, Version)
		return peer.Output{"text": text}, err
	})
	strict.Register(p, "greeting.verify", func(params struct {
		Text      string `json:"text"`
		PublicKey Key    `json:"publicKey"`
	}) (peer.Output, error) {
		greeting, err := decodeGreetingText(params.Text, Version)
		if err != nil {
			return nil, err
		}
		return nil, verifyGreeting(greeting, params.PublicKey, Version)
	})
	all := handles.New[greetingHandle](p)
	strict.Register(p, "greeting.appear", func(params struct {
		On          handles.Name `json:"on"`
		Me          Name         `json:"me"`
		Identities  Identities   `json:"identities"`
		RepeatLists bool         `json:"repeatLists"`
		Membership  *Membership  `json:"membership"`
	}) (peer.Output, error) {
		if params.Membership != nil && !params.Membership.isWhole(params.Me) {
			return nil, noCall("a membership that is not whole")
		}
		all.Make(params.On, &greetingHandle{params.Me, params.Identities, params.RepeatLists, params.Membership, nil, nil})
		return nil, nil
	})
	strict.Register(p, "greeting.propose", func(params struct {
		On       handles.Name `json:"on"`
		Include  []Name       `json:"include"`
		Exclude  []Name       `json:"exclude"`
		Metadata Metadata     `json:"metadata"`
		Shares   Shares       `json:"shares"`
	}) (peer.Output, error) {
		return all.Change(params.On, func(h *greetingHandle) (peer.Output, error) {
			h.Proposal = h.begin()
			text, err := h.Proposal.propose(params.Include, params.Exclude, params.Metadata, &h.Identities, params.Shares)
			return peer.Output{"text": text}, err
		})
	})
	strict.Register(p, "greeting.receive", func(params struct {
		On     handles.Name `json:"on"`
		Sender Name         `json:"sender"`
		Text   string       `json:"text"`
		Shares Shares       `json:"shares"`
	}) (peer.Output, error) {
		return all.Change(params.On, func(h *greetingHandle) (peer.Output, error) {
			answer, err := h.receive(params.Sender, params.Text, params.Shares)
			return peer.Output{"text": textOrNull(answer.text), "finished": answer.finished, "excluded": answer.excluded}, err
		})
	})
	type on struct {
		On handles.Name `json:"on"`
	}
	strict.Register(p, "greeting.abandon", func(params on) (peer.Output, error) {
		return all.Change(params.On, func(h *greetingHandle) (peer.Output, error) {
			h.Proposal, h.Running = nil, nil
			return nil, nil
		})
	})
	strict.Register(p, "greeting.membership", func(params on) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		return peer.Output{"membership": h.Membership}, nil
	})
}

// groupKey is a group key, of 16 bytes too.
type groupKey []byte

// UnmarshalText reads the hex.
func (k *groupKey) UnmarshalText(text []byte) error {
	if len(text) != 32 && len(text) != 64 {
		return noCall("neither 16 nor 32 bytes")
	}
	return (*Hex)(k).UnmarshalText(text)
}

// cipherKeyBytes is how many bytes of the group key are the cipher key: 16 or 32.
type cipherKeyBytes uint64

// UnmarshalStrict reads the number.
func (n *cipherKeyBytes) UnmarshalStrict(value any) error {
	number, _ := value.(uint64)
	*n = cipherKeyBytes(number)
	if number != 16 && number != 32 {
		return noCall("neither 16 nor 32")
	}
	return nil
}

type opening struct {
	SessionID      Hex            `json:"sessionId"`
	GroupKey       groupKey       `json:"groupKey"`
	Members        []Name         `json:"members"`
	PublicKeys     []Key          `json:"publicKeys"`
	Sender         Name           `json:"sender"`
	Text           string         `json:"text"`
	CipherKeyBytes cipherKeyBytes `json:"cipherKeyBytes"`
}

// open does steps 1 to 4 of messages.open.
func (o opening) open() (*sealedMessage, error) {
	message, err := decodeMessage(o.Text)
	if err != nil {
		return nil, err
	}
	return message, message.check(readingKeys{o.Members, o.PublicKeys, subsessionHash(o.SessionID, o.GroupKey)}, o.Sender)
}

func registerMessages(p *peer.Peer) {
	strict.Register(p, "messages.subsession-hash", func(params struct {
		SessionID Hex      `json:"sessionId"`
		GroupKey  groupKey `json:"groupKey"`
	}) (peer.Output, error) {
		return peer.Output{"hash": subsessionHash(params.SessionID, params.GroupKey)}, nil
	})
	strict.Register(p, "messages.cipher", func(params struct {
		Key  groupKey `json:"key"`
		IV   IV       `json:"iv"`
		Data Hex      `json:"data"`
	}) (peer.Output, error) {
		return peer.Output{"data": Hex(encrypt(params.Key, params.IV, params.Data))}, nil
	})
	strict.Register(p, "messages.encode-body", func(params struct {
		Body AnyBody `json:"body"`
	}) (peer.Output, error) {
		if payload, ok := params.Body.Body.(*PayloadBody); ok && payload.Text == "" {
			return nil, refused("messages.body")
		}
		return peer.Output{"value": Hex(encodeBody(params.Body.Body))}, nil
	})
	strict.Register(p, "messages.decode-body", func(params struct {
		Value Hex `json:"value"`
	}) (peer.Output, error) {
		body, err := decodeBody(params.Value)
		return peer.Output{"body": body}, err
	})
	strict.Register(p, "messages.encode-content", func(params struct {
		Parents []MessageID `json:"parents"`
		Body    AnyBody     `json:"body"`
		Padding bool        `json:"padding"`
	}) (peer.Output, error) {
		plaintext, err := encodeContent(params.Parents, params.Body.Body, params.Padding)
		return peer.Output{"plaintext": Hex(plaintext)}, err
	})
	strict.Register(p, "messages.decode-content", func(params struct {
		Plaintext Hex `json:"plaintext"`
	}) (peer.Output, error) {
		decoded, err := decodePlaintext(params.Plaintext)
		if err != nil {
			return nil, err
		}
		body, err := decodeBody(decoded.value)
		return peer.Output{"parents": decoded.parents, "body": body}, err
	})
	strict.Register(p, "messages.seal", func(params struct {
		SessionID          Hex            `json:"sessionId"`
		GroupKey           groupKey       `json:"groupKey"`
		EphemeralSecretKey Key            `json:"ephemeralSecretKey"`
		Parents            []MessageID    `json:"parents"`
		Body               AnyBody        `json:"body"`
		IV                 IV             `json:"iv"`
		CipherKeyBytes     cipherKeyBytes `json:"cipherKeyBytes"`
		Padding            bool           `json:"padding"`
	}) (peer.Output, error) {
		text, id, err := sealMessage(sealing{
			hash:               subsessionHash(params.SessionID, params.GroupKey),
			cipherKey:          cipherKey(params.GroupKey, uint64(params.CipherKeyBytes)),
			ephemeralSecretKey: params.EphemeralSecretKey,
			iv:                 params.IV,
			padding:            params.Padding,
		}, params.Parents, params.Body.Body)
		return peer.Output{"text": text, "id": id}, err
	})
	strict.Register(p, "messages.open", func(params opening) (peer.Output, error) {
		message, err := params.open()
		if err != nil {
			return nil, err
		}
		parents, body, err := message.open(cipherKey(params.GroupKey, uint64(params.CipherKeyBytes)))
		readers := without(params.Members, []Name{params.Sender})
		return peer.Output{"id": message.id, "author": params.Sender, "readers": readers, "parents": parents, "body": body}, err
	})
	strict.Register(p, "messages.decrypt", func(params opening) (peer.Output, error) {
		message, err := params.open()
		if err != nil {
			return nil, err
		}
		decrypted, err := message.decrypt(cipherKey(params.GroupKey, uint64(params.CipherKeyBytes)))
		return peer.Output{"id": message.id, "parents": decrypted.parents, "value": Hex(decrypted.value)}, err
	})
	strict.Register(p, "messages.id", func(params struct {
		Text string `json:"text"`
	}) (peer.Output, error) {
		message, err := decodeMessage(params.Text)
		if err != nil {
			return nil, err
		}
		return peer.Output{"id": message.id}, nil
	})
	strict.Register(p, "messages.sign-error", func(params struct {
		Packet             AnyPacket `json:"packet"`
		EphemeralSecretKey Key       `json:"ephemeralSecretKey"`
	}) (peer.Output, error) {
		failure, ok := params.Packet.Packet.(*ErrorPacket)
		if !ok {
			return nil, refused("messages.kind")
		}
		text, err := signError(failure, params.EphemeralSecretKey)
		return peer.Output{"text": text}, err
	})
	strict.Register(p, "messages.verify-error", func(params struct {
		Text      string `json:"text"`
		PublicKey Key    `json:"publicKey"`
	}) (peer.Output, error) {
		packet, err := verifyError(params.Text, params.PublicKey)
		return peer.Output{"packet": packet}, err
	})
}
