package delivery

import (
	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/wire"
)

// deliveryHandle is a user of the delivery service, who is outside, with what it has kept, or a member.
type deliveryHandle struct {
	Seed    wire.Key
	User    string
	Outside *Outside
	Early   []EarlyMessage
	Service *Service
}

// begin begins an operation of a member.
func (h *deliveryHandle) begin() (*turn, error) {
	service, err := part(h.Service)
	return &turn{Service: service, seed: h.Seed}, err
}

// keptMessage is a message that was sent or put in.
type keptMessage struct{ Bytes []byte }

// deliveryHandles are the users, and the messages by their digests.
type deliveryHandles struct {
	users    handles.Store[deliveryHandle]
	messages handles.Store[keptMessage]
}

// keep keeps a message, and gives its digest.
func (d deliveryHandles) keep(message []byte) wire.Key {
	digest := primitives.SHA256(message)
	d.messages.Make(nameOf(digest), &keptMessage{message})
	return digest
}

func nameOf(digest wire.Key) handles.Name {
	text, _ := digest.MarshalText()
	return handles.Name(text)
}

// message is the message with a digest.
func (d deliveryHandles) message(digest wire.Key) ([]byte, error) {
	kept, err := d.messages.Get(nameOf(digest))
	if err != nil {
		return nil, err
	}
	return kept.Bytes, nil
}

// outcome is what an operation gives.
func (d deliveryHandles) outcome(t *turn) peer.Output {
	sends := []any{}
	for _, one := range t.sends {
		sends = append(sends, object{"to": one.to, "message": d.keep(wire.Encode(one.message))})
	}
	events := []any{}
	for _, one := range t.events {
		told := object{"type": one.kind, "epoch": one.epoch}
		if one.ref != nil {
			told["author"], told["ref"] = *one.author, *one.ref
		}
		events = append(events, told)
	}
	return peer.Output{"send": sends, "events": events, "timers": list(t.timers)}
}

// change does an operation of a member.
func (d deliveryHandles) change(on handles.Name, operate func(*turn) error) (peer.Output, error) {
	return d.users.Change(on, func(h *deliveryHandle) (peer.Output, error) {
		t, err := h.begin()
		if err != nil {
			return nil, err
		}
		if err := operate(t); err != nil {
			return nil, err
		}
		return d.outcome(t), nil
	})
}

// proposing is what is to be proposed.
type proposing struct {
	make func(*Group, wire.Key) ([]byte, error)
}

// UnmarshalStrict reads what is to be proposed.
func (p *proposing) UnmarshalStrict(value any) error {
	type add struct {
		Type       string   `json:"type"`
		KeyPackage anyBytes `json:"keyPackage"`
	}
	type remove struct {
		Type string `json:"type"`
		Leaf uint64 `json:"leaf" max:"65535"`
	}
	type update struct {
		Type string `json:"type"`
	}
	read, err := strict.Union(value, map[string]any{"add": &add{}, "remove": &remove{}, "update": &update{}})
	if err != nil {
		return err
	}
	p.make = func(tree *Group, seed wire.Key) ([]byte, error) {
		switch read := read.(type) {
		case *add:
			return tree.proposeAdd(seed, read.KeyPackage)
		case *remove:
			return tree.proposeRemove(seed, read.Leaf)
		default:
			return tree.proposeUpdate(seed), nil
		}
	}
	return nil
}

func registerService(p *peer.Peer) {
	d := deliveryHandles{handles.New[deliveryHandle](p), handles.New[keptMessage](p)}
	registerMembership(p, d)
	strict.Register(p, "delivery-service.propose", func(params struct {
		On        handles.Name `json:"on"`
		Proposing proposing    `json:"proposing"`
	}) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error {
			return t.propose(func(tree *Group) ([]byte, error) { return params.Proposing.make(tree, t.seed) })
		})
	})
	strict.Register(p, "delivery-service.commit", func(params struct {
		On         handles.Name `json:"on"`
		References *[]wire.Key  `json:"references"`
	}) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error { return t.commit(refsOf(params.References)) })
	})
	strict.Register(p, "delivery-service.receive", func(params struct {
		On      handles.Name `json:"on"`
		From    user         `json:"from"`
		Message wire.Key     `json:"message"`
	}) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error {
			message, err := d.decode(params.Message)
			if err != nil {
				return err
			}
			return t.receive(string(params.From), message)
		})
	})
	strict.Register(p, "delivery-service.timeout", func(params struct {
		On   handles.Name `json:"on"`
		Name handles.Name `json:"name"`
	}) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error { return t.timeout(string(params.Name)) })
	})
	strict.Register(p, "delivery-service.resume", func(params onlyHandle) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error {
			t.resume()
			return nil
		})
	})
	strict.Register(p, "delivery-service.restore", func(params struct {
		On      handles.Name `json:"on"`
		Through uint64       `json:"through" max:"4294967295"`
	}) (peer.Output, error) {
		return d.change(params.On, func(t *turn) error {
			t.restore(params.Through)
			return nil
		})
	})
	strict.Register(p, "delivery-service.come-back", func(params struct {
		On     handles.Name `json:"on"`
		Number uint64       `json:"number"`
	}) (peer.Output, error) {
		return d.users.Change(params.On, func(h *deliveryHandle) (peer.Output, error) {
			t, err := h.begin()
			if err != nil {
				return nil, err
			}
			keyPackage, err := t.comeBack(params.Number)
			return peer.Output{"keyPackage": wire.Bytes(keyPackage)}, err
		})
	})
	registerMessages(p, d)
}

