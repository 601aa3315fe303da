package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/wire"
)

const (
	// playsWire names the bytes of this specification (chapter "observations").
	playsWire = "conclave/1 suite 1"

	// A day on which no key of a play has expired.
	playsNow     = 1_000_000_000
	playsExpires = 2_000_000_000
)

// A playUser has what all members of a user share.
type playUser struct{ Keys *keyring }

// Clone implements peer.State.
func (u playUser) Clone() playUser { return playUser{u.Keys.clone()} }

// A playMember is a member of a user in a play.
type playMember struct {
	User  string
	Group *group
}

// Clone implements peer.State.
func (m playMember) Clone() playMember { return playMember{m.User, m.Group.clone()} }

// A cast has the users and members of a play.
type cast struct {
	users   *peer.Store[playUser]
	members *peer.Store[playMember]
}

// change does an operation of a member on its group and its user's keys, which take their places when it is accepted.
func (c cast) change(on string, operate func(*keyring, *group) (peer.Output, error)) (peer.Output, error) {
	return c.members.Change(on, func(m playMember) (peer.Output, error) {
		return c.users.Change(m.User, func(u playUser) (peer.Output, error) { return operate(u.Keys, m.Group) })
	})
}

// playSent is a message as plays have it, with the sender's update secret by it, if there is one.
func (g *group) playSent(out *outgoing, secret *key) peer.Output {
	directs := []any{}
	for _, member := range sortedMembers(out.directs) {
		directs = append(directs, peer.Output{"member": member, "user": g.Users[member], "direct": out.directs[member]})
	}
	return peer.Output{"message": octet(out.control), "directs": directs, "secret": secret}
}

func registerPlays(p *peer.Peer) {
	c := cast{users: peer.NewStore[playUser](p), members: peer.NewStore[playMember](p)}
	options := []string{"re-additions", "added-twice", "delayed-answers", "duplicates", "order", "copies"}
	p.Plays("dcgka", options, playsWire)
	c.registerUsers(p)
	c.registerOperations(p)
	c.registerMembers(p)
}

func (c cast) registerUsers(p *peer.Peer) {
	p.Register("user.appear", func(p *peer.Params) (peer.Output, error) {
		name := p.User("user")
		if err := p.Done(); err != nil {
			return nil, err
		}
		keys := newRandomKeyring(name)
		keys.rotate(playsExpires)
		c.users.Make(name, playUser{keys})
		return nil, nil
	})
	p.Register("user.publish", func(p *peer.Params) (peer.Output, error) {
		name := p.User("user")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.users.Change(name, func(u playUser) (peer.Output, error) {
			card, err := u.Keys.publish()
			return peer.Output{"card": octet(card)}, err
		})
	})
	p.Register("user.meet", func(p *peer.Params) (peer.Output, error) {
		name, _, card := p.User("user"), p.User("other"), p.Hex("card")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.users.Change(name, func(u playUser) (peer.Output, error) {
			_, err := u.Keys.learn(card, playsNow)
			return nil, err
		})
	})
}

func (c cast) registerOperations(p *peer.Peer) {
	operate := func(on string, operation func(*keyring, *group) (*outgoing, *key, error)) (peer.Output, error) {
		return c.change(on, func(k *keyring, g *group) (peer.Output, error) {
			out, secret, err := operation(k, g)
			if err != nil {
				return nil, err
			}
			return peer.Output{"sent": []any{g.playSent(out, secret)}}, nil
		})
	}
	p.Register("member.create", func(p *peer.Params) (peer.Output, error) {
		on, users := p.Name("on"), p.Users("users")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(k *keyring, g *group) (*outgoing, *key, error) { return g.create(k, users) })
	})
	p.Register("member.update", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(k *keyring, g *group) (*outgoing, *key, error) { return g.update(k) })
	})
	p.Register("member.add", func(p *peer.Params) (peer.Output, error) {
		on, user := p.Name("on"), p.User("user")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(k *keyring, g *group) (*outgoing, *key, error) { return g.add(k, user, nil) })
	})
	p.Register("member.remove", func(p *peer.Params) (peer.Output, error) {
		on, member := p.Name("on"), p.ID("member")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return operate(on, func(k *keyring, g *group) (*outgoing, *key, error) { return g.remove(k, member) })
	})
}

func (c cast) registerMembers(p *peer.Peer) {
	p.Register("member.enter", func(p *peer.Params) (peer.Output, error) {
		on, user := p.Name("on"), p.User("user")
		if err := p.Done(); err != nil {
			return nil, err
		}
		_, err := c.users.Get(user)
		if err == nil {
			c.members.Make(on, playMember{user, newGroup()})
		}
		return nil, err
	})
	p.Register("member.process", func(p *peer.Params) (peer.Output, error) {
		on, control, recipients, direct := p.Name("on"), p.Hex("message"), peer.Take[[]id](p, "recipients"), p.OptionalHex("direct")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.change(on, func(k *keyring, g *group) (peer.Output, error) {
			message, err := wire.Decode[controlMessage](control)
			if err != nil {
				return nil, err
			}
			result, err := g.process(k, incoming{message: message, control: control, recipients: recipients, direct: direct})
			if err != nil {
				return nil, err
			}
			return peer.Output{"sent": g.playAnswers(result), "secret": result.senderSecret}, nil
		})
	})
	p.Register("member.copy", func(p *peer.Params) (peer.Output, error) {
		on, as := p.Name("on"), p.Name("as")
		if err := p.Done(); err != nil {
			return nil, err
		}
		copied, err := c.members.Get(on)
		if err != nil {
			return nil, err
		}
		keys, err := c.users.Get(copied.User)
		if err != nil {
			return nil, err
		}
		// No name of a user has a space in it.
		user := copied.User + " as " + as
		c.users.Make(user, keys.Clone())
		c.members.Make(as, playMember{user, copied.Group.clone()})
		return nil, nil
	})
	p.Register("member.view", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		m, err := c.members.Get(on)
		if err != nil {
			return nil, err
		}
		output := m.Group.membersOutput()
		output["me"] = nil
		if m.Group.Joined {
			output["me"] = m.Group.Me
		}
		return output, nil
	})
}

// playAnswers are the messages that a member sends in answer to one. By an answer to a seed that it has not got, it has no
// new secret; by the update after it, it has.
func (g *group) playAnswers(result outcome) []any {
	sent := []any{}
	if result.rekey != nil {
		return append(sent, g.playSent(result.response, nil), g.playSent(result.rekey, result.ownSecret))
	}
	if result.response != nil {
		sent = append(sent, g.playSent(result.response, result.ownSecret))
	}
	return sent
}
