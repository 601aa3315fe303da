package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/wire"
)

func eventsOutput(events []event) []any {
	told := []any{}
	for _, e := range events {
		told = append(told, wire.ToJSON(e))
	}
	return told
}

func (s *step) asOutput() peer.Output {
	return peer.Output{"packets": listed(s.packets), "events": eventsOutput(s.events), "missing": listed(s.missing)}
}

func registerMessaging(p *peer.Peer) {
	p.Layer("messaging")
	all := peer.NewStore[*messenger](p)
	registerMessengerKeys(p, all)
	registerMessengerSteps(p, all)
	registerMessengerState(p, all)
}

func registerMessengerKeys(p *peer.Peer, all *peer.Store[*messenger]) {
	p.Register("messenger.generate", func(p *peer.Params) (peer.Output, error) {
		on, user, seed, delay, heal := p.Name("on"), p.User("user"), p.Hex("seed"), p.Bool("delay"), p.Bool("heal")
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(seed)
		if err != nil {
			return nil, err
		}
		made := newMessenger(user, taken, delay, heal)
		all.Make(on, made)
		return peer.Output{"signingKey": made.Keys.signingKey(), "agreementKey": made.Keys.agreementKey()}, nil
	})
	p.Register("messenger.rotate", func(p *peer.Params) (peer.Output, error) {
		on, expires := p.Name("on"), p.Count("expires")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			m.Keys.rotate(expires)
			return nil, nil
		})
	})
	p.Register("messenger.publish", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			bundle, err := m.Keys.publish()
			return peer.Output{"bundle": octet(bundle)}, err
		})
	})
	p.Register("messenger.learn", func(p *peer.Params) (peer.Output, error) {
		on, bundle, now := p.Name("on"), p.Hex("bundle"), p.Count("now")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) { return nil, m.learn(bundle, now) })
	})
	p.Register("messenger.retire", func(p *peer.Params) (peer.Output, error) {
		on, now := p.Name("on"), p.Count("now")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			m.Keys.retire(now)
			return nil, nil
		})
	})
	p.Register("messenger.restore", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			return peer.Output{"events": eventsOutput(m.restore())}, nil
		})
	})
}

// registerMessengerSteps registers the methods that give packets, events, and what is missing.
func registerMessengerSteps(p *peer.Peer, all *peer.Store[*messenger]) {
	do := func(on string, operation func(*messenger) (*step, error)) (peer.Output, error) {
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			s, err := operation(m)
			if err != nil {
				return nil, err
			}
			return s.asOutput(), nil
		})
	}
	inGroup := func(method string, operation func(*messenger, id) (*step, error)) {
		p.Register(method, func(p *peer.Params) (peer.Output, error) {
			on, group := p.Name("on"), p.ID("group")
			if err := p.Done(); err != nil {
				return nil, err
			}
			return do(on, func(m *messenger) (*step, error) { return operation(m, group) })
		})
	}
	ofUser := func(method string, operation func(*messenger, id, string) (*step, error)) {
		p.Register(method, func(p *peer.Params) (peer.Output, error) {
			on, group, user := p.Name("on"), p.ID("group"), p.User("user")
			if err := p.Done(); err != nil {
				return nil, err
			}
			return do(on, func(m *messenger) (*step, error) { return operation(m, group, user) })
		})
	}
	p.Register("messenger.create", func(p *peer.Params) (peer.Output, error) {
		on, users := p.Name("on"), p.Users("users")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(m *messenger) (peer.Output, error) {
			s, err := m.create(users)
			if err != nil {
				return nil, err
			}
			output := s.asOutput()
			output["group"] = s.g.ID
			return output, nil
		})
	})
	ofUser("messenger.add", (*messenger).add)
	ofUser("messenger.remove", (*messenger).remove)
	inGroup("messenger.update", (*messenger).update)
	inGroup("messenger.leave", (*messenger).leave)
	inGroup("messenger.compare", (*messenger).sendNotes)
	inGroup("messenger.flush", (*messenger).flush)
	inGroup("messenger.retry", (*messenger).retry)
	p.Register("messenger.send", func(p *peer.Params) (peer.Output, error) {
		on, group, payload := p.Name("on"), p.ID("group"), p.Hex("payload")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return do(on, func(m *messenger) (*step, error) { return m.sendData(group, payload) })
	})
	p.Register("messenger.receive", func(p *peer.Params) (peer.Output, error) {
		on, input := p.Name("on"), p.Hex("packet")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return do(on, func(m *messenger) (*step, error) { return m.receive(input) })
	})
}

// registerMessengerState registers the methods that look at a group, or forget something of it.
func registerMessengerState(p *peer.Peer, all *peer.Store[*messenger]) {
	inGroup := func(method string, operation func(*messenger, id) (peer.Output, error)) {
		p.Register(method, func(p *peer.Params) (peer.Output, error) {
			on, group := p.Name("on"), p.ID("group")
			if err := p.Done(); err != nil {
				return nil, err
			}
			return all.Change(on, func(m *messenger) (peer.Output, error) { return operation(m, group) })
		})
	}
	inGroup("messenger.notes", func(m *messenger, group id) (peer.Output, error) {
		ours, err := m.notes(group)
		return peer.Output{"content": octet(wire.Encode(ours))}, err
	})
	p.Register("messenger.check", func(p *peer.Params) (peer.Output, error) {
		on, group, input := p.Name("on"), p.ID("group"), p.Hex("content")
		if err := p.Done(); err != nil {
			return nil, err
		}
		m, err := all.Get(on)
		if err != nil {
			return nil, err
		}
		differ, behind, err := m.check(group, input)
		return peer.Output{"differ": listed(differ), "behind": listed(behind)}, err
	})
	inGroup("messenger.forget-held", func(m *messenger, group id) (peer.Output, error) {
		m.forgetHeld(group)
		return nil, nil
	})
	inGroup("messenger.forget", func(m *messenger, group id) (peer.Output, error) { return nil, m.forget(group) })
	inGroup("messenger.users", func(m *messenger, group id) (peer.Output, error) {
		users := []string{}
		if _, ms, err := m.speaking(group); err == nil {
			users = ms.agreement().usersOf(ms.agreement().view())
		}
		return peer.Output{"users": users}, nil
	})
	inGroup("messenger.memberships", func(m *messenger, group id) (peer.Output, error) {
		memberships := []any{}
		if g, ok := m.Groups[group]; ok {
			for _, ms := range g.Memberships {
				memberships = append(memberships, peer.Output{"member": ms.me(), "removed": ms.agreement().Removed})
			}
		}
		return peer.Output{"memberships": memberships}, nil
	})
}
