package mpenc

import (
	"errors"

	"conclave.example/port/internal/handles"
	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/strict"
	"conclave.example/port/internal/verdict"
)

// sessionHandle is what one member holds in the layers from "transcript" on.
type sessionHandle struct {
	Seed       seed
	Transcript *Transcript
	Previous   *Transcript
	Log        Log
	Order      *ServerOrder
	Liveness   *Liveness
	Session    *Session
	Chains     *SenderChains
	Queue      *SendQueue
}

// sessionHandles are the handles of sessions.
type sessionHandles struct{ handles.Store[sessionHandle] }

// begin makes the handle if there is none, and begins a part of it anew.
func (s sessionHandles) begin(on handles.Name, begin func(*sessionHandle)) (peer.Output, error) {
	return s.Begin(on, func(h *sessionHandle) (peer.Output, error) {
		begin(h)
		return nil, nil
	})
}

// part is a part of a handle, or an error if the handle does not have it.
func part[T any](found *T) (*T, error) {
	if found == nil {
		return nil, noCall("no such handle")
	}
	return found, nil
}

func registerSession(p *peer.Peer) {
	all := sessionHandles{handles.New[sessionHandle](p)}
	registerTranscript(p, all)
	registerServerOrder(p, all)
	registerLiveness(p, all)
	registerSteps(p, all)
	registerExtensions(p, all)
	registerSendQueue(p, all)
}

// onlyHandle are the parameters of a method that has no others.
type onlyHandle struct {
	On handles.Name `json:"on"`
}

func changeTranscript(all sessionHandles, on handles.Name, operate func(*sessionHandle) (peer.Output, error)) (peer.Output, error) {
	return all.Change(on, func(h *sessionHandle) (peer.Output, error) {
		if _, err := part(h.Transcript); err != nil {
			return nil, err
		}
		return operate(h)
	})
}

func registerTranscript(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "transcript.make", func(params struct {
		On      handles.Name `json:"on"`
		Members *members     `json:"members"`
	}) (peer.Output, error) {
		return all.begin(params.On, func(h *sessionHandle) {
			var of []Name
			if params.Members != nil {
				of = *params.Members
			}
			h.Transcript, h.Previous, h.Log = newTranscript(of), nil, newLog()
		})
	})
	strict.Register(p, "transcript.receive-and-append", func(params struct {
		On      handles.Name `json:"on"`
		Message Message      `json:"message"`
	}) (peer.Output, error) {
		return changeTranscript(all, params.On, func(h *sessionHandle) (peer.Output, error) {
			return h.receiveAndAppend(params.Message)
		})
	})
	strict.Register(p, "transcript.query", func(params onlyHandle) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		if _, err := part(h.Transcript); err != nil {
			return nil, err
		}
		return h.query(), nil
	})
	strict.Register(p, "transcript.around", func(params struct {
		On     handles.Name `json:"on"`
		ID     MessageID    `json:"id"`
		Author Name         `json:"author"`
	}) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		transcript, err := part(h.Transcript)
		if err != nil {
			return nil, err
		}
		position, ok := transcript.Index[params.ID]
		if !ok {
			return peer.Output{"latestBefore": nil, "earliestAfter": nil}, nil
		}
		before := transcript.latestBefore(&transcript.Messages[position].Message, params.Author)
		after := transcript.earliestAfter(position, params.Author)
		return peer.Output{"latestBefore": idOrNull(before), "earliestAfter": idOrNull(after)}, nil
	})
	strict.Register(p, "transcript.begin", func(params struct {
		On      handles.Name `json:"on"`
		Members members      `json:"members"`
	}) (peer.Output, error) {
		return changeTranscript(all, params.On, func(h *sessionHandle) (peer.Output, error) {
			h.Previous, h.Transcript = h.Transcript, newTranscript(params.Members)
			h.Log.begin(false)
			return nil, nil
		})
	})
	strict.Register(p, "transcript.splice", func(params struct {
		On     handles.Name `json:"on"`
		Latest []MessageID  `json:"latest"`
	}) (peer.Output, error) {
		return changeTranscript(all, params.On, func(h *sessionHandle) (peer.Output, error) {
			previous, err := part(h.Previous)
			if err != nil {
				return nil, err
			}
			return nil, h.Log.splice(previous, params.Latest)
		})
	})
}

// members are those of a subsession.
type members []Name

