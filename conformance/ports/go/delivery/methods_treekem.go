package delivery

import (
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/wire"
)

var treeTypes = map[string]codec{
	"symbolic-key-package": codecOf[KeyPackage](),
	"symbolic-proposal":    codecOf[TreeProposal](),
	"symbolic-commit":      codecOf[TreeCommit](),
	"symbolic-welcome":     codecOf[TreeWelcome](),
}

// shown is what a member's state shows.
func (g *Group) shown() peer.Output {
	return peer.Output{
		"group": g.Group, "epoch": g.Epoch, "me": g.Me, "members": wire.ToJSON(g.Members), "groupKey": g.GroupKey,
		"authenticator": g.Authenticator,
	}
}

// signTree signs a symbolic message, given in its form in JSON.
func signTree(kind string, value any, secretKey wire.Key) ([]byte, error) {
	sign := func(label string, message any) wire.Signature {
		return primitives.Sign(secretKey, signedTree(label, message))
	}
	switch kind {
	case "symbolic-key-package":
		if message, ok := wire.FromJSON[KeyPackage](value); ok {
			message.Signature = sign(labelKeyPackage, message)
			return wire.Encode(message), nil
		}
	case "symbolic-commit":
		if message, ok := wire.FromJSON[TreeCommit](value); ok {
			message.Signature = sign(labelCommit, message)
			return wire.Encode(message), nil
		}
	case "symbolic-proposal":
		proposal, _ := wire.FromJSON[TreeProposal](value)
		switch message := proposal.(type) {
		case TreeAdd:
			message.Signature = sign(labelProposal, message)
			return wire.Encode(message), nil
		case TreeUpdate:
			message.Signature = sign(labelProposal, message)
			return wire.Encode(message), nil
		case TreeRemove:
			message.Signature = sign(labelProposal, message)
			return wire.Encode(message), nil
		}
	}
	return nil, noCall("no value of the type")
}

func admittedOf(wired []strict.Wired[Admitted]) []Admitted {
	proposals := make([]Admitted, len(wired))
	for i, one := range wired {
		proposals[i] = one.Value
	}
	return proposals
}

type committing struct {
	Proposals []strict.Wired[Admitted] `json:"proposals"`
	Committer uint64                   `json:"committer" max:"65535"`
	Members   []strict.Wired[Member]   `json:"members"`
}

func (c committing) members() []Member {
	members := make([]Member, len(c.Members))
	for i, one := range c.Members {
		members[i] = one.Value
	}
	return members
}

