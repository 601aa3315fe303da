package dcgka

import (
	"maps"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	maximumData         = maximumPayload - 16
	maximumStrangeLogs  = 64
	maximumTold         = 1024
	keptOwnBundles      = 2
	clauseContent       = "group-messaging.content"
	clauseMember        = "group-messaging.member"
	clauseStrangers     = "group-messaging.strangers"
	clauseWaitingLimit  = "group-messaging.held-limit"
	clauseNoSuchUser    = "group-messaging.no-such-user"
	clauseNoSuchGroup   = "group-messaging.no-such-group"
	clauseNewGroup      = "group-messaging.new-group"
	clauseLeaving       = "group-messaging.leaving"
	clauseForgetLeft    = "group-messaging.forget-left"
	clauseOwnIdentity   = "group-messaging.own-identity"
	restoredNumberBytes = 3
)

// A messenger has a user's keyring and groups (chapter "group-messaging").
type messenger struct {
	Keys        *keyring
	Delay, Heal bool
	Groups      map[id]*messengerGroup
}

type messengerGroup struct {
	ID          id
	Memberships []*membership
	Log         []logged
	// Additions are the digests of adds of our user that a membership has taken, by the member that each makes.
	Additions map[id]key
	// Told are the SHA-256 of the last messages opened.
	Told   []key
	Leaves bool
}

// A membership is one addition of our user to a group.
type membership struct {
	Broadcast   *broadcast
	Application *applications
	// Frontier are the creates, updates and removes that no other one known comes after, in ascending order.
	Frontier []position
	// Left has the place of the message by which a member has said that it leaves.
	Left    map[id]place
	Waiting []waitingMessage
}

// A place is that of an application message in those of its sender.
type place struct{ Seq, Index uint64 }

// A waitingMessage waits for the control message that begins its chain.
type waitingMessage struct {
	Message octet
	Begins  position
	Index   uint64
}

func (w waitingMessage) length() int { return len(w.Message) }

// A logged packet may be for a membership that is still to be made.
type logged struct {
	Packet octet
	Digest key
	Sender id
	// Makes is the member of our user that it would make.
	Makes *id
	Tried bool
	// Bundle is the user for whose bundle it waits, Bundles how many of that user had been taken in when it was tried.
	Bundle  string
	Bundles int
}

func (l logged) length() int { return len(l.Packet) }

func newMessenger(user string, seed key, delay, heal bool) *messenger {
	return &messenger{Keys: newKeyring(user, seed), Delay: delay, Heal: heal, Groups: map[id]*messengerGroup{}}
}

// Clone implements peer.State.
func (m *messenger) Clone() *messenger {
	c := *m
	c.Keys = m.Keys.clone()
	c.Groups = make(map[id]*messengerGroup, len(m.Groups))
	for group, g := range m.Groups {
		c.Groups[group] = g.clone(c.Keys)
	}
	return &c
}

func newMessengerGroup(group id) *messengerGroup {
	return &messengerGroup{ID: group, Additions: map[id]key{}}
}

func (g *messengerGroup) clone(keys *keyring) *messengerGroup {
	c := *g
	c.Memberships = make([]*membership, len(g.Memberships))
	for i, ms := range g.Memberships {
		c.Memberships[i] = ms.clone(keys)
	}
	c.Log = slices.Clone(g.Log)
	c.Additions = maps.Clone(g.Additions)
	c.Told = slices.Clone(g.Told)
	return &c
}

func newMembership(b *broadcast) *membership {
	return &membership{
		Broadcast:   b,
		Application: newApplications(b.keys.seed, b.Agreement.ID, b.Agreement.Me),
		Left:        map[id]place{},
	}
}

func (ms *membership) clone(keys *keyring) *membership {
	c := *ms
	c.Broadcast = ms.Broadcast.clone(keys)
	c.Application = ms.Application.Clone()
	c.Frontier = slices.Clone(ms.Frontier)
	c.Left = maps.Clone(ms.Left)
	c.Waiting = slices.Clone(ms.Waiting)
	return &c
}

