package mpenc

import (
	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
)

// playsWire names the bytes of this specification (chapter "mpenc-observations").
const playsWire = "conclave/1 suite 1"

// A playSession is a session in a play, with randomness of its own.
type playSession struct {
	Seed    seed
	Session *Session
}

// playOptions are the choices of the design document, with order acknowledgements.
var playOptions = Options{CipherKeyBytes: 16, Padding: true, OrderAcknowledgements: true}

func registerPlays(p *peer.Peer) {
	p.Plays("mpenc", nil, playsWire)
	all := handles.New[playSession](p)
	strict.Register(p, "mpenc.appear", func(params struct {
		On   handles.Name `json:"on"`
		User Name         `json:"user"`
	}) (peer.Output, error) {
		secretKey := primitives.RandomKey()
		session := newSession(params.User, Identities{SecretKey: secretKey}, playOptions)
		all.Make(params.On, &playSession{primitives.RandomKey(), session})
		return peer.Output{"card": primitives.Ed25519Public(secretKey)}, nil
	})
	strict.Register(p, "mpenc.meet", func(params struct {
		On   handles.Name `json:"on"`
		User Name         `json:"user"`
		Card Key          `json:"card"`
	}) (peer.Output, error) {
		return all.Change(params.On, func(one *playSession) (peer.Output, error) {
			known := &one.Session.Identities.Known
			*known = append(*known, Identity{params.User, params.Card})
			return nil, nil
		})
	})
	step := func(on handles.Name, now uint64, operate func(*turn) error) (peer.Output, error) {
		return all.Change(on, func(one *playSession) (peer.Output, error) {
			requests, notices, err := one.Session.take(one.Seed, now, operate)
			shown, warnings := playNotices(notices)
			return peer.Output{
				"requests": playRequests(requests), "shown": shown, "warnings": warnings, "due": one.Session.due(),
			}, err
		})
	}
	registerTurns(p, "mpenc", step)
	strict.Register(p, "mpenc.view", func(params onlyHandle) (peer.Output, error) {
		one, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		var secret *Key
		if membership := one.Session.Presence.Membership; membership != nil {
			secret = membership.Agreement.GroupKey
		}
		return peer.Output{"members": one.Session.members(), "secret": secret}, nil
	})
}

// playRequests are requests as plays have them: a packet is for everybody.
func playRequests(requests []any) []any {
	asked := []any{}
	for _, request := range requests {
		if send, ok := request.(sendRequest); ok {
			request = peer.Output{"type": "send", "text": send.Text}
		}
		asked = append(asked, request)
	}
	return asked
}

// playNotices are the texts that are shown, and the warnings.
func playNotices(notices []any) (shown, warnings []any) {
	shown, warnings = []any{}, []any{}
	for _, notice := range notices {
		switch notice := notice.(type) {
		case messageNotice:
			shown = append(shown, peer.Output{"author": notice.Author, "text": notice.Text})
		case security:
			warnings = append(warnings, "security "+string(notice.Clause)+" "+string(notice.Member))
		case notDecrypted:
			warnings = append(warnings, notice.Type)
		case notAccepted:
			warnings = append(warnings, notice.Type)
		case memberNotice:
			if notice.Type == "expired" {
				warnings = append(warnings, notice.Type)
			}
		}
	}
	return shown, warnings
}