func registerTreeKEM(p *peer.Peer, users handles.Store[userHandle]) {
	registerCodec(p, "tree-kem", treeTypes)
	strict.Register(p, "tree-kem.sign", func(params struct {
		Type      string   `json:"type" is:"symbolic-key-package symbolic-proposal symbolic-commit"`
		Value     anyValue `json:"value"`
		SecretKey wire.Key `json:"secretKey"`
	}) (peer.Output, error) {
		signed, err := signTree(params.Type, params.Value.value, params.SecretKey)
		return peer.Output{"bytes": wire.Bytes(signed)}, err
	})
	strict.Register(p, "tree-kem.read-proposal", func(params struct {
		Proposal backEndMessage `json:"proposal"`
	}) (peer.Output, error) {
		read, ref, err := readProposal(params.Proposal)
		return peer.Output{"group": wire.Bytes(read.group), "epoch": read.epoch, "author": read.author, "ref": ref}, err
	})
	strict.Register(p, "tree-kem.read-commit", func(params struct {
		Commit backEndMessage `json:"commit"`
	}) (peer.Output, error) {
		read, refs, err := readAnyCommit(params.Commit)
		return peer.Output{"group": wire.Bytes(read.group), "epoch": read.epoch, "author": read.author, "references": list(refs)}, err
	})
	strict.Register(p, "tree-kem.conflict", func(params committing) (peer.Output, error) {
		return peer.Output{"conflict": isConflict(admittedOf(params.Proposals), params.Committer, params.members())}, nil
	})
	strict.Register(p, "tree-kem.selection", func(params committing) (peer.Output, error) {
		selected := selectionOf(admittedOf(params.Proposals), params.Committer, params.members())
		return peer.Output{"references": references(selected)}, nil
	})
	strict.Register(p, "tree-kem.init", func(params struct {
		On      handles.Name `json:"on"`
		Seed    wire.Key     `json:"seed"`
		BackEnd string       `json:"backEnd" is:"symbolic"`
		User    user         `json:"user"`
		Number  uint64       `json:"number"`
	}) (peer.Output, error) {
		return users.Begin(params.On, func(h *userHandle) (peer.Output, error) {
			h.Seed, h.Outside, h.Group, h.Pending = params.Seed, newOutside(params.Seed, string(params.User), params.Number), nil, nil
			return peer.Output{"keyPackage": wire.Bytes(h.Outside.KeyPackage)}, nil
		})
	})
	outside := func(on handles.Name, operate func(*Outside) (*Group, error)) (peer.Output, error) {
		return users.Change(on, func(h *userHandle) (peer.Output, error) {
			if h.Outside == nil {
				return nil, noCall("not outside")
			}
			group, err := operate(h.Outside)
			if err != nil {
				return nil, err
			}
			h.Group, h.Outside = group, nil
			return group.shown(), nil
		})
	}
	strict.Register(p, "tree-kem.found", func(params struct {
		On    handles.Name `json:"on"`
		Group wire.ID      `json:"group"`
	}) (peer.Output, error) {
		return outside(params.On, func(o *Outside) (*Group, error) { return o.found(params.Group) })
	})
	strict.Register(p, "tree-kem.join", func(params struct {
		On      handles.Name   `json:"on"`
		Welcome backEndMessage `json:"welcome"`
	}) (peer.Output, error) {
		return outside(params.On, func(o *Outside) (*Group, error) { return o.join(params.Welcome) })
	})
	registerTreeMember(p, users)
}

// user is the name of a user.
type user string

// UnmarshalText reads the name.
func (u *user) UnmarshalText(text []byte) error {
	*u = user(text)
	if !wire.Printable(string(text), 1, 64) {
		return noCall("no user")
	}
	return nil
}

func registerTreeMember(p *peer.Peer, users handles.Store[userHandle]) {
	member := func(on handles.Name, operate func(*userHandle) (peer.Output, error)) (peer.Output, error) {
		return users.Change(on, func(h *userHandle) (peer.Output, error) {
			if _, err := part(h.Group); err != nil {
				return nil, err
			}
			return operate(h)
		})
	}
	strict.Register(p, "tree-kem.propose-add", func(params struct {
		On         handles.Name   `json:"on"`
		KeyPackage backEndMessage `json:"keyPackage"`
	}) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			proposal, err := h.Group.proposeAdd(h.Seed, params.KeyPackage)
			return peer.Output{"proposal": wire.Bytes(proposal)}, err
		})
	})
	strict.Register(p, "tree-kem.propose-remove", func(params struct {
		On   handles.Name `json:"on"`
		Leaf uint64       `json:"leaf" max:"65535"`
	}) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			proposal, err := h.Group.proposeRemove(h.Seed, params.Leaf)
			return peer.Output{"proposal": wire.Bytes(proposal)}, err
		})
	})
	strict.Register(p, "tree-kem.propose-update", func(params onlyHandle) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			return peer.Output{"proposal": wire.Bytes(h.Group.proposeUpdate(h.Seed))}, nil
		})
	})
	strict.Register(p, "tree-kem.admit", func(params struct {
		On       handles.Name   `json:"on"`
		Proposal backEndMessage `json:"proposal"`
	}) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			admitted, err := h.Group.admit(params.Proposal)
			if err != nil {
				return nil, err
			}
			return peer.Output{"admitted": wire.ToJSON(admitted)}, nil
		})
	})
	strict.Register(p, "tree-kem.commit", func(params struct {
		On         handles.Name `json:"on"`
		References *[]wire.Key  `json:"references"`
	}) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			made, err := h.Group.commit(h.Seed, refsOf(params.References))
			if err != nil {
				return nil, err
			}
			h.Pending = made.next
			return peer.Output{"commit": wire.Bytes(made.commit), "welcome": bytesOrNull(made.welcome)}, nil
		})
	})
	strict.Register(p, "tree-kem.adopt", func(params onlyHandle) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			if _, err := part(h.Pending); err != nil {
				return nil, err
			}
			h.Group, h.Pending = h.Pending, nil
			return h.Group.shown(), nil
		})
	})
	strict.Register(p, "tree-kem.show", func(params onlyHandle) (peer.Output, error) {
		h, err := users.Get(params.On)
		if err != nil {
			return nil, err
		}
		group, err := part(h.Group)
		if err != nil {
			return nil, err
		}
		return group.shown(), nil
	})
	strict.Register(p, "tree-kem.process", func(params struct {
		On     handles.Name   `json:"on"`
		Commit backEndMessage `json:"commit"`
	}) (peer.Output, error) {
		return member(params.On, func(h *userHandle) (peer.Output, error) {
			next, isRemoved, err := h.Group.process(params.Commit)
			if err != nil {
				return nil, err
			}
			if !isRemoved {
				h.Group = next
			}
			h.Pending = nil
			output := h.Group.shown()
			output["removed"] = isRemoved
			return output, nil
		})
	})
}