// decode is the message with a digest, decoded.
func (d deliveryHandles) decode(digest wire.Key) (Message, error) {
	bytes, err := d.message(digest)
	if err != nil {
		return nil, err
	}
	return wire.Decode[Message](bytes)
}

func registerMembership(p *peer.Peer, d deliveryHandles) {
	strict.Register(p, "delivery-service.appear", func(params struct {
		On      handles.Name `json:"on"`
		User    user         `json:"user"`
		Seed    wire.Key     `json:"seed"`
		BackEnd string       `json:"backEnd" is:"symbolic"`
		Number  uint64       `json:"number"`
	}) (peer.Output, error) {
		outside := newOutside(params.Seed, string(params.User), params.Number)
		d.users.Make(params.On, &deliveryHandle{Seed: params.Seed, User: string(params.User), Outside: outside})
		return peer.Output{"keyPackage": wire.Bytes(outside.KeyPackage)}, nil
	})
	become := func(on handles.Name, operate func(*deliveryHandle) (*turn, error)) (peer.Output, error) {
		return d.users.Change(on, func(h *deliveryHandle) (peer.Output, error) {
			if _, err := part(h.Outside); err != nil {
				return nil, err
			}
			t, err := operate(h)
			if err != nil {
				return nil, err
			}
			h.Outside, h.Early, h.Service = nil, nil, t.Service
			return d.outcome(t), nil
		})
	}
	strict.Register(p, "delivery-service.found", func(params struct {
		On         handles.Name `json:"on"`
		Group      wire.ID      `json:"group"`
		SampleSize uint64       `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		return become(params.On, func(h *deliveryHandle) (*turn, error) {
			return found(h.Seed, h.Outside, params.Group, params.SampleSize)
		})
	})
	strict.Register(p, "delivery-service.join", func(params struct {
		On         handles.Name `json:"on"`
		Welcome    anyBytes     `json:"welcome"`
		SampleSize uint64       `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		return become(params.On, func(h *deliveryHandle) (*turn, error) {
			return joinService(h.Seed, h.Outside, params.Welcome, h.Early, params.SampleSize)
		})
	})
	strict.Register(p, "delivery-service.receive-early", func(params struct {
		On      handles.Name `json:"on"`
		From    user         `json:"from"`
		Message wire.Key     `json:"message"`
	}) (peer.Output, error) {
		return d.users.Change(params.On, func(h *deliveryHandle) (peer.Output, error) {
			if _, err := part(h.Outside); err != nil {
				return nil, err
			}
			message, err := d.decode(params.Message)
			if err != nil {
				return nil, err
			}
			early, err := receiveEarly(h.Early, string(params.From), message)
			h.Early = early
			return nil, err
		})
	})
}

func registerMessages(p *peer.Peer, d deliveryHandles) {
	strict.Register(p, "delivery-service.put", func(params struct {
		Message anyBytes `json:"message"`
	}) (peer.Output, error) {
		return peer.Output{"digest": d.keep(params.Message)}, nil
	})
	strict.Register(p, "delivery-service.get", func(params struct {
		Digest wire.Key `json:"digest"`
	}) (peer.Output, error) {
		message, err := d.message(params.Digest)
		return peer.Output{"message": wire.Bytes(message)}, err
	})
	strict.Register(p, "delivery-service.shows", func(params onlyHandle) (peer.Output, error) {
		h, err := d.users.Get(params.On)
		if err != nil {
			return nil, err
		}
		service, err := part(h.Service)
		if err != nil {
			return nil, err
		}
		return service.shows(), nil
	})
}

func (s *Service) shows() peer.Output {
	members := []any{}
	for _, member := range s.Tree.Members {
		members = append(members, object{"leaf": member.Leaf, "user": member.User})
	}
	output := peer.Output{
		"status": s.Status, "epoch": s.Tree.Epoch, "members": members, "authenticator": s.Tree.Authenticator,
		"incomplete": len(s.Incomplete), "later": len(s.Later), "evidence": nil,
	}
	if len(s.Past) > 0 {
		output["evidence"] = s.Past[len(s.Past)-1].Decide.Evidence.evidence()
	}
	return output
}