// UnmarshalStrict reads the members, of whom there is at least one.
func (m *members) UnmarshalStrict(value any) error {
	var read struct {
		Members []Name `json:"members" min:"1"`
	}
	err := strict.Read(map[string]any{"members": value}, &read)
	*m = read.Members
	return err
}

func idOrNull(message *Message) any {
	if message == nil {
		return nil
	}
	return message.ID
}

func (h *sessionHandle) receiveAndAppend(message Message) (peer.Output, error) {
	received, err := h.Transcript.receive(message, whatever)
	if err != nil {
		return nil, err
	}
	accepted := []any{}
	for _, one := range received.accepted {
		var positions []uint64
		isPayload := one.message.Kind == kindPayload
		if isPayload {
			positions = h.Log.append(h.Transcript, &one.message, false)
		}
		accepted = append(accepted, peer.Output{
			"id": one.message.ID, "fullyAcknowledged": one.complete, "positions": positions, "marked": isPayload && isMarked(positions),
		})
	}
	refusals := []any{}
	for _, one := range received.refused {
		refusals = append(refusals, peer.Output{"id": one.message.ID, "clause": one.clause})
	}
	return peer.Output{"accepted": accepted, "missing": list(received.missing), "dropped": list(received.dropped), "refused": refusals}, nil
}

func (h *sessionHandle) query() peer.Output {
	unacknowledged := []any{}
	for _, one := range h.Transcript.Messages {
		if len(one.Unacknowledged) > 0 {
			unacknowledged = append(unacknowledged, peer.Output{"id": one.Message.ID, "by": one.Unacknowledged})
		}
	}
	entries := []any{}
	for at, entry := range h.Log.Entries {
		positions := h.Log.positions(at)
		entries = append(entries, peer.Output{
			"id": entry.ID, "author": entry.Author, "parents": list(entry.Parents), "positions": positions, "marked": isMarked(positions),
		})
	}
	return peer.Output{"heads": h.Transcript.heads(), "unacknowledged": unacknowledged, "log": entries}
}

func registerServerOrder(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "server-order.packet-id", func(params struct {
		Sender  Name   `json:"sender"`
		Channel []Name `json:"channel"`
		Text    string `json:"text"`
	}) (peer.Output, error) {
		return peer.Output{"id": packetID(params.Sender, params.Channel, params.Text)}, nil
	})
	strict.Register(p, "server-order.departure-id", func(params struct {
		Initial PacketID `json:"initial"`
		Leavers []Name   `json:"leavers"`
		Channel []Name   `json:"channel"`
	}) (peer.Output, error) {
		return peer.Output{"id": departureID(params.Initial, params.Leavers, params.Channel)}, nil
	})
	strict.Register(p, "server-order.chain-hash", func(params struct {
		Previous *PacketID `json:"previous"`
		ID       PacketID  `json:"id"`
		Type     string    `json:"type" is:"initial final both leave"`
	}) (peer.Output, error) {
		if params.Previous == nil {
			return peer.Output{"chainHash": firstChainHash(params.ID)}, nil
		}
		return peer.Output{"chainHash": nextChainHash(*params.Previous, params.ID, params.Type)}, nil
	})
	strict.Register(p, "server-order.peek", func(params struct {
		Text string   `json:"text"`
		ID   PacketID `json:"id"`
	}) (peer.Output, error) {
		packet, err := Decode(params.Text, Version)
		if err != nil {
			return nil, err
		}
		greeting, ok := packet.(*GreetingPacket)
		if !ok {
			return peer.Output{"class": classNone, "summary": nil}, nil
		}
		return peer.Output{"class": greeting.class(), "summary": peek(greeting, params.ID)}, nil
	})
	strict.Register(p, "server-order.begin", func(params struct {
		On            handles.Name `json:"on"`
		PreviousFinal *PacketID    `json:"previousFinal"`
	}) (peer.Output, error) {
		return all.begin(params.On, func(h *sessionHandle) {
			order := unsynced()
			if params.PreviousFinal != nil {
				order = beginOrder(*params.PreviousFinal)
			}
			h.Order = &order
		})
	})
	strict.Register(p, "server-order.offer", func(params struct {
		On      handles.Name `json:"on"`
		Me      Name         `json:"me"`
		Summary Summary      `json:"summary"`
		Channel []Name       `json:"channel"`
	}) (peer.Output, error) {
		if !params.Summary.counts() {
			return nil, noCall("neither initial nor final, or both and not of itself")
		}
		return all.Change(params.On, func(h *sessionHandle) (peer.Output, error) {
			order, err := part(h.Order)
			if err != nil {
				return nil, err
			}
			isInitial, isFinal, err := order.offer(params.Me, params.Summary, params.Channel)
			return peer.Output{"initial": isInitial, "final": isFinal}, err
		})
	})
	strict.Register(p, "server-order.depart", func(params struct {
		On      handles.Name `json:"on"`
		Leavers []Name       `json:"leavers"`
		Channel []Name       `json:"channel"`
		Session []Name       `json:"session"`
	}) (peer.Output, error) {
		return all.Change(params.On, func(h *sessionHandle) (peer.Output, error) {
			order, err := part(h.Order)
			if err != nil {
				return nil, err
			}
			return peer.Output{"final": order.depart(params.Leavers, params.Channel, params.Session)}, nil
		})
	})
	strict.Register(p, "server-order.state", func(params onlyHandle) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		order, err := part(h.Order)
		return peer.Output{"state": order}, err
	})
}

