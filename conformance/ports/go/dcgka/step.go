package dcgka

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// A step of a messenger on one group, with what it gives.
type step struct {
	m *messenger
	g *messengerGroup
	// isAnswer is whether it is a step of receive or retry, whose answers the policy delay keeps back.
	isAnswer bool
	before   standing
	// anew is the member of the membership that was made anew.
	anew    *id
	packets []octet
	events  []event
	missing []verdict.Missing
}

// A standing is as whom we speak in a group, and the users of the view.
type standing struct {
	me    *id
	users []string
}

func (g *messengerGroup) standing() standing {
	ms := g.speaking()
	if ms == nil {
		return standing{}
	}
	me := ms.me()
	return standing{&me, ms.agreement().usersOf(ms.agreement().view())}
}

func (m *messenger) step(g *messengerGroup, isAnswer bool) *step {
	return &step{m: m, g: g, isAnswer: isAnswer, before: g.standing()}
}

func (s *step) tell(told ...event) { s.events = append(s.events, told...) }

func (s *step) lacks(missing ...verdict.Missing) {
	for _, one := range missing {
		if !slices.ContainsFunc(s.missing, one.Equal) {
			s.missing = append(s.missing, one)
		}
	}
}

// attempt does something of which nothing is done unless it is accepted. What is missing stays told.
func (s *step) attempt(operate func() error) error {
	keys := s.m.Keys.clone()
	saved, events := s.g.clone(s.m.Keys), len(s.events)
	anew := s.anew
	err := operate()
	if err == nil {
		return nil
	}
	*s.m.Keys = *keys
	for i, ms := range saved.Memberships {
		*s.g.Memberships[i] = *ms
		saved.Memberships[i] = s.g.Memberships[i]
	}
	*s.g = *saved
	s.events, s.anew = s.events[:events], anew
	return err
}

// tellRefused is the event that an envelope was refused, if it was.
func (s *step) tellRefused(user *string, first position, err error) {
	if clause := clauseOf(err); clause != "" {
		s.tell(envelopeRefusedEvent{Group: s.g.ID, User: user, Member: first.Sender, Seq: first.Seq, Clause: clause})
	}
}

// tellOfChains are the events of what is known of a member's chains.
func (s *step) tellOfChains(ms *membership, member id, t told) {
	user := ms.agreement().Users[member]
	for _, seq := range t.differ {
		s.tell(chainDiffersEvent{Group: s.g.ID, User: user, Member: member, Seq: seq})
	}
	for _, of := range t.lost {
		s.tell(messagesLostEvent{Group: s.g.ID, User: user, Member: member, Seq: of.Seq, Count: of.Count})
	}
	for _, of := range t.uncompared {
		s.tell(chainUncomparedEvent{Group: s.g.ID, User: user, Member: member, Seq: of.Seq, Count: of.Count})
	}
}

// operate does an operation of a membership, and what follows it (group-messaging.act.6); `joins` is whether its message
// joins the frontier.
func (s *step) operate(ms *membership, operation func(*broadcast) (uint64, key, error), joins bool) error {
	return s.attempt(func() error {
		s.m.prepare()
		seq, secret, err := operation(ms.Broadcast)
		if err != nil {
			return err
		}
		ms.Application.beginOwn(seq, secret)
		if joins {
			ms.Frontier = []position{{ms.me(), seq}}
		}
		if len(ms.Broadcast.Held) > 0 {
			s.lacks(s.retryMembership(ms)...)
		}
		return nil
	})
}

func (s *step) updates(ms *membership) error { return s.operate(ms, (*broadcast).update, true) }

func (s *step) removes(ms *membership, members []id) error {
	for _, member := range members {
		// What the removal of another has released may have removed this one, or us.
		if !ms.isAlive() || !hasMember(ms.agreement().view(), member) {
			continue
		}
		err := s.operate(ms, func(b *broadcast) (uint64, key, error) { return b.remove(member) }, true)
		if err != nil {
			return err
		}
	}
	return nil
}

// removesEach removes members as operations of their own: one that is put off keeps none of the others back.
func (s *step) removesEach(ms *membership, members []id) error {
	for _, member := range members {
		s.putOff(s.removes(ms, []id{member}))
	}
	return nil
}

// retryMembership is group-messaging.retry.2. It gives what is missing.
func (s *step) retryMembership(ms *membership) []verdict.Missing {
	s.m.prepare()
	var result receipt
	ms.Broadcast.retry(&result)
	s.process(ms, result)
	return result.missing
}

