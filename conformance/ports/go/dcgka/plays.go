package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
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

// A playMember is a member of a user in a play, with its chains of application messages once it has joined.
type playMember struct {
	User   string
	Group  *group
	Chains *applications
}

// Clone implements peer.State.
func (m playMember) Clone() playMember { return playMember{m.User, m.Group.clone(), m.Chains.Clone()} }

// A cast has the users and members of a play.
type cast struct {
	users   *peer.Store[playUser]
	members *peer.Store[playMember]
}

// change does an operation of a member with its user's keys, which take their places when it is accepted.
func (c cast) change(on string, operate func(*keyring, playMember) (peer.Output, error)) (peer.Output, error) {
	return c.members.Change(on, func(m playMember) (peer.Output, error) {
		return c.users.Change(m.User, func(u playUser) (peer.Output, error) { return operate(u.Keys, m) })
	})
}

// begin begins the chain of an update secret of the member itself, if it has a new one. Who has been removed forgets its keys.
func (m playMember) begin(own *key) {
	m.Chains.Group, m.Chains.Me = m.Group.ID, m.Group.Me
	if own != nil {
		m.Chains.beginOwn(m.Group.Seen[m.Group.Me], *own)
	}
	if m.Group.Removed {
		m.Chains.forgetKeys()
	}
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
	options := []string{"re-additions", "added-twice", "delayed-answers", "duplicates", "order", "copies", "messages", "former-messages"}
	p.Plays("dcgka", options, playsWire)
	c.registerUsers(p)
	c.registerOperations(p)
	c.registerMembers(p)
	c.registerMessages(p)
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
		return c.change(on, func(k *keyring, m playMember) (peer.Output, error) {
			out, secret, err := operation(k, m.Group)
			if err != nil {
				return nil, err
			}
			m.begin(secret)
			return peer.Output{"sent": []any{m.Group.playSent(out, secret)}}, nil
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
			c.members.Make(on, playMember{user, newGroup(), newApplications(primitives.RandomKey(), id{}, id{})})
		}
		return nil, err
	})
	p.Register("member.process", func(p *peer.Params) (peer.Output, error) {
		on, control, recipients, direct := p.Name("on"), p.Hex("message"), peer.Take[[]id](p, "recipients"), p.OptionalHex("direct")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.change(on, func(k *keyring, m playMember) (peer.Output, error) {
			message, err := wire.Decode[controlMessage](control)
			if err != nil {
				return nil, err
			}
			result, err := m.Group.process(k, incoming{message: message, control: control, recipients: recipients, direct: direct})
			if err != nil {
				return nil, err
			}
			m.begin(result.ownSecret)
			if result.senderSecret != nil {
				from := message.from()
				// Control messages bring no signing keys here: that of the user signs all messages.
				m.Chains.beginOther(from.Sender, from.Seq, *result.senderSecret, k.Contacts[m.Group.Users[from.Sender]].SigningKey)
			}
			return peer.Output{"sent": m.Group.playAnswers(result), "secret": result.senderSecret}, nil
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
		chains := copied.Chains.Clone()
		chains.seed = primitives.RandomKey()
		c.members.Make(as, playMember{user, copied.Group.clone(), chains})
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

func (c cast) registerMessages(p *peer.Peer) {
	p.Register("member.seal", func(p *peer.Params) (peer.Output, error) {
		on, text := p.Name("on"), peer.Take[string](p, "text")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.change(on, func(k *keyring, m playMember) (peer.Output, error) {
			message, _, err := m.Chains.seal(k.SigningSecretKey, []byte(text))
			return peer.Output{"message": octet(message)}, err
		})
	})
	p.Register("member.open", func(p *peer.Params) (peer.Output, error) {
		on, message := p.Name("on"), p.Hex("message")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return c.change(on, func(_ *keyring, m playMember) (peer.Output, error) {
			result, err := m.Chains.open(message, func(sender id) uint64 { return m.Group.Seen[sender] })
			return peer.Output{"text": string(result.payload)}, err
		})
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
