package dcgka

import (
	"encoding/json"
	"maps"
	"slices"

	"conclave.example/port/internal/peer"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// A history is what is kept of operations without the acks (chapter "group-membership", "A history without acks").
type history struct {
	Changes []recordedChange
	// Known is what each sender knew as of its last operation, Last the number of that one.
	Known map[id]knowledge
	Last  map[id]uint64
	at    map[position]int
}

type recordedChange struct {
	Change change
	// Unknown are the positions of the earlier changes that this one is concurrent to.
	Unknown []uint64
}

// MarshalJSON implements json.Marshaler.
func (c recordedChange) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{"change": wire.ToJSON(c.Change), "unknown": c.Unknown})
}

func newHistory() *history {
	return &history{Known: map[id]knowledge{}, Last: map[id]uint64{}, at: map[position]int{}}
}

func (h *history) clone() *history {
	return &history{slices.Clone(h.Changes), maps.Clone(h.Known), maps.Clone(h.Last), maps.Clone(h.at)}
}

func (k knowledge) has(at int) bool {
	if uint64(at) >= k.Length {
		return false
	}
	_, isUnknown := slices.BinarySearch(k.Unknown, uint64(at))
	return !isUnknown
}

// and is what is known to one or the other.
func (k knowledge) and(other knowledge) knowledge {
	if k.Length > other.Length {
		k, other = other, k
	}
	merged := knowledge{Length: other.Length}
	for _, at := range other.Unknown {
		if !k.has(int(at)) {
			merged.Unknown = append(merged.Unknown, at)
		}
	}
	return merged
}

// missing are the positions below a length that are not known.
func (k knowledge) missing(length int) []uint64 {
	var missing []uint64
	for _, at := range k.Unknown {
		if at < uint64(length) {
			missing = append(missing, at)
		}
	}
	for at := k.Length; at < uint64(length); at++ {
		missing = append(missing, at)
	}
	return missing
}

// asOf is what was known to the sender of the change at a position, the change included.
func (h *history) asOf(at int) knowledge {
	return knowledge{uint64(at) + 1, h.Changes[at].Unknown}
}

// all is everything in the history.
func (h *history) all() knowledge { return knowledge{Length: uint64(len(h.Changes))} }

// before tells whether the change at position a is before the one at position b.
func (h *history) before(a, b int) bool { return a < b && h.asOf(b).has(a) }

// find gives the position of a change.
func (h *history) find(message position) (int, bool) {
	at, ok := h.at[message]
	return at, ok
}

// append is membership.append.
func (h *history) append(o operation) error {
	creation, isCreate := o.(createOperation)
	// membership.append.1, 2
	if isCreate != (len(h.Changes) == 0) || isCreate && !slices.Contains(creation.Members, creation.Sender) {
		return verdict.Refuse("membership.create-first", "not one create at the beginning")
	}
	from := o.from()
	// membership.append.3
	if last, ok := h.Last[from.Sender]; ok && last >= from.Seq {
		return verdict.Refuse("membership.seq-rises", "a number that was used")
	}
	known, ok := h.Known[from.Sender]
	if !ok {
		known = knowledge{Length: 1}
	}
	// membership.append.4, 5
	if ack, ok := o.(ackOperation); ok {
		at, ok := h.find(ack.of())
		if !ok {
			return verdict.Refuse("membership.ack-known", "not in the history")
		}
		h.Known[from.Sender] = known.and(h.asOf(at))
	} else {
		h.add(recordedChange{o, known.missing(len(h.Changes))})
	}
	h.Last[from.Sender] = from.Seq
	return nil
}

// add puts a change at the end.
func (h *history) add(c recordedChange) {
	at := len(h.Changes)
	h.Changes = append(h.Changes, c)
	h.at[c.Change.from()] = at
	h.Known[c.Change.from().Sender] = h.asOf(at)
}

// addition is that of a member by the change at a position.
type addition struct {
	adder, added id
	by           int
}

// members are those after the known changes, in ascending order (definition `members`).
func (h *history) members(known knowledge) []id {
	additions := map[id][]addition{} // by the adder, but those of the create
	removals := map[id][]int{}       // by the member removed
	var reached []addition
	for at, recorded := range h.Changes {
		if !known.has(at) {
			continue
		}
		switch c := recorded.Change.(type) {
		case createOperation:
			for _, member := range c.Members {
				reached = append(reached, addition{c.Sender, member, at})
			}
		case addOperation:
			additions[c.Sender] = append(additions[c.Sender], addition{c.Sender, c.Member, at})
		case removeOperation:
			removals[c.Member] = append(removals[c.Member], at)
		}
	}
	isReached := map[int]bool{}
	for next := 0; next < len(reached); next++ {
		from := reached[next]
		for _, to := range additions[from.added] {
			cancels := func(removal int) bool { return h.before(from.by, removal) && !h.before(to.by, removal) }
			if !isReached[to.by] && h.before(from.by, to.by) && !slices.ContainsFunc(removals[from.added], cancels) {
				isReached[to.by] = true
				reached = append(reached, to)
			}
		}
	}
	var members []id
	for _, one := range reached {
		removes := func(removal int) bool { return h.before(one.by, removal) }
		if !slices.ContainsFunc(removals[one.added], removes) {
			members = append(members, one.added)
		}
	}
	slices.SortFunc(members, id.Compare)
	return slices.Compact(members)
}

// view is the view of a member as of its last operation; empty when it has sent none.
func (h *history) view(member id) []id {
	known, ok := h.Known[member]
	if !ok {
		return nil
	}
	return h.members(known)
}

// historyOf appends the operations one after the other.
func historyOf(operations []operation) (*history, error) {
	h := newHistory()
	for _, o := range operations {
		if err := h.append(o); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func registerMembership(p *peer.Peer) {
	p.Layer("membership")
	p.Register("membership.members", func(p *peer.Params) (peer.Output, error) {
		operations := peer.Take[[]operation](p, "operations")
		if err := p.Done(); err != nil {
			return nil, err
		}
		h, err := historyOf(operations)
		if err != nil {
			return nil, err
		}
		return peer.Output{"members": listed(h.members(h.all()))}, nil
	})
	p.Register("membership.view", func(p *peer.Params) (peer.Output, error) {
		operations, member, seq := peer.Take[[]operation](p, "operations"), p.ID("member"), p.Count("seq")
		if err := p.Done(); err != nil {
			return nil, err
		}
		h := newHistory()
		var known knowledge // what the member knew as of its message
		for _, o := range operations {
			if err := h.append(o); err != nil {
				return nil, err
			}
			if from := o.from(); from.Sender == member && from.Seq <= seq {
				known = h.Known[member]
			}
		}
		return peer.Output{"members": listed(h.members(known))}, nil
	})
	p.Register("membership.kept", func(p *peer.Params) (peer.Output, error) {
		operations := peer.Take[[]operation](p, "operations")
		if err := p.Done(); err != nil {
			return nil, err
		}
		h, err := historyOf(operations)
		if err != nil {
			return nil, err
		}
		unknown := make([][]uint64, len(h.Changes))
		for at, recorded := range h.Changes {
			unknown[at] = listed(recorded.Unknown)
		}
		return peer.Output{"unknown": unknown, "known": wire.ToJSON(h.Known)}, nil
	})
}

// listed makes of no list an empty one, for JSON.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
