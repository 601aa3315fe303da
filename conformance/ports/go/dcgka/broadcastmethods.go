package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

func (r receipt) asOutput() peer.Output {
	taken := []any{}
	for _, one := range r.taken {
		var written any
		if one.chain != nil {
			written = wire.ToJSON(one.chain)
		}
		taken = append(taken, peer.Output{
			"control":    octet(one.control),
			"digest":     one.digest,
			"signingKey": one.signingKey,
			"unseen":     listed(one.unseen),
			"secrets":    listed(one.secrets),
			"chain":      written,
		})
	}
	return peer.Output{"taken": taken, "refused": listed(r.refused), "missing": listed(r.missing), "removed": r.removed}
}

func registerBroadcast(p *peer.Peer, users *peer.Store[*user]) {
	p.Layer("broadcast")
	operate := func(on string, operation func(*broadcast) (uint64, key, error)) (peer.Output, error) {
		return users.Change(on, func(u *user) (peer.Output, error) {
			seq, updateSecret, err := operation(u.Broadcast)
			return peer.Output{"seq": seq, "updateSecret": updateSecret}, err
		})
	}
	p.Register("broadcast.digest", func(p *peer.Params) (peer.Output, error) {
		previous, acknowledged, item := p.Hex("previous"), p.OptionalHex("acknowledged"), p.Hex("item")
		if err := p.Done(); err != nil {
			return nil, err
		}
		before, err := primitives.KeyOf(previous)
		if err != nil {
			return nil, err
		}
		if acknowledged == nil {
			return peer.Output{"digest": messageDigest(before, nil, item)}, nil
		}
		of, err := primitives.KeyOf(acknowledged)
		return peer.Output{"digest": messageDigest(before, &of, item)}, err
	})
	p.Register("broadcast.create", func(p *peer.Params) (peer.Output, error) {
		on, named := p.Name("on"), p.Users("users")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(b *broadcast) (uint64, key, error) { return b.create(named) })
	})
	p.Register("broadcast.update", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, (*broadcast).update)
	})
	p.Register("broadcast.remove", func(p *peer.Params) (peer.Output, error) {
		on, member := p.Name("on"), p.ID("member")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(b *broadcast) (uint64, key, error) { return b.remove(member) })
	})
	p.Register("broadcast.add", func(p *peer.Params) (peer.Output, error) {
		on, name := p.Name("on"), p.User("user")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(b *broadcast) (uint64, key, error) { return b.add(name) })
	})
	p.Register("broadcast.write", func(p *peer.Params) (peer.Output, error) {
		on, written := p.Name("on"), peer.Take[chain](p, "chain")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			u.Broadcast.write(written)
			return nil, nil
		})
	})
	p.Register("broadcast.flush", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			sent := u.Broadcast.flush()
			if sent == nil {
				return peer.Output{"envelope": nil}, nil
			}
			return peer.Output{"envelope": octet(sent)}, nil
		})
	})
	p.Register("broadcast.receive", func(p *peer.Params) (peer.Output, error) {
		on, input := p.Name("on"), p.Hex("envelope")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			result, err := u.Broadcast.receive(input)
			return result.asOutput(), err
		})
	})
	p.Register("broadcast.retry", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			var result receipt
			u.Broadcast.retry(&result)
			return result.asOutput(), nil
		})
	})
	p.Register("broadcast.forget", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			u.Broadcast.Held = nil
			return nil, nil
		})
	})
	p.Register("broadcast.notes", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		u, err := users.Get(on)
		if err != nil {
			return nil, err
		}
		return peer.Output{"notes": octet(wire.Encode(u.Broadcast.notes()))}, nil
	})
	p.Register("broadcast.compare-notes", func(p *peer.Params) (peer.Output, error) {
		on, input := p.Name("on"), p.Hex("notes")
		if err := p.Done(); err != nil {
			return nil, err
		}
		u, err := users.Get(on)
		if err != nil {
			return nil, err
		}
		theirs, err := wire.Decode[notes](input)
		if err != nil {
			return nil, err
		}
		differ, behind := u.Broadcast.compareNotes(theirs)
		return peer.Output{"differ": listed(differ), "behind": listed(behind)}, nil
	})
	p.Register("broadcast.members", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		u, err := users.Get(on)
		if err != nil {
			return nil, err
		}
		return u.Broadcast.Agreement.membersOutput(), nil
	})
}