// refsOf are the references given, nil for the selection.
func refsOf(refs *[]wire.Key) []wire.Key {
	if refs == nil {
		return nil
	}
	return list(*refs)
}

func murmured(sends []murmurSending) []any {
	sent := []any{}
	for _, one := range sends {
		sent = append(sent, object{"to": one.to, "message": wire.Bytes(wire.Encode(one.message))})
	}
	return sent
}

// delivered is what taking in a proposal gives.
func delivered(sends []murmurSending, proposal []byte, isDelivered bool) peer.Output {
	output := peer.Output{"sends": murmured(sends), "delivered": nil}
	if isDelivered {
		output["delivered"] = wire.Bytes(proposal)
	}
	return output
}

// leaves is a list of leaves.
type leaves []uint64

// UnmarshalStrict reads the list.
func (l *leaves) UnmarshalStrict(value any) error {
	read, ok := wire.FromJSON[struct {
		Leaves []uint64 `wire:"leaves" range:"0..65535"`
	}](object{"leaves": value})
	*l = read.Leaves
	if !ok {
		return noCall("no leaves")
	}
	return nil
}

// areOf says whether leaves ascend, and one of them is me.
func (l leaves) areOf(me uint64) bool {
	return slices.IsSorted(l) && distinct.Are(l) && slices.Contains(l, me)
}