// deliver is group-messaging.deliver. It gives what is missing.
func (s *step) deliver(ms *membership, p parsedPacket) ([]verdict.Missing, error) {
	var missing []verdict.Missing
	err := s.attempt(func() error {
		if p.first == nil {
			err := s.open(ms, p.bytes)
			lacking, ok := missingOf(err)
			if !ok {
				return err
			}
			missing = []verdict.Missing{lacking}
			return s.hold(ms, p.bytes)
		}
		s.m.prepare()
		result, err := ms.Broadcast.receive(p.bytes)
		if err != nil {
			return err
		}
		s.process(ms, result)
		missing = result.missing
		return nil
	})
	return missing, err
}

// process is what deliver does with what the broadcast gives.
func (s *step) process(ms *membership, result receipt) {
	// group-messaging.deliver.1 to 3
	for _, taken := range result.taken {
		s.takeSecrets(ms, taken)
		s.openWaiting(ms, taken.message.from())
	}
	// group-messaging.deliver.10
	for _, taken := range result.taken {
		add, ok := taken.message.(addControl)
		if ok && add.User == s.m.Keys.User && add.added() != ms.me() {
			s.g.Additions[add.added()] = taken.digest
		}
	}
	// group-messaging.deliver.11
	for _, refused := range result.refused {
		s.tellRefused(ms.userOf(refused.Sender), position{refused.Sender, refused.Seq}, verdict.Refuse(refused.Clause, ""))
	}
}

// takeSecrets is group-messaging.take-secrets.
func (s *step) takeSecrets(ms *membership, taken takenMessage) {
	from := taken.message.from()
	// group-messaging.take-secrets.1
	s.tellOfChains(ms, from.Sender, ms.Application.end(from.Sender, from.Seq, taken.chain))
	// group-messaging.take-secrets.2
	for _, of := range taken.secrets {
		if of.Member == ms.me() {
			ms.Application.beginOwn(of.Seq, of.Secret)
			continue
		}
		s.tellOfChains(ms, of.Member, ms.Application.beginOther(of.Member, of.Seq, of.Secret, taken.signingKey))
	}
	// group-messaging.take-secrets.3, 4
	if bringsKey(taken.message) {
		history := ms.agreement().History
		ms.Frontier = slices.DeleteFunc(ms.Frontier, func(other position) bool {
			known := history.Known[other.Sender]
			knewRemoved := slices.ContainsFunc(ms.agreement().removalsOf(from.Sender), known.has)
			return !knewRemoved && (other.Sender == from.Sender || !slices.Contains(taken.unseen, other))
		})
		ms.Frontier = append(ms.Frontier, from)
		slices.SortFunc(ms.Frontier, position.compare)
	}
	// group-messaging.take-secrets.5
	if taken.rekey != nil {
		ms.Frontier = []position{*taken.rekey}
	}
}

// openWaiting is group-messaging.deliver.3.
func (s *step) openWaiting(ms *membership, begins position) {
	var ready []waitingMessage
	ms.Waiting = slices.DeleteFunc(ms.Waiting, func(w waitingMessage) bool {
		if w.Begins == begins {
			ready = append(ready, w)
		}
		return w.Begins == begins
	})
	slices.SortStableFunc(ready, func(a, b waitingMessage) int { return cmp.Compare(a.Index, b.Index) })
	for _, w := range ready {
		err := s.attempt(func() error { return s.open(ms, w.Message) })
		s.tellMessageRefused(ms, w, err)
	}
}

// tellMessageRefused is the event that a message was refused by what only its sender can have signed.
func (s *step) tellMessageRefused(ms *membership, w waitingMessage, err error) {
	switch clauseOf(err) {
	case clauseAppEquiv, clauseAhead, clauseOpens, clauseContent:
		s.messageRefused(ms, w, clauseOf(err))
	}
}

func (s *step) messageRefused(ms *membership, w waitingMessage, clause string) {
	var user *string
	if known, ok := ms.agreement().Users[w.Begins.Sender]; ok {
		user = &known
	}
	s.tell(messageRefusedEvent{
		Group: s.g.ID, User: user, Member: w.Begins.Sender, Seq: w.Begins.Seq, Index: w.Index, Clause: clause,
	})
}

