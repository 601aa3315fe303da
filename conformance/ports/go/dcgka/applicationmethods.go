package dcgka

import (
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

func (t told) asOutput() peer.Output {
	return peer.Output{"differ": listed(t.differ), "lost": listed(t.lost), "uncompared": listed(t.uncompared)}
}

// isMessageNumber tells whether a control message can have a number.
func isMessageNumber(seq uint64) error {
	if seq == 0 || seq > maximumSeq {
		return verdict.NoCall{Detail: "the number of no message"}
	}
	return nil
}

func registerApplication(p *peer.Peer) {
	p.Layer("application")
	all := peer.NewStore[*applications](p)
	p.Register("application.start", func(p *peer.Params) (peer.Output, error) {
		on, group, me, seed := p.Name("on"), p.ID("group"), p.ID("me"), p.Hex("seed")
		if err := p.Done(); err != nil {
			return nil, err
		}
		taken, err := primitives.KeyOf(seed)
		if err != nil {
			return nil, err
		}
		all.Make(on, newApplications(taken, group, me))
		return nil, nil
	})
	p.Register("application.begin-own", func(p *peer.Params) (peer.Output, error) {
		on, seq, secret := p.Name("on"), p.Count("seq"), p.Hex("updateSecret")
		if err := p.Done(); err != nil {
			return nil, err
		}
		if err := isMessageNumber(seq); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) {
			taken, err := primitives.KeyOf(secret)
			if err != nil {
				return nil, err
			}
			a.beginOwn(seq, taken)
			return nil, nil
		})
	})
	p.Register("application.begin-other", func(p *peer.Params) (peer.Output, error) {
		on, member, seq := p.Name("on"), p.ID("member"), p.Count("seq")
		secret, signingKey := p.Hex("updateSecret"), p.Hex("signingKey")
		if err := p.Done(); err != nil {
			return nil, err
		}
		if err := isMessageNumber(seq); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) {
			taken, err := keys(secret, signingKey)
			if err != nil {
				return nil, err
			}
			return a.beginOther(member, seq, taken[0], taken[1]).asOutput(), nil
		})
	})
	p.Register("application.end", func(p *peer.Params) (peer.Output, error) {
		on, member, seq, stated := p.Name("on"), p.ID("member"), p.Count("seq"), peer.Take[*chain](p, "chain")
		if err := p.Done(); err != nil {
			return nil, err
		}
		if err := isMessageNumber(seq); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) { return a.end(member, seq, stated).asOutput(), nil })
	})
	p.Register("application.seal", func(p *peer.Params) (peer.Output, error) {
		on, secret, payload := p.Name("on"), p.Hex("signingSecretKey"), p.Hex("payload")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) {
			taken, err := primitives.KeyOf(secret)
			if err != nil {
				return nil, err
			}
			message, stated, err := a.seal(taken, payload)
			return peer.Output{"message": octet(message), "chain": wire.ToJSON(stated)}, err
		})
	})
	p.Register("application.open", func(p *peer.Params) (peer.Output, error) {
		on, seen, message := p.Name("on"), p.Count("seen"), p.Hex("message")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) {
			result, err := a.open(message, func(id) uint64 { return seen })
			output := result.told.asOutput()
			output["sender"] = result.message.Sender
			output["seq"] = result.message.Seq
			output["index"] = result.message.Index
			output["payload"] = octet(result.payload)
			return output, err
		})
	})
	p.Register("application.forget-keys", func(p *peer.Params) (peer.Output, error) {
		on := p.Name("on")
		if err := p.Done(); err != nil {
			return nil, err
		}
		return all.Change(on, func(a *applications) (peer.Output, error) {
			a.forgetKeys()
			return nil, nil
		})
	})
}