func (ms *membership) agreement() *group { return ms.Broadcast.Agreement }
func (ms *membership) me() id            { return ms.agreement().Me }
func (ms *membership) isAlive() bool     { return ms.agreement().Joined && !ms.agreement().Removed }

// forgetRemoved is what a membership forgets that has been removed (group-messaging.finish.7).
func (ms *membership) forgetRemoved() {
	ms.Application.forgetKeys()
	ms.Frontier, ms.Left, ms.Waiting = nil, map[id]place{}, nil
}

// usersOf are the users of members, in ascending order.
func (g *group) usersOf(members []id) []string {
	var users []string
	for _, member := range members {
		users = append(users, g.Users[member])
	}
	slices.Sort(users)
	return slices.Compact(users)
}

// alive are the memberships that are alive, in their order.
func (g *messengerGroup) alive() []*membership {
	var alive []*membership
	for _, ms := range g.Memberships {
		if ms.isAlive() {
			alive = append(alive, ms)
		}
	}
	return alive
}

// speaking is the membership as which we speak; nil when there is none.
func (g *messengerGroup) speaking() *membership {
	if alive := g.alive(); len(alive) > 0 {
		return alive[0]
	}
	return nil
}

// membership is that of a member of ours; nil when there is none.
func (g *messengerGroup) membership(member id) *membership {
	for _, ms := range g.Memberships {
		if ms.me() == member {
			return ms
		}
	}
	return nil
}

// userOf is the user of a member, as far as the membership knows it.
func (ms *membership) userOf(member id) *string {
	if user, ok := ms.agreement().Users[member]; ok {
		return &user
	}
	return nil
}

// userOf is the user of a member, as far as a membership knows it.
func (g *messengerGroup) userOf(member id) *string {
	for _, ms := range g.Memberships {
		if user, ok := ms.agreement().Users[member]; ok {
			return &user
		}
	}
	return nil
}

// speaking is the membership as which we speak in a group.
func (m *messenger) speaking(group id) (*messengerGroup, *membership, error) {
	g, ok := m.Groups[group]
	if !ok || g.speaking() == nil {
		return nil, nil, verdict.Refuse(clauseMember, "no membership")
	}
	return g, g.speaking(), nil
}

// prepare is group-messaging.prepare.
func (m *messenger) prepare() {
	for len(m.Keys.SignedPrekeys) > 0 && len(m.Keys.Contacts[m.Keys.User].Bundles) < keptOwnBundles {
		prepared := m.Keys.clone()
		bundle, err := prepared.publish()
		if err != nil {
			return
		}
		if _, err := prepared.learn(bundle, 0); err != nil {
			return
		}
		*m.Keys = *prepared
	}
}

// learn is group-messaging.learn.
func (m *messenger) learn(input []byte, now uint64) error {
	bundle, err := m.Keys.learn(input, now)
	if err != nil {
		return err
	}
	isOurs := bundle.SigningKey == m.Keys.signingKey() && bundle.AgreementKey == m.Keys.agreementKey()
	if bundle.User == m.Keys.User && !isOurs {
		return verdict.Refuse(clauseOwnIdentity, "not our keys")
	}
	return nil
}

// notes is group-messaging.notes.
func (m *messenger) notes(group id) (notesContent, error) {
	_, ms, err := m.speaking(group)
	if err != nil {
		return notesContent{}, err
	}
	return notesContent{Notes: ms.Broadcast.notes()}, nil
}

// check is group-messaging.check.
func (m *messenger) check(group id, input []byte) (differ, behind []id, err error) {
	theirs, err := wire.Decode[notesContent](input)
	if err != nil {
		return nil, nil, err
	}
	_, ms, err := m.speaking(group)
	if err != nil {
		return nil, nil, err
	}
	differ, behind = ms.Broadcast.compareNotes(theirs.Notes)
	return differ, behind, nil
}

// forget is group-messaging.forget.
func (m *messenger) forget(group id) error {
	if g, ok := m.Groups[group]; ok && len(g.alive()) > 0 && !g.Leaves {
		return verdict.Refuse(clauseForgetLeft, "a member, and not leaving")
	}
	delete(m.Groups, group)
	return nil
}