// open has the steps 4 to 9 of group-messaging.deliver, but for holding what waits.
func (s *step) open(ms *membership, input []byte) error {
	// group-messaging.deliver.4
	result, err := ms.Application.open(input, func(sender id) uint64 { return ms.agreement().Seen[sender] })
	if err != nil {
		return err
	}
	// group-messaging.deliver.5
	decoded, err := wire.Decode[content](result.payload)
	if err != nil {
		return verdict.Refuse(clauseContent, err.Error())
	}
	sender := result.message.Sender
	s.tellOfChains(ms, sender, result.told)
	// group-messaging.deliver.6 to 8
	said := s.said(ms, result.message, decoded, result.payload)
	// group-messaging.deliver.9
	if slices.Contains(s.g.Told, result.digest) {
		return nil
	}
	s.g.Told = slices.Concat(s.g.Told, []key{result.digest})
	s.g.Told = s.g.Told[max(0, len(s.g.Told)-maximumTold):]
	s.tell(said...)
	return nil
}

// said are the events of a content: one or none.
func (s *step) said(ms *membership, m applicationMessage, decoded content, payload []byte) []event {
	user := ms.agreement().Users[m.Sender]
	at := place{m.Seq, m.Index}
	// group-messaging.deliver.6
	if left, ok := ms.Left[m.Sender]; ok && at.isAfter(left) {
		return nil
	}
	switch decoded := decoded.(type) {
	case leaveContent:
		ms.Left[m.Sender] = at
		return []event{leavingEvent{Group: s.g.ID, User: user}}
	case notesContent:
		// group-messaging.deliver.7
		if differ, _ := ms.Broadcast.compareNotes(decoded.Notes); len(differ) > 0 {
			return []event{equivocationEvent{Group: s.g.ID, User: user, Member: m.Sender, Members: differ}}
		}
	case dataContent:
		// group-messaging.deliver.8
		if s.g.membership(m.Sender) != nil {
			return nil
		}
		said := messageEvent{
			Group: s.g.ID, User: user, Member: m.Sender, Seq: m.Seq, Index: m.Index, Payload: decoded.Payload,
		}
		if !hasMember(ms.agreement().view(), m.Sender) {
			said.Former = 1
		}
		return []event{said}
	}
	return nil
}

func (p place) isAfter(other place) bool {
	return p.Seq > other.Seq || p.Seq == other.Seq && p.Index > other.Index
}

// hold is group-messaging.hold.
func (s *step) hold(ms *membership, input []byte) error {
	w, err := asWaiting(input)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(ms.Waiting, func(other waitingMessage) bool { return bytes.Equal(other.Message, input) }) {
		return verdict.Ignored{}
	}
	fits, lost := ms.boundWaiting(slices.Concat(ms.Waiting, []waitingMessage{w}))
	if slices.ContainsFunc(lost, func(other waitingMessage) bool { return bytes.Equal(other.Message, input) }) {
		return verdict.Refuse(clauseWaitingLimit, "no room")
	}
	s.fit(ms, fits, lost)
	return nil
}

// boundWaiting is group-messaging.room.
func (ms *membership) boundWaiting(all []waitingMessage) (fits, lost []waitingMessage) {
	shareOf := ms.Broadcast.sharing(ms.Broadcast.Held)
	sharing := func([]waitingMessage) func(waitingMessage) share {
		return func(w waitingMessage) share { return shareOf(w.Begins.Sender) }
	}
	return bound(roomForHeld, all, sharing, newest)
}

// fit keeps what there is room for, and tells what is lost.
func (s *step) fit(ms *membership, fits, lost []waitingMessage) {
	ms.Waiting = fits
	for _, w := range lost {
		s.messageRefused(ms, w, clauseWaitingLimit)
	}
}

func asWaiting(input []byte) (waitingMessage, error) {
	m, err := wire.Decode[applicationMessage](input)
	return waitingMessage{input, position{m.Sender, m.Seq}, m.Index}, err
}

// isCandidate is group-messaging.candidates.1.
func (s *step) isCandidate(l logged) bool {
	if l.Makes == nil || s.g.membership(*l.Makes) != nil {
		return false
	}
	_, isKept := s.g.Additions[*l.Makes]
	return isKept || s.g.speaking() == nil && s.g.userOf(*l.Makes) == nil
}

// joining is the verdict of joining with a packet, if there was one.
type joining struct {
	wasTried bool
	err      error
}

