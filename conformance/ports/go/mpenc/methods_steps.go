package mpenc

import (
	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
)

// channelEvent is an event of the channel.
type channelEvent struct {
	take func(*turn) error
}

// UnmarshalStrict reads the event.
func (e *channelEvent) UnmarshalStrict(value any) error {
	type change struct {
		Type    string `json:"type"`
		Members []Name `json:"members"`
	}
	type packet struct {
		Type   string `json:"type"`
		Sender Name   `json:"sender"`
		Text   string `json:"text"`
	}
	type left struct {
		Type string `json:"type"`
	}
	read, err := strict.Union(value, map[string]any{
		"entered": &change{}, "enter": &change{}, "leave": &change{}, "left": &left{}, "packet": &packet{}, "direct": &packet{},
	})
	if err != nil {
		return err
	}
	e.take = func(t *turn) error {
		switch event := read.(type) {
		case *change:
			return map[string]func([]Name) error{"entered": t.entered, "enter": t.enter, "leave": t.leave}[event.Type](event.Members)
		case *packet:
			return map[string]func(Name, string) error{"packet": t.packet, "direct": t.direct}[event.Type](event.Sender, event.Text)
		default:
			return t.left()
		}
	}
	return nil
}

// userAction is what the user wants.
type userAction struct {
	take func(*turn) error
}

// UnmarshalStrict reads the action.
func (a *userAction) UnmarshalStrict(value any) error {
	type simple struct {
		Type string `json:"type"`
	}
	type change struct {
		Type    string `json:"type"`
		Members []Name `json:"members"`
	}
	type send struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	read, err := strict.Union(value, map[string]any{
		"join": &simple{}, "part": &simple{}, "refresh": &simple{}, "abort": &simple{}, "include": &change{}, "exclude": &change{},
		"send": &send{},
	})
	if err != nil {
		return err
	}
	a.take = func(t *turn) error {
		switch action := read.(type) {
		case *change:
			if action.Type == "include" {
				return t.change(action.Members, nil)
			}
			return t.change(nil, action.Members)
		case *send:
			return t.sendText(action.Text)
		case *simple:
			return t.simple(action.Type)
		}
		return nil
	}
	return nil
}

// simple does an action that has only a name.
func (t *turn) simple(name string) error {
	switch name {
	case "join":
		t.join()
	case "part":
		t.part()
	case "refresh":
		return t.change(nil, nil)
	case "abort":
		return t.abort()
	}
	return nil
}

// registerTurns registers what a session is told: an event of the channel, an action of its user, and that time has passed.
func registerTurns(
	p *peer.Peer, layer string, step func(on handles.Name, now uint64, operate func(*turn) error) (peer.Output, error),
) {
	strict.Register(p, layer+".receive", func(params struct {
		On    handles.Name `json:"on"`
		Event channelEvent `json:"event"`
		Now   uint64       `json:"now"`
	}) (peer.Output, error) {
		return step(params.On, params.Now, params.Event.take)
	})
	strict.Register(p, layer+".act", func(params struct {
		On     handles.Name `json:"on"`
		Action userAction   `json:"action"`
		Now    uint64       `json:"now"`
	}) (peer.Output, error) {
		return step(params.On, params.Now, params.Action.take)
	})
	strict.Register(p, layer+".tick", func(params struct {
		On  handles.Name `json:"on"`
		Now uint64       `json:"now"`
	}) (peer.Output, error) {
		return step(params.On, params.Now, func(t *turn) error {
			t.tick()
			return nil
		})
	})
}

func registerSteps(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "session.make", func(params struct {
		On         handles.Name `json:"on"`
		Me         Name         `json:"me"`
		Identities Identities   `json:"identities"`
		Options    Options      `json:"options"`
		Seed       Hex          `json:"seed"`
	}) (peer.Output, error) {
		from, err := primitives.KeyOf(params.Seed)
		if err != nil {
			return nil, err
		}
		return all.begin(params.On, func(h *sessionHandle) {
			h.Seed, h.Session = from, newSession(params.Me, params.Identities, params.Options)
		})
	})
	step := func(on handles.Name, now uint64, operate func(*turn) error) (peer.Output, error) {
		return all.Change(on, func(h *sessionHandle) (peer.Output, error) {
			session, err := part(h.Session)
			if err != nil {
				return nil, err
			}
			requests, notices, err := session.take(h.Seed, now, operate)
			return peer.Output{"requests": requests, "notices": notices}, err
		})
	}
	registerTurns(p, "session", step)
	strict.Register(p, "session.look", func(params onlyHandle) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		session, err := part(h.Session)
		if err != nil {
			return nil, err
		}
		var chainHash any
		if order := &session.Presence.Order; order.isSynced() {
			chainHash = order.lastChainHash()
		}
		return peer.Output{"at": session.due(), "state": session.shown(), "members": session.members(), "chainHash": chainHash}, nil
	})
}