// forgetHeld is group-messaging.forget-held.
func (m *messenger) forgetHeld(group id) {
	g, ok := m.Groups[group]
	if !ok {
		return
	}
	for _, ms := range g.Memberships {
		ms.Broadcast.Held, ms.Waiting = nil, nil
	}
}

// restore is group-messaging.restore.
func (m *messenger) restore() []event {
	var events []event
	// group-messaging.restore.1, 4
	for _, group := range sortedMembers(m.Groups) {
		g := m.Groups[group]
		if len(g.Memberships) == 0 {
			delete(m.Groups, group)
			continue
		}
		alive := g.alive()
		if len(alive) > 0 {
			events = append(events, leftEvent{Group: group})
		}
		for _, ms := range alive {
			ms.agreement().leave()
			ms.Broadcast.retry(&receipt{})
			ms.forgetRemoved()
		}
		g.Log, g.Additions, g.Leaves = nil, map[id]key{}, false
	}
	// group-messaging.restore.2, 3
	m.Keys.SignedPrekeys, m.Keys.OneTimePrekeys = nil, nil
	skipped := uint64(0)
	for _, b := range m.Keys.drawBytes(restoredNumberBytes, "restore/%d", m.Keys.NextPrekeyID) {
		skipped = skipped<<8 | uint64(b)
	}
	m.Keys.NextPrekeyID += 1 + skipped
	m.Keys.dropBundles(func(keyBundle) bool { return true })
	return events
}

// log is group-messaging.log. It tells whether the log had the packet before.
func (g *messengerGroup) log(keys *keyring, p parsedPacket) bool {
	// group-messaging.log.1
	if slices.ContainsFunc(g.Log, func(l logged) bool { return l.Digest == p.digest }) {
		return true
	}
	g.Log = append(g.Log, logged{Packet: p.bytes, Digest: p.digest, Sender: p.sender, Makes: p.makes(keys.User)})
	// group-messaging.log.2
	g.boundLog()
	return false
}

// boundLog is group-messaging.log.2.
func (g *messengerGroup) boundLog() {
	shareOf, r := func(id) share { return share{} }, roomForLog
	if speaking := g.speaking(); speaking != nil {
		shareOf = speaking.Broadcast.sharing(speaking.Broadcast.Held)
	} else {
		r.strangers = r.all
	}
	sharing := func([]logged) func(logged) share {
		return func(l logged) share { return shareOf(l.Sender) }
	}
	g.Log, _ = bound(r, g.Log, sharing, func(all []logged, is func(logged) bool) int {
		if at := slices.IndexFunc(all, func(l logged) bool { return l.Makes == nil && is(l) }); at >= 0 {
			return at
		}
		return slices.IndexFunc(all, is)
	})
}

// A parsedPacket is a packet with its bytes.
type parsedPacket struct {
	bytes         []byte
	digest        key // SHA-256
	group, sender id
	first         controlMessage // nil of an application message
}

func parsePacket(input []byte) (parsedPacket, error) {
	decoded, err := wire.Decode[packet](input)
	if err != nil {
		return parsedPacket{}, err
	}
	p := parsedPacket{bytes: input, digest: primitives.SHA256(input)}
	switch decoded := decoded.(type) {
	case envelope:
		p.first = decoded.Items[0].Control
		p.group, p.sender = p.first.inGroup(), p.first.from().Sender
	case applicationMessage:
		p.group, p.sender = decoded.Group, decoded.Sender
	}
	return p, nil
}

// makes is the member of our user that the first message of a packet makes.
func (p parsedPacket) makes(user string) *id {
	var made id
	switch message := p.first.(type) {
	case createControl:
		if !slices.Contains(message.Users, user) {
			return nil
		}
		made = memberIdentifier(message.Group, user, nil, 0)
	case addControl:
		if message.User != user {
			return nil
		}
		made = message.added()
	default:
		return nil
	}
	return &made
}