// candidates is group-messaging.candidates. It gives what became of one packet.
func (s *step) candidates(of key) joining {
	var result joining
	for _, l := range slices.Clone(s.g.Log) {
		known := s.m.Keys.Contacts[l.Bundle]
		isDue := !l.Tried || l.Bundle != "" && len(known.Bundles)+len(known.Taken) > l.Bundles
		if !isDue || !s.isCandidate(l) {
			continue
		}
		p, err := parsePacket(l.Packet)
		if err == nil {
			err = s.join(p)
		}
		if l.Digest == of {
			result = joining{true, err}
		}
		s.noteJoin(l, p, err)
	}
	return result
}

// noteJoin is group-messaging.candidates.3.
func (s *step) noteJoin(l logged, p parsedPacket, err error) {
	at := slices.IndexFunc(s.g.Log, func(other logged) bool { return other.Digest == l.Digest })
	if at < 0 {
		return
	}
	noted := &s.g.Log[at]
	missing, isWaiting := missingOf(err)
	switch user, _ := missing["bundle"].(string); {
	case err == nil:
	case isWaiting && user != "":
		known := s.m.Keys.Contacts[user]
		noted.Tried, noted.Bundle, noted.Bundles = true, user, len(known.Bundles)+len(known.Taken)
	default:
		noted.Makes = nil
		var of *string
		if l.Bundle != "" {
			of = &l.Bundle
		}
		s.tellRefused(of, p.first.from(), err)
	}
}

// candidatesMissing is what candidates wait for, in the order of the log.
func (s *step) candidatesMissing() []verdict.Missing {
	var missing []verdict.Missing
	for _, l := range s.g.Log {
		if l.Bundle != "" && s.isCandidate(l) {
			missing = append(missing, verdict.Missing{"bundle": l.Bundle})
		}
	}
	return missing
}

// join is group-messaging.join.
func (s *step) join(p parsedPacket) error {
	return s.attempt(func() error {
		// group-messaging.join.1
		s.m.prepare()
		b := newBroadcast(s.m.Keys)
		result, err := b.receive(p.bytes)
		if err != nil {
			return err
		}
		if !b.Agreement.Joined {
			return verdict.Waiting{Missing: result.missing}
		}
		// group-messaging.join.2
		me := b.Agreement.Me
		digest, isKept := s.g.Additions[me]
		if isKept && digest != result.taken[0].digest {
			return verdict.Ignored{}
		}
		// group-messaging.join.3
		ms := newMembership(b)
		s.g.Memberships = append(s.g.Memberships, ms)
		delete(s.g.Additions, me)
		if !isKept {
			s.anew = &me
			s.g.Leaves = false
		}
		s.process(ms, result)
		// group-messaging.join.4, 5
		s.replay(ms)
		// group-messaging.join.6
		s.lacks(ms.Broadcast.allMissing()...)
		return nil
	})
}

// replay gives the log to a new membership.
func (s *step) replay(ms *membership) {
	for _, l := range slices.Clone(s.g.Log) {
		if !ms.isAlive() {
			return
		}
		p, err := parsePacket(l.Packet)
		if err != nil {
			continue
		}
		_, err = s.deliver(ms, p)
		if p.first != nil {
			s.tellRefused(ms.userOf(p.sender), p.first.from(), err)
			continue
		}
		if w, waitErr := asWaiting(l.Packet); waitErr == nil && !slices.Contains(s.g.Told, l.Digest) {
			s.tellMessageRefused(ms, w, err)
		}
	}
}

// flushMembership sends what is in the queue of a membership. It tells whether there was anything.
func (s *step) flushMembership(ms *membership) bool {
	isAny := false
	for {
		sent := ms.Broadcast.flush()
		if sent == nil {
			return isAny
		}
		isAny = true
		s.packets = append(s.packets, sent)
		p, err := parsePacket(sent)
		if err != nil {
			return isAny
		}
		s.g.log(s.m.Keys, p)
		for _, other := range s.g.alive() {
			if other == ms {
				continue
			}
			_, err := s.deliver(other, p)
			s.tellRefused(other.userOf(p.sender), p.first.from(), err)
		}
	}
}

