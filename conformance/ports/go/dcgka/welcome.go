package dcgka

import (
	"slices"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// processWelcome is key-agreement.process-welcome.
func (g *group) processWelcome(k *keyring, message addControl, in incoming) (outcome, error) {
	// key-agreement.process-welcome.1
	g.ID, g.Me, g.Joined = message.Group, message.added(), true
	if !in.isFor([]id{g.Me}, g.Me) {
		return outcome{}, verdict.Refuse(clauseRecipients, "other recipients")
	}
	// key-agreement.process-welcome.2
	decoded, err := wire.Decode[channelMessage](in.direct)
	if err != nil {
		return outcome{}, err
	}
	first, ok := decoded.(firstContact)
	if !ok {
		return outcome{}, verdict.Refuse("channel.key-held", "no first contact")
	}
	g.Users[message.Sender] = first.User
	payload, err := g.channel(message.Sender).receive(k, in.direct, in.control)
	if err != nil {
		return outcome{}, err
	}
	// key-agreement.process-welcome.3
	w, err := wire.Decode[welcome](payload)
	if err != nil {
		return outcome{}, err
	}
	// key-agreement.process-welcome.4
	g.Users = map[id]string{}
	if err := g.takeChanges(w.Changes); err != nil {
		return outcome{}, err
	}
	// key-agreement.process-welcome.5 to 8
	if err := g.checkWelcome(message, w, first.User); err != nil {
		return outcome{}, err
	}
	// key-agreement.process-welcome.9
	before := knowledge{Length: uint64(len(w.Changes)) - 1}
	g.Seen = w.Seen
	for member, seq := range w.Seen {
		known, ok := w.Known[member]
		switch {
		case member == message.Sender:
			known = g.History.all()
		case !ok:
			known = before
		}
		g.History.Known[member], g.History.Last[member] = known, seq
	}
	g.Ratchets[message.Sender] = w.Ratchet
	// key-agreement.process-welcome.10
	if g.historyDigest(before) != message.History {
		return outcome{}, verdict.Refuse(clauseAddHistory, "another history")
	}
	// key-agreement.process-welcome.11
	senderSecret, err := g.takeAddition(message, g.Me)
	if err != nil {
		return outcome{}, err
	}
	own, _ := g.takeSecret(message.from(), g.Me)
	response, ownSecret, err := g.acknowledge(k, message.from(), g.History.all(), &own)
	return outcome{response: response, senderSecret: senderSecret, ownSecret: ownSecret, attachment: &w.Attachment}, err
}

// takeChanges is key-agreement.check-changes; it builds the history of what it checks.
func (g *group) takeChanges(entries []welcomeEntry) error {
	refusal := verdict.Refuse(clauseWelcomeHistory, "no history")
	lastOf := map[id]int{} // the position of a sender's last change
	for at, entry := range entries {
		from := entry.Change.from()
		var recorded change
		// key-agreement.check-changes.1
		creation, isCreate := entry.Change.(welcomeCreate)
		if isCreate != (at == 0) {
			return refusal
		}
		// key-agreement.check-changes.2
		if !ascends(entry.Unknown, at) {
			return refusal
		}
		known := knowledge{uint64(at), entry.Unknown}
		// key-agreement.check-changes.3
		if earlier, ok := lastOf[from.Sender]; ok {
			if g.History.Changes[earlier].Change.from().Seq >= from.Seq || !known.has(earlier) {
				return refusal
			}
		}
		lastOf[from.Sender] = at
		switch c := entry.Change.(type) {
		case welcomeCreate:
			if checkCreate(g.ID, creation) != nil {
				return refusal
			}
			g.Create = c
			recorded = createOperation{Sender: c.Sender, Seq: c.Seq, Members: g.nameUsers(c)}
		case removeOperation:
			recorded = c
		case welcomeAdd:
			added := memberIdentifier(g.ID, c.User, &c.Sender, c.Seq)
			g.Users[added] = c.User
			recorded = addOperation{Sender: c.Sender, Seq: c.Seq, Member: added}
		}
		// key-agreement.check-changes.4, 5
		if !isCreate && from.Seq == 1 || !g.isClosed(known) {
			return refusal
		}
		g.History.add(recordedChange{recorded, entry.Unknown})
		g.digestChange(at)
	}
	return nil
}

// ascends tells whether positions ascend and are below a bound.
func ascends(positions []uint64, bound int) bool {
	for i, at := range positions {
		if i > 0 && at <= positions[i-1] || at >= uint64(bound) {
			return false
		}
	}
	return true
}

// isClosed tells whether whatever is before a known change is known. Each change in the history knows what is closed.
func (g *group) isClosed(known knowledge) bool {
	latest := int(known.Length) - 1
	for latest >= 0 && !known.has(latest) {
		latest--
	}
	if latest < 0 || len(known.Unknown) == 0 {
		return true
	}
	isRight := func(at int) bool {
		itself := g.History.asOf(at)
		return !slices.ContainsFunc(known.Unknown, func(unknown uint64) bool { return itself.has(int(unknown)) })
	}
	for _, beside := range g.History.Changes[latest].Unknown {
		if known.has(int(beside)) && !isRight(int(beside)) {
			return false
		}
	}
	return isRight(latest)
}

// checkWelcome has the steps 5 to 8 of key-agreement.process-welcome.
func (g *group) checkWelcome(message addControl, w welcome, adder string) error {
	final := w.Changes[len(w.Changes)-1]
	added, isAdd := final.Change.(welcomeAdd)
	// key-agreement.process-welcome.5
	if !isAdd || added.from() != message.from() || added.User != message.User || len(final.Unknown) > 0 {
		return verdict.Refuse(clauseWelcomeHistory, "not the add at the end")
	}
	// key-agreement.process-welcome.6
	if !hasMember(g.view(), g.Me) || g.Users[message.Sender] != adder {
		return verdict.Refuse(clauseWelcomeHistory, "we, or the adder, are not there")
	}
	// key-agreement.process-welcome.7
	for _, recorded := range g.History.Changes {
		if from := recorded.Change.from(); w.Seen[from.Sender] < from.Seq {
			return verdict.Refuse(clauseWelcomeSeen, "a count that is too low")
		}
	}
	if _, ok := w.Seen[g.Me]; ok || w.Seen[message.Sender] != message.Seq {
		return verdict.Refuse(clauseWelcomeSeen, "another count")
	}
	// key-agreement.process-welcome.8
	if !g.isKnowledge(message.Sender, w) {
		return verdict.Refuse(clauseWelcomeHistory, "no knowledge")
	}
	return nil
}

// isKnowledge tells whether key-agreement.check-knowledge refuses nothing.
func (g *group) isKnowledge(adder id, w welcome) bool {
	bound := len(w.Changes) - 1 // the position of the add
	lastOf := map[id]int{}
	for at, recorded := range g.History.Changes {
		lastOf[recorded.Change.from().Sender] = at
	}
	for member, known := range w.Known {
		_, isCounted := w.Seen[member]
		own, hasChange := lastOf[member]
		switch {
		case !isCounted,
			known.Length > uint64(bound),
			!ascends(known.Unknown, int(known.Length)-1),
			len(known.missing(bound)) == 0,
			hasChange && !known.has(own),
			!g.isClosed(known):
			return false
		}
	}
	// key-agreement.check-knowledge.4
	for member, at := range lastOf {
		if member == adder || g.History.Changes[at].Change.from().Seq != w.Seen[member] {
			continue
		}
		known, ok := w.Known[member]
		if !ok {
			known = knowledge{Length: uint64(bound)}
		}
		own := g.History.asOf(at)
		if known.Length != own.Length || !slices.Equal(known.Unknown, own.Unknown) {
			return false
		}
	}
	return true
}