// indexedPacket is a data packet in a session with the ratchet.
type indexedPacket struct {
	Hint      Hint      `json:"hint"`
	Signature Signature `json:"signature"`
	Index     uint64    `json:"index"`
	IV        IV        `json:"iv"`
	Payload   Payload   `json:"payload"`
}

func registerExtensions(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "extensions.abort", func(params struct {
		Me          Name     `json:"me"`
		IdentityKey Key      `json:"identityKey"`
		Members     []Name   `json:"members"`
		Operation   PacketID `json:"operation"`
		Reason      string   `json:"reason" is:"user late verification leaving"`
	}) (peer.Output, error) {
		text, err := abortText(params.Me, params.IdentityKey, params.Members, params.Operation, abortReasons[params.Reason])
		return peer.Output{"text": text}, err
	})
	strict.Register(p, "extensions.published-key", func(params struct {
		Me        Name  `json:"me"`
		SecretKey Key   `json:"secretKey"`
		Hashes    []Key `json:"hashes"`
	}) (peer.Output, error) {
		text, err := publishedKeyText(params.Me, params.SecretKey, params.Hashes)
		return peer.Output{"text": text}, err
	})
	strict.Register(p, "extensions.seal", func(params struct {
		Hash               Key            `json:"hash"`
		MessageKey         Key            `json:"messageKey"`
		Index              uint64         `json:"index" max:"4294967295"`
		EphemeralSecretKey Key            `json:"ephemeralSecretKey"`
		Parents            []MessageID    `json:"parents"`
		Body               AnyBody        `json:"body"`
		IV                 IV             `json:"iv"`
		CipherKeyBytes     cipherKeyBytes `json:"cipherKeyBytes"`
		Padding            bool           `json:"padding"`
	}) (peer.Output, error) {
		text, id, err := sealMessage(sealing{
			hash:               params.Hash,
			cipherKey:          cipherKey(params.MessageKey[:], uint64(params.CipherKeyBytes)),
			ephemeralSecretKey: params.EphemeralSecretKey,
			iv:                 params.IV,
			padding:            params.Padding,
			index:              &params.Index,
		}, params.Parents, params.Body.Body)
		return peer.Output{"text": text, "id": id}, err
	})
	strict.Register(p, "extensions.decode", func(params struct {
		Text string `json:"text"`
	}) (peer.Output, error) {
		message, err := decodeIndexed(params.Text)
		if message == nil {
			return peer.Output{"packet": nil}, err
		}
		return peer.Output{"packet": indexedPacket{
			Hint{message.hint}, message.signature, message.index, message.iv, message.payload,
		}}, nil
	})
	strict.Register(p, "extensions.open", func(params struct {
		Hash           Key            `json:"hash"`
		MessageKey     Key            `json:"messageKey"`
		Members        []Name         `json:"members"`
		PublicKeys     []Key          `json:"publicKeys"`
		Sender         Name           `json:"sender"`
		Text           string         `json:"text"`
		CipherKeyBytes cipherKeyBytes `json:"cipherKeyBytes"`
	}) (peer.Output, error) {
		message, err := decodeIndexed(params.Text)
		if err != nil {
			return nil, err
		}
		if message == nil {
			return nil, refused("messages.kind")
		}
		if err := message.check(readingKeys{params.Members, params.PublicKeys, params.Hash}, params.Sender); err != nil {
			return nil, err
		}
		parents, body, err := message.open(cipherKey(params.MessageKey[:], uint64(params.CipherKeyBytes)))
		return peer.Output{
			"id": message.id, "author": params.Sender, "readers": without(params.Members, []Name{params.Sender}),
			"index": message.index, "parents": parents, "body": body,
		}, err
	})
	strict.Register(p, "extensions.ratchet-begin", func(params struct {
		On       handles.Name `json:"on"`
		GroupKey Key          `json:"groupKey"`
		Members  []Name       `json:"members"`
	}) (peer.Output, error) {
		return all.begin(params.On, func(h *sessionHandle) { h.Chains = beginRatchet(params.GroupKey, params.Members) })
	})
	type indexed struct {
		On     handles.Name `json:"on"`
		Author Name         `json:"author"`
		Index  uint64       `json:"index" max:"4294967295"`
	}
	change := func(on handles.Name, operate func(*SenderChains) (peer.Output, error)) (peer.Output, error) {
		return all.Change(on, func(h *sessionHandle) (peer.Output, error) {
			chains, err := part(h.Chains)
			if err != nil {
				return nil, err
			}
			return operate(chains)
		})
	}
	strict.Register(p, "extensions.ratchet-key", func(params indexed) (peer.Output, error) {
		return change(params.On, func(chains *SenderChains) (peer.Output, error) {
			key, err := chains.key(params.Author, params.Index)
			return peer.Output{"key": key}, err
		})
	})
	strict.Register(p, "extensions.ratchet-forget", func(params indexed) (peer.Output, error) {
		return change(params.On, func(chains *SenderChains) (peer.Output, error) {
			chains.forget(params.Author, params.Index)
			return nil, nil
		})
	})
}