// finish is group-messaging.finish.
func (s *step) finish() {
	for isAny := true; isAny; {
		isAny = false
		// group-messaging.finish.1 to 4
		for _, operation := range []func(*membership) error{s.retires, s.removesLeavers, s.heals} {
			if ms := s.g.speaking(); ms != nil {
				s.putOff(operation(ms))
			}
		}
		// group-messaging.finish.5, 6
		if s.isAnswer && s.m.Delay {
			break
		}
		for _, ms := range s.g.Memberships {
			if ms.isAlive() && s.flushMembership(ms) {
				isAny = true
			}
		}
	}
	// group-messaging.finish.7
	for _, ms := range s.g.Memberships {
		if ms.agreement().Removed {
			ms.forgetRemoved()
		}
	}
	// group-messaging.finish.8
	for _, ms := range s.g.alive() {
		fits, lost := ms.boundWaiting(ms.Waiting)
		s.fit(ms, fits, lost)
	}
	// group-messaging.finish.9
	s.g.boundLog()
	// group-messaging.finish.11, 12
	s.tellStanding()
	s.arrangeEvents()
}

// putOff notes what an operation waits for that was not accepted.
func (s *step) putOff(err error) {
	if missing, ok := missingOf(err); ok {
		s.lacks(missing)
	}
}

// retires is group-messaging.finish.1.
func (s *step) retires(ms *membership) error {
	g := ms.agreement()
	view := g.view()
	others := slices.DeleteFunc(slices.Clone(view), func(m id) bool { return m == g.Me || g.Users[m] != s.m.Keys.User })
	if len(others) == 0 {
		return nil
	}
	made, ok := g.ownAddition()
	if !ok {
		made = g.Create.from()
	}
	if o, ok := ms.Broadcast.findOpen(made); ok {
		awaitsOther := func(m id) bool { return hasMember(view, m) && g.Users[m] != s.m.Keys.User }
		if slices.ContainsFunc(o.Awaited, awaitsOther) {
			return nil
		}
	}
	return s.removesEach(ms, others)
}

// removesLeavers is group-messaging.finish.2.
func (s *step) removesLeavers(ms *membership) error {
	g := ms.agreement()
	view := g.view()
	leaves := map[string]bool{}
	for member := range ms.Left {
		if hasMember(view, member) {
			leaves[g.Users[member]] = true
		}
	}
	if s.g.Leaves || len(leaves) == 0 {
		return nil
	}
	stays := slices.IndexFunc(view, func(m id) bool { return !leaves[g.Users[m]] })
	if stays < 0 || g.Users[view[stays]] != s.m.Keys.User {
		return nil
	}
	return s.removesEach(ms, slices.DeleteFunc(view, func(m id) bool { return !leaves[g.Users[m]] }))
}

// heals is group-messaging.finish.3.
func (s *step) heals(ms *membership) error {
	if !s.m.Heal || len(ms.Frontier) < 2 {
		return nil
	}
	view := ms.agreement().view()
	healer := view[0]
	for _, of := range ms.Frontier {
		if hasMember(view, of.Sender) {
			healer = of.Sender
			break
		}
	}
	if healer != ms.me() {
		return nil
	}
	return s.updates(ms)
}

// tellStanding is group-messaging.finish.11.
func (s *step) tellStanding() {
	before, after := s.before, s.g.standing()
	hasJoined := s.anew != nil && s.g.membership(*s.anew) != nil && s.g.membership(*s.anew).isAlive()
	hasLeft := before.me != nil && (after.me == nil || *after.me == valueOf(s.anew) && hasJoined)
	if hasLeft {
		s.tell(leftEvent{Group: s.g.ID})
		before = standing{}
	}
	if hasJoined {
		s.tell(joinedEvent{Group: s.g.ID})
	}
	if after.me == nil {
		return
	}
	if before.me != nil && *before.me != *after.me && !hasJoined {
		s.tell(memberChangedEvent{Group: s.g.ID, Member: *after.me})
	}
	for _, user := range after.users {
		if !slices.Contains(before.users, user) {
			s.tell(userAddedEvent{Group: s.g.ID, User: user})
		}
	}
	for _, user := range before.users {
		if !slices.Contains(after.users, user) {
			s.tell(userRemovedEvent{Group: s.g.ID, User: user})
		}
	}
}

func valueOf(member *id) id {
	if member == nil {
		return id{}
	}
	return *member
}

// row is the row of an event in the table of events.
func row(e event) int {
	switch e.(type) {
	case leftEvent:
		return 0
	case joinedEvent:
		return 1
	case memberChangedEvent:
		return 2
	case userAddedEvent:
		return 3
	case userRemovedEvent:
		return 4
	case messageEvent:
		return 5
	case messagesLostEvent:
		return 6
	case messageRefusedEvent:
		return 7
	case envelopeRefusedEvent:
		return 8
	case chainDiffersEvent:
		return 9
	case chainUncomparedEvent:
		return 10
	case leavingEvent:
		return 11
	default:
		return 12
	}
}