// timeUpTo is a time that is not later than the latest one.
type timeUpTo struct {
	Now uint64
}

// UnmarshalStrict reads the time.
func (t *timeUpTo) UnmarshalStrict(value any) error {
	now, ok := value.(uint64)
	t.Now = now
	if !ok || now > latestTime {
		return errors.New("no time")
	}
	return nil
}

func registerLiveness(p *peer.Peer, all sessionHandles) {
	strict.Register(p, "liveness.make", func(params struct {
		On      handles.Name `json:"on"`
		Me      Name         `json:"me"`
		Members members      `json:"members"`
		Now     timeUpTo     `json:"now"`
		Seed    Hex          `json:"seed"`
	}) (peer.Output, error) {
		from, err := primitives.KeyOf(params.Seed)
		if err != nil {
			return nil, err
		}
		return all.begin(params.On, func(h *sessionHandle) {
			h.Seed = from
			if h.Transcript == nil {
				h.Log = newLog()
			}
			h.Transcript, h.Previous = newTranscript(params.Members), nil
			h.Liveness = beginLiveness(params.Me, params.Members, params.Now.Now)
		})
	})
	change := func(on handles.Name, operate func(*sessionHandle) (peer.Output, error)) (peer.Output, error) {
		return all.Change(on, func(h *sessionHandle) (peer.Output, error) {
			if _, err := part(h.Liveness); err != nil {
				return nil, err
			}
			return operate(h)
		})
	}
	strict.Register(p, "liveness.receive", func(params struct {
		On      handles.Name `json:"on"`
		Message Message      `json:"message"`
		Now     timeUpTo     `json:"now"`
	}) (peer.Output, error) {
		return change(params.On, func(h *sessionHandle) (peer.Output, error) {
			return h.receiveLive(params.Message, params.Now.Now)
		})
	})
	strict.Register(p, "liveness.tick", func(params struct {
		On  handles.Name `json:"on"`
		Now timeUpTo     `json:"now"`
	}) (peer.Output, error) {
		return change(params.On, func(h *sessionHandle) (peer.Output, error) {
			return peer.Output{"actions": list(h.Liveness.tick(h.Transcript, params.Now.Now))}, nil
		})
	})
	strict.Register(p, "liveness.next", func(params onlyHandle) (peer.Output, error) {
		h, err := all.Get(params.On)
		if err != nil {
			return nil, err
		}
		liveness, err := part(h.Liveness)
		if err != nil {
			return nil, err
		}
		return peer.Output{"at": liveness.nextTick(), "phase": liveness.Phase}, nil
	})
}

// receiveLive receives a message in the transcript, and lets liveness take note of what comes of it.
func (h *sessionHandle) receiveLive(message Message, now uint64) (peer.Output, error) {
	received, err := h.Transcript.receive(message, whatever)
	if errors.Is(err, verdict.Ignored{}) {
		actions := h.Liveness.duplicate(h.Transcript, message.ID, now)
		return peer.Output{"accepted": []MessageID{}, "actions": list(actions)}, nil
	}
	if err != nil {
		return nil, err
	}
	if len(received.accepted) == 0 {
		h.Liveness.held(message.ID, received.dropped, now)
	}
	accepted, actions := []MessageID{}, []Action{}
	for _, one := range received.accepted {
		accepted = append(accepted, one.message.ID)
		actions = append(actions, h.Liveness.accepted(h.Transcript, &one.message, one.complete, h.Seed, now)...)
	}
	for _, one := range received.refused {
		h.Liveness.release(one.message.ID)
	}
	return peer.Output{"accepted": accepted, "actions": actions}, nil
}