func registerMurmur(p *peer.Peer, users handles.Store[userHandle]) {
	registerOneCodec(p, "murmur", codecOf[MurmurMessage]())
	strict.Register(p, "murmur.thresholds", func(params struct {
		SampleSize uint64 `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		return peer.Output{"thresholds": murmurThresholds(params.SampleSize)}, nil
	})
	strict.Register(p, "murmur.totality", func(params struct {
		N          uint64 `json:"n" min:"1"`
		Honest     uint64 `json:"honest" min:"1"`
		SampleSize uint64 `json:"sampleSize" min:"1" max:"64"`
	}) (peer.Output, error) {
		if params.N > 200 || params.Honest > params.N {
			return nil, noCall("too many members")
		}
		return peer.Output{
			"bound":   scientific(totalityBound(params.N, params.Honest, params.SampleSize)),
			"epsilon": scientific(totality(params.N, params.Honest, params.SampleSize)),
		}, nil
	})
	strict.Register(p, "murmur.picks", func(params struct {
		Seed       wire.Key `json:"seed"`
		Group      wire.ID  `json:"group"`
		Epoch      uint64   `json:"epoch" max:"4294967295"`
		N          uint64   `json:"n" min:"1" max:"65536"`
		SampleSize uint64   `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		return peer.Output{"picks": murmurPicks(params.Seed, params.Group, params.Epoch, params.N, params.SampleSize)}, nil
	})
	strict.Register(p, "murmur.open", func(params struct {
		On         handles.Name `json:"on"`
		Seed       wire.Key     `json:"seed"`
		Group      wire.ID      `json:"group"`
		Epoch      uint64       `json:"epoch" max:"4294967295"`
		Me         uint64       `json:"me" max:"65535"`
		Members    leaves       `json:"members"`
		SampleSize uint64       `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		if !params.Members.areOf(params.Me) {
			return nil, noCall("members that do not ascend")
		}
		return users.Begin(params.On, func(h *userHandle) (peer.Output, error) {
			gossip, sends := newMurmur(params.Seed, params.Group, params.Epoch, params.Me, params.Members, params.SampleSize)
			h.Gossip, h.GossipSeed = gossip, params.Seed
			return peer.Output{"sends": murmured(sends)}, nil
		})
	})
	change := func(on handles.Name, operate func(*userHandle) (peer.Output, error)) (peer.Output, error) {
		return users.Change(on, func(h *userHandle) (peer.Output, error) {
			if _, err := part(h.Gossip); err != nil {
				return nil, err
			}
			return operate(h)
		})
	}
	strict.Register(p, "murmur.advance", func(params struct {
		On         handles.Name `json:"on"`
		Epoch      uint64       `json:"epoch" max:"4294967295"`
		Me         uint64       `json:"me" max:"65535"`
		Members    leaves       `json:"members"`
		SampleSize uint64       `json:"sampleSize" max:"64"`
	}) (peer.Output, error) {
		if !params.Members.areOf(params.Me) {
			return nil, noCall("members that do not ascend")
		}
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			sends, due := h.Gossip.advance(h.GossipSeed, params.Epoch, params.Me, params.Members, params.SampleSize)
			proposals := []wire.Bytes{}
			for _, proposal := range due {
				proposals = append(proposals, proposal)
			}
			return peer.Output{"sends": murmured(sends), "due": proposals}, nil
		})
	})
	strict.Register(p, "murmur.receive", func(params struct {
		On      handles.Name `json:"on"`
		From    uint64       `json:"from" max:"65535"`
		Message anyBytes     `json:"message"`
		Valid   bool         `json:"valid"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			message, err := wire.Decode[MurmurMessage](params.Message)
			if err != nil {
				return nil, err
			}
			switch message := message.(type) {
			case Subscribe:
				sends, err := h.Gossip.receiveSubscribe(params.From, message)
				return delivered(sends, nil, false), err
			case Gossip:
				sends, isDelivered, err := h.Gossip.receiveGossip(message.Proposal, params.Valid, false)
				return delivered(sends, message.Proposal, isDelivered), err
			}
			return nil, nil
		})
	})
	strict.Register(p, "murmur.receive-wanted", func(params struct {
		On       handles.Name   `json:"on"`
		Proposal backEndMessage `json:"proposal"`
		Valid    bool           `json:"valid"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			sends, isDelivered, err := h.Gossip.receiveGossip(params.Proposal, params.Valid, true)
			return delivered(sends, params.Proposal, isDelivered), err
		})
	})
	strict.Register(p, "murmur.dispatch", func(params struct {
		On       handles.Name   `json:"on"`
		Proposal backEndMessage `json:"proposal"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			sends, isDelivered, err := h.Gossip.receiveGossip(params.Proposal, true, false)
			return delivered(sends, params.Proposal, isDelivered), err
		})
	})
	strict.Register(p, "murmur.held", func(params onlyHandle) (peer.Output, error) {
		h, err := users.Get(params.On)
		if err != nil {
			return nil, err
		}
		gossip, err := part(h.Gossip)
		if err != nil {
			return nil, err
		}
		return peer.Output{"peers": list(gossip.Peers), "held": wire.ToJSON(gossip.Held)}, nil
	})
}

func served(sends []centralizedSending) peer.Output {
	sent := []any{}
	for _, one := range sends {
		sent = append(sent, object{"to": one.to, "message": wire.Bytes(wire.Encode(one.message))})
	}
	return peer.Output{"sends": sent}
}