// arrangeEvents tells equal events once, in the order of the table.
func (s *step) arrangeEvents() {
	var arranged []event
	once := map[string]bool{}
	for _, e := range s.events {
		encoded := wire.Encode(e)
		if refused, ok := e.(envelopeRefusedEvent); ok {
			refused.User = nil
			encoded = wire.Encode(refused)
		}
		if !once[string(encoded)] {
			once[string(encoded)] = true
			arranged = append(arranged, e)
		}
	}
	slices.SortStableFunc(arranged, func(a, b event) int {
		if rowA, rowB := row(a), row(b); rowA != rowB || rowA == row(messageEvent{}) || rowA == row(envelopeRefusedEvent{}) {
			return rowA - rowB
		}
		return bytes.Compare(wire.Encode(a), wire.Encode(b))
	})
	s.events = arranged
}

// create is group-messaging.create.
func (m *messenger) create(users []string) (*step, error) {
	m.prepare()
	b := newBroadcast(m.Keys)
	seq, secret, err := b.create(users)
	if err != nil {
		return nil, err
	}
	g := newMessengerGroup(b.Agreement.ID)
	if _, ok := m.Groups[g.ID]; ok {
		return nil, verdict.Refuse(clauseNewGroup, "a group that we have")
	}
	s := m.step(g, false)
	ms := newMembership(b)
	ms.Application.beginOwn(seq, secret)
	ms.Frontier = []position{{ms.me(), seq}}
	g.Memberships = []*membership{ms}
	m.Groups[g.ID] = g
	me := ms.me()
	s.anew = &me
	s.finish()
	return s, nil
}

// acting has the first two steps of group-messaging.act.
func (m *messenger) acting(group id) (*step, *membership, error) {
	g, ms, err := m.speaking(group)
	if err != nil {
		return nil, nil, err
	}
	if g.Leaves {
		return nil, nil, verdict.Refuse(clauseLeaving, "leaving")
	}
	return m.step(g, false), ms, nil
}

// act is group-messaging.act.
func (m *messenger) act(group id, operation func(*step, *membership) error) (*step, error) {
	s, ms, err := m.acting(group)
	if err != nil {
		return nil, err
	}
	if err := operation(s, ms); err != nil {
		return nil, err
	}
	s.finish()
	return s, nil
}

func (m *messenger) add(group id, user string) (*step, error) {
	return m.act(group, func(s *step, ms *membership) error {
		return s.operate(ms, func(b *broadcast) (uint64, key, error) { return b.add(user) }, false)
	})
}

func (m *messenger) remove(group id, user string) (*step, error) {
	return m.act(group, func(s *step, ms *membership) error {
		g := ms.agreement()
		members := slices.DeleteFunc(g.view(), func(member id) bool { return g.Users[member] != user })
		if len(members) == 0 {
			return verdict.Refuse(clauseNoSuchUser, "no such user")
		}
		return s.removes(ms, members)
	})
}

func (m *messenger) update(group id) (*step, error) { return m.act(group, (*step).updates) }

// send is group-messaging.send, of a content that is made after the queue has been flushed.
func (m *messenger) send(group id, compose func(*membership) content, leaves bool) (*step, error) {
	s, ms, err := m.acting(group)
	if err != nil {
		return nil, err
	}
	// group-messaging.send.2
	s.flushMembership(ms)
	// group-messaging.send.3
	sealed, stated, err := ms.Application.seal(ms.Broadcast.signingSecretKey(), wire.Encode(compose(ms)))
	if err != nil {
		return nil, err
	}
	ms.Broadcast.write(stated)
	// group-messaging.send.4
	s.packets = append(s.packets, sealed)
	s.g.Leaves = leaves
	s.finish()
	return s, nil
}

func (m *messenger) sendData(group id, payload []byte) (*step, error) {
	if len(payload) > maximumData {
		return nil, verdict.Refuse(clauseAppPayload, "too long")
	}
	return m.send(group, func(*membership) content { return dataContent{Payload: payload} }, false)
}

func (m *messenger) sendNotes(group id) (*step, error) {
	return m.send(group, func(ms *membership) content { return notesContent{Notes: ms.Broadcast.notes()} }, false)
}

