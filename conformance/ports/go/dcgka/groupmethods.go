package dcgka

import (
	"slices"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/wire"
)

// asOutput gives a message with its direct messages in ascending order; null for none.
func (o *outgoing) asOutput() any {
	if o == nil {
		return nil
	}
	directs := []any{}
	for _, member := range sortedMembers(o.directs) {
		directs = append(directs, peer.Output{"to": member, "message": o.directs[member]})
	}
	return peer.Output{"control": octet(o.control), "directs": directs}
}

// sortedMembers are the keys of a table in ascending order.
func sortedMembers[T any](table map[id]T) []id {
	members := make([]id, 0, len(table))
	for member := range table {
		members = append(members, member)
	}
	slices.SortFunc(members, id.Compare)
	return members
}

// membersOutput gives members with their users.
func (g *group) membersOutput() peer.Output {
	members := []any{}
	for _, member := range g.view() {
		members = append(members, peer.Output{"member": member, "user": g.Users[member]})
	}
	return peer.Output{"members": members}
}

func registerKeyAgreement(p *peer.Peer, users *peer.Store[*user]) {
	p.Layer("key-agreement")
	act := func(on string, operate func(*user) (*outgoing, *key, error)) (peer.Output, error) {
		return users.Change(on, func(u *user) (peer.Output, error) {
			out, updateSecret, err := operate(u)
			if err != nil {
				return nil, err
			}
			output := out.asOutput().(peer.Output)
			output["updateSecret"] = updateSecret
			return output, nil
		})
	}
	p.Register("group.create", func(p *peer.Params) (peer.Output, error) {
		on, named := p.Name("on"), p.Users("users")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return act(on, func(u *user) (*outgoing, *key, error) { return u.Group.create(u.Keys, named) })
	})
	p.Register("group.update", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return act(on, func(u *user) (*outgoing, *key, error) { return u.Group.update(u.Keys) })
	})
	p.Register("group.remove", func(p *peer.Params) (peer.Output, error) {
		on, member := p.Name("on"), p.ID("member")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return act(on, func(u *user) (*outgoing, *key, error) { return u.Group.remove(u.Keys, member) })
	})
	p.Register("group.add", func(p *peer.Params) (peer.Output, error) {
		on, name, attached := p.Name("on"), p.User("user"), p.Hex("attachment")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return act(on, func(u *user) (*outgoing, *key, error) { return u.Group.add(u.Keys, name, attached) })
	})
	p.Register("group.process", func(p *peer.Params) (peer.Output, error) {
		on, control, recipients, direct := p.Name("on"), p.Hex("control"), peer.Take[[]id](p, "recipients"), p.OptionalHex("direct")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return users.Change(on, func(u *user) (peer.Output, error) {
			// key-agreement.process.1
			message, err := wire.Decode[controlMessage](control)
			if err != nil {
				return nil, err
			}
			result, err := u.Group.process(u.Keys, incoming{
				message: message, control: control, recipients: recipients, direct: direct,
			})
			return peer.Output{
				"response":     result.response.asOutput(),
				"rekey":        result.rekey.asOutput(),
				"senderSecret": result.senderSecret,
				"ownSecret":    result.ownSecret,
				"removed":      result.removed,
				"attachment":   result.attachment,
			}, err
		})
	})
	p.Register("group.members", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		u, err := users.Get(on)
		if err != nil {
			return nil, err
		}
		return u.Group.membersOutput(), nil
	})
}