func toServer(message CentralizedMessage) peer.Output {
	return peer.Output{"sends": []wire.Bytes{wire.Encode(message)}}
}

func registerCentralized(p *peer.Peer, users handles.Store[userHandle]) {
	registerOneCodec(p, "centralized", codecOf[CentralizedMessage]())
	strict.Register(p, "centralized.server", func(params struct {
		On    handles.Name `json:"on"`
		Group wire.ID      `json:"group"`
	}) (peer.Output, error) {
		return users.Begin(params.On, func(h *userHandle) (peer.Output, error) {
			h.Server = &Server{Group: params.Group}
			return nil, nil
		})
	})
	strict.Register(p, "centralized.serve", func(params struct {
		On      handles.Name `json:"on"`
		From    uint64       `json:"from" max:"65535"`
		Message anyBytes     `json:"message"`
	}) (peer.Output, error) {
		return users.Change(params.On, func(h *userHandle) (peer.Output, error) {
			server, err := part(h.Server)
			if err != nil {
				return nil, err
			}
			message, err := wire.Decode[CentralizedMessage](params.Message)
			if err != nil {
				return nil, err
			}
			var sends []centralizedSending
			switch message := message.(type) {
			case Submit:
				sends, err = server.submit(message)
			case FetchFrom:
				sends, err = server.fetch(params.From, message)
			default:
				return nil, noCall("no message for a server")
			}
			return served(sends), err
		})
	})
	strict.Register(p, "centralized.open", func(params struct {
		On     handles.Name `json:"on"`
		Number uint64       `json:"number" min:"1" max:"4294967295"`
	}) (peer.Output, error) {
		return users.Change(params.On, func(h *userHandle) (peer.Output, error) {
			group, err := part(h.Group)
			if err != nil {
				return nil, err
			}
			h.Client = &Client{Status: statusActive, Next: params.Number}
			return toServer(FetchFrom{Group: group.Group, Number: params.Number}), nil
		})
	})
	change := func(on handles.Name, operate func(*userHandle) (peer.Output, error)) (peer.Output, error) {
		return users.Change(on, func(h *userHandle) (peer.Output, error) {
			if h.Client == nil || h.Group == nil {
				return nil, noCall("no such handle")
			}
			return operate(h)
		})
	}
	strict.Register(p, "centralized.broadcast", func(params struct {
		On       handles.Name   `json:"on"`
		Proposal backEndMessage `json:"proposal"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			if err := h.Client.checkActive(); err != nil {
				return nil, err
			}
			return toServer(Submit{Group: h.Group.Group, Message: params.Proposal}), nil
		})
	})
	strict.Register(p, "centralized.commit", func(params struct {
		On         handles.Name `json:"on"`
		References *[]wire.Key  `json:"references"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			if err := h.Client.checkActive(); err != nil {
				return nil, err
			}
			made, err := h.Group.commit(h.Seed, refsOf(params.References))
			if err != nil {
				return nil, err
			}
			h.Client.Kept = append(h.Client.Kept, KeptCommit{made.commit, made.welcome, made.next})
			return toServer(Submit{Group: h.Group.Group, Message: made.commit}), nil
		})
	})
	strict.Register(p, "centralized.receive", func(params struct {
		On      handles.Name `json:"on"`
		Message anyBytes     `json:"message"`
	}) (peer.Output, error) {
		return change(params.On, func(h *userHandle) (peer.Output, error) {
			message, err := wire.Decode[CentralizedMessage](params.Message)
			if err != nil {
				return nil, err
			}
			ordered, ok := message.(Ordered)
			if !ok {
				return nil, noCall("no message for a member")
			}
			tree, outcome, err := h.Client.receive(h.Group, ordered)
			if err != nil {
				return nil, err
			}
			h.Group = tree
			return peer.Output{
				"delivered": outcome.delivered, "welcomes": outcome.welcomes, "epoch": tree.Epoch, "authenticator": tree.Authenticator,
			}, nil
		})
	})
}