// leave is group-messaging.leave.
func (m *messenger) leave(group id) (*step, error) {
	return m.send(group, func(*membership) content { return leaveContent{} }, true)
}

// flush is group-messaging.flush.
func (m *messenger) flush(group id) (*step, error) {
	g, _, err := m.speaking(group)
	if err != nil {
		return nil, err
	}
	s := m.step(g, false)
	s.finish()
	return s, nil
}

// receive is group-messaging.receive.
func (m *messenger) receive(input []byte) (*step, error) {
	// group-messaging.receive.1
	p, err := parsePacket(input)
	if err != nil {
		return nil, err
	}
	g, hadGroup := m.Groups[p.group]
	if !hadGroup {
		g = newMessengerGroup(p.group)
		m.Groups[p.group] = g
	}
	s := m.step(g, true)
	// group-messaging.receive.2
	alive := g.alive()
	wasLogged := false
	if p.first != nil || len(alive) == 0 {
		wasLogged = g.log(m.Keys, p)
	}
	// group-messaging.receive.3, 4
	isAccepted, isIgnored := false, false
	var first error
	for _, ms := range alive {
		lacking, err := s.deliver(ms, p)
		if err == nil {
			s.lacks(lacking...)
		}
		isAccepted = isAccepted || err == nil
		isIgnored = isIgnored || errors.Is(err, verdict.Ignored{})
		if first == nil {
			first = err
		}
		if p.first != nil {
			s.tellRefused(ms.userOf(p.sender), p.first.from(), err)
		}
	}
	joined := s.candidates(p.digest)
	// group-messaging.receive.5
	if err := receiveVerdict(isAccepted, isIgnored, len(alive) > 0, wasLogged, first, joined); err != nil {
		return nil, err
	}
	// group-messaging.receive.6
	if len(g.Memberships) == 0 {
		if err := m.strangers(g, hadGroup); err != nil {
			return nil, err
		}
	}
	// group-messaging.receive.7
	s.lackCandidates()
	// group-messaging.receive.9
	s.finish()
	return s, nil
}

// receiveVerdict is group-messaging.receive.5.
func receiveVerdict(isAccepted, isIgnored, wasAlive, wasLogged bool, first error, joined joining) error {
	_, isWaiting := missingOf(joined.err)
	switch {
	case isAccepted || joined.wasTried && joined.err == nil:
		return nil
	case isIgnored:
		return verdict.Ignored{}
	case wasAlive:
		return first
	case joined.wasTried && !isWaiting:
		return joined.err
	case !joined.wasTried && wasLogged:
		return verdict.Ignored{}
	}
	return nil
}

// lackCandidates is what receive says of candidates, and of groups in which we never had a membership.
func (s *step) lackCandidates() {
	s.lacks(s.candidatesMissing()...)
	if len(s.g.Memberships) == 0 && len(s.missing) == 0 {
		s.lacks(verdict.Missing{"join": s.g.ID})
	}
}

// waitsForBundle tells whether a packet of the log does.
func (g *messengerGroup) waitsForBundle() (string, bool) {
	for _, l := range g.Log {
		if l.Bundle != "" && l.Makes != nil {
			return l.Bundle, true
		}
	}
	return "", false
}

// strangers is group-messaging.strangers.
func (m *messenger) strangers(g *messengerGroup, hadGroup bool) error {
	var others []id
	for _, group := range sortedMembers(m.Groups) {
		if group != g.ID && len(m.Groups[group].Memberships) == 0 {
			others = append(others, group)
		}
	}
	if hadGroup || len(others) < maximumStrangeLogs {
		return nil
	}
	bundle, ok := g.waitsForBundle()
	if !ok {
		return verdict.Refuse(clauseStrangers, "too many groups")
	}
	for _, group := range others {
		if _, waits := m.Groups[group].waitsForBundle(); !waits {
			delete(m.Groups, group)
			return nil
		}
	}
	return waitForBundle(bundle)
}

// retry is group-messaging.retry.
func (m *messenger) retry(group id) (*step, error) {
	g, ok := m.Groups[group]
	if !ok {
		return nil, verdict.Refuse(clauseNoSuchGroup, "no such group")
	}
	s := m.step(g, true)
	for _, ms := range g.alive() {
		s.lacks(s.retryMembership(ms)...)
	}
	s.candidates(key{})
	s.lackCandidates()
	s.finish()
	return s, nil
}
