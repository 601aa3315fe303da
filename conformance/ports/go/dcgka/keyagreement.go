package dcgka

import (
	"bytes"
	"maps"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	maximumUsers = 1024

	clauseRecipients     = "key-agreement.recipients"
	clauseCommitment     = "key-agreement.commitment"
	clauseSecretLength   = "key-agreement.secret-length"
	clauseWelcomeHistory = "key-agreement.welcome-history"
	clauseWelcomeSeen    = "key-agreement.welcome-seen"
	clauseAddHistory     = "key-agreement.add-history"
	clauseGroupID        = "key-agreement.group-id"
)

// A group is the state of key agreement. The keyring, which it shares with the user's other groups, is given to what
// needs it.
type group struct {
	ID, Me          id
	Joined, Removed bool
	// Create has what a welcome says of the create.
	Create  welcomeCreate
	Users   map[id]string
	History *history
	// Digests are those of the changes in the history.
	Digests []key
	// Seen has the number of the last message processed; for ourselves of the last one made.
	Seen     map[id]uint64
	Updates  []awaitedUpdate
	Ratchets map[id]key
	Secrets  map[secretName]key
	Channels map[id]*channel
}

// An awaitedUpdate is one whose acknowledgements are not all there.
type awaitedUpdate struct {
	Update  position
	Awaited []id
	// Known is what its sender knew.
	Known knowledge
}

// A secretName names the member secret of a member for a message.
type secretName struct {
	Message position
	Member  id
}

// MarshalText implements encoding.TextMarshaler.
func (n secretName) MarshalText() ([]byte, error) {
	return []byte(n.Message.String() + " " + n.Member.String()), nil
}

// outgoing is a control message for everybody, with direct messages by recipient.
type outgoing struct {
	message controlMessage
	control []byte
	directs map[id]octet
}

// outcome is what processing a control message gives.
type outcome struct {
	response, rekey         *outgoing
	senderSecret, ownSecret *key
	removed                 bool
	attachment              *octet
	confirmation            *key
}

// incoming is a control message that has come, with direct messages.
type incoming struct {
	message    controlMessage
	control    []byte
	recipients []id
	// direct is the direct message for us, nil if there is none.
	direct []byte
	// confirm gives the confirmation that goes with our add-ack with a number; nil when the layer above gives none.
	confirm func(seq uint64) key
}

// isFor tells whether direct messages came for exactly these members, who ascend. The one for us is there if we are one.
func (in incoming) isFor(members []id, me id) bool {
	came := slices.Clone(in.recipients)
	slices.SortFunc(came, id.Compare)
	return slices.Equal(came, members) && hasMember(came, me) == (in.direct != nil)
}

func newGroup() *group {
	return &group{
		Users:    map[id]string{},
		History:  newHistory(),
		Seen:     map[id]uint64{},
		Ratchets: map[id]key{},
		Secrets:  map[secretName]key{},
		Channels: map[id]*channel{},
	}
}

func (g *group) clone() *group {
	c := *g
	c.Users = maps.Clone(g.Users)
	c.History = g.History.clone()
	c.Digests = slices.Clone(g.Digests)
	c.Seen = maps.Clone(g.Seen)
	c.Updates = slices.Clone(g.Updates)
	c.Ratchets = maps.Clone(g.Ratchets)
	c.Secrets = maps.Clone(g.Secrets)
	c.Channels = make(map[id]*channel, len(g.Channels))
	for member, one := range g.Channels {
		c.Channels[member] = one.clone()
	}
	return &c
}

func hasMember(members []id, member id) bool {
	_, ok := slices.BinarySearchFunc(members, member, id.Compare)
	return ok
}

// without are the members of a list that are in none of the others.
func without(members []id, others ...id) []id {
	return slices.DeleteFunc(slices.Clone(members), func(m id) bool { return slices.Contains(others, m) })
}

// withMember is an ascending list with one more member.
func withMember(members []id, member id) []id {
	at, ok := slices.BinarySearchFunc(members, member, id.Compare)
	if ok {
		return members
	}
	return slices.Insert(slices.Clone(members), at, member)
}

// view is our view: the members after everything in the history.
func (g *group) view() []id { return g.History.members(g.History.all()) }

// hasUser tells whether one of the members is of a user.
func (g *group) hasUser(members []id, user string) bool {
	return slices.ContainsFunc(members, func(m id) bool { return g.Users[m] == user })
}

func commitmentTo(secret []byte, group id, message position) key {
	return primitives.Derive(nil, secret, wire.CBOR("conclave/1 commitment", group[:], message.Sender[:], message.Seq))
}

// heads are the digests of those known changes that are before no other known one, ascending.
func (g *group) heads(known knowledge) []key {
	var covered knowledge
	var heads []key
	for at := int(known.Length) - 1; at >= 0; at-- {
		if known.has(at) && !covered.has(at) {
			heads = append(heads, g.Digests[at])
			covered = covered.and(g.History.asOf(at))
		}
	}
	slices.SortFunc(heads, func(a, b key) int { return bytes.Compare(a[:], b[:]) })
	return heads
}

// historyDigest is the digest of what is known of the history.
func (g *group) historyDigest(known knowledge) key {
	elements := []any{"conclave/1 history"}
	for _, head := range g.heads(known) {
		elements = append(elements, head[:])
	}
	return primitives.SHA256(wire.CBOR(elements...))
}

// record appends an operation; of a change it keeps the digest.
func (g *group) record(o operation) error {
	if err := g.History.append(o); err != nil {
		return err
	}
	if at := len(g.History.Changes) - 1; at == len(g.Digests) {
		g.digestChange(at)
	}
	return nil
}

// digestChange computes the digest of the change at the position after those that have one.
func (g *group) digestChange(at int) {
	recorded := g.History.Changes[at]
	heads := wire.Fields(g.heads(knowledge{uint64(at), recorded.Unknown}))
	digest := primitives.SHA256(wire.CBOR("conclave/1 change", g.ID[:], wire.Encode(recorded.Change), heads))
	g.Digests = append(g.Digests, digest)
}

// recordCreate records a create and its users.
func (g *group) recordCreate(c welcomeCreate) error {
	g.Create = c
	return g.record(createOperation{Sender: c.Sender, Seq: c.Seq, Members: g.nameUsers(c)})
}

// nameUsers notes the users of a create, and gives their members in ascending order.
func (g *group) nameUsers(c welcomeCreate) []id {
	members := make([]id, len(c.Users))
	for i, user := range c.Users {
		members[i] = memberIdentifier(g.ID, user, nil, 0)
		g.Users[members[i]] = user
	}
	slices.SortFunc(members, id.Compare)
	return members
}

// next is the name of our next message, which is counted.
func (g *group) next() position {
	g.Seen[g.Me]++
	return position{g.Me, g.Seen[g.Me]}
}

func (g *group) channel(member id) *channel {
	c, ok := g.Channels[member]
	if !ok {
		c = newChannel(g.ID, g.Me, member, g.Users[member])
		g.Channels[member] = c
	}
	return c
}

// make makes a control message with direct messages of one payload.
func (g *group) make(k *keyring, message controlMessage, payload []byte, recipients []id) (*outgoing, error) {
	out := &outgoing{message: message, control: wire.Encode(message), directs: map[id]octet{}}
	for _, member := range recipients {
		direct, err := g.channel(member).send(k, payload, out.control, message.from().Seq)
		if err != nil {
			return nil, err
		}
		out.directs[member] = direct
	}
	return out, nil
}

// feed does one step of a member's ratchet, and gives its update secret.
func (g *group) feed(member id, input []byte) *key {
	updateSecret, next := ratchetStep(g.Ratchets[member], input, g.ID, member)
	g.Ratchets[member] = next
	return &updateSecret
}

// takeSecret takes the member secret that is kept for a message, and deletes it.
func (g *group) takeSecret(message position, member id) (key, bool) {
	name := secretName{message, member}
	secret, ok := g.Secrets[name]
	delete(g.Secrets, name)
	return secret, ok
}

// create is key-agreement.create. It gives our new update secret too.
func (g *group) create(k *keyring, others []string) (*outgoing, *key, error) {
	if g.Joined {
		return nil, nil, verdict.Refuse("key-agreement.joined-once", "joined already")
	}
	sorted := slices.Sorted(slices.Values(others))
	users := slices.Concat([]string{k.User}, slices.Compact(sorted))
	if len(users) != len(others)+1 || slices.Contains(others, k.User) || len(users) > maximumUsers {
		return nil, nil, verdict.Refuse("key-agreement.create-users", "not each user once")
	}
	c := welcomeCreate{Seq: 1, Users: users, SigningKey: k.signingKey(), Nonce: groupNonce(k.drawBytes(16, "group"))}
	g.ID = groupIdentifier(c.SigningKey, c.Users, c.Nonce)
	g.Me = memberIdentifier(g.ID, k.User, nil, 0)
	g.Joined = true
	c.Sender = g.Me
	g.next()
	return g.sendSeed(k, c.Seq, func(commitment key) (controlMessage, error) {
		return createControl{
			Group: g.ID, Sender: c.Sender, Seq: c.Seq, Users: c.Users, SigningKey: c.SigningKey, Nonce: c.Nonce,
			Commitment: commitment,
		}, g.recordCreate(c)
	})
}

// update is key-agreement.update.
func (g *group) update(k *keyring) (*outgoing, *key, error) {
	if err := g.act(); err != nil {
		return nil, nil, err
	}
	return g.sendUpdate(k)
}

func (g *group) sendUpdate(k *keyring) (*outgoing, *key, error) {
	message := g.next()
	return g.sendSeed(k, message.Seq, func(commitment key) (controlMessage, error) {
		return updateControl{Group: g.ID, Sender: g.Me, Seq: message.Seq, Commitment: commitment}, nil
	})
}

// remove is key-agreement.remove.
func (g *group) remove(k *keyring, member id) (*outgoing, *key, error) {
	if err := g.act(); err != nil {
		return nil, nil, err
	}
	if member == g.Me {
		return nil, nil, verdict.Refuse("key-agreement.remove-other", "ourselves")
	}
	if !hasMember(g.view(), member) {
		return nil, nil, verdict.Refuse("key-agreement.remove-member", "no member")
	}
	message := g.next()
	return g.sendSeed(k, message.Seq, func(commitment key) (controlMessage, error) {
		return removeControl{Group: g.ID, Sender: g.Me, Seq: message.Seq, Member: member, Commitment: commitment},
			g.record(removeOperation{Sender: g.Me, Seq: message.Seq, Member: member})
	})
}

// add is key-agreement.add.
func (g *group) add(k *keyring, user string, attached []byte) (*outgoing, *key, error) {
	if err := g.act(); err != nil {
		return nil, nil, err
	}
	if g.hasUser(g.view(), user) {
		return nil, nil, verdict.Refuse("key-agreement.add-new", "a member already")
	}
	message := g.next()
	added := memberIdentifier(g.ID, user, &g.Me, message.Seq)
	ratchet := g.Ratchets[g.Me]
	secret, _ := ratchetStep(ratchet, welcomeInput, g.ID, g.Me)
	control := addControl{
		Group: g.ID, Sender: g.Me, Seq: message.Seq, User: user,
		History:    g.historyDigest(g.History.Known[g.Me]),
		Commitment: commitmentTo(secret[:], g.ID, message),
	}
	if err := g.record(addOperation{Sender: g.Me, Seq: message.Seq, Member: added}); err != nil {
		return nil, nil, err
	}
	g.Users[added] = user
	out, err := g.make(k, control, wire.Encode(g.makeWelcome(ratchet, attached)), []id{added})
	if err != nil {
		return nil, nil, err
	}
	updateSecret, err := g.takeAddition(control, added)
	return out, updateSecret, err
}

// makeWelcome is key-agreement.make-welcome; the add is the last change of the history.
func (g *group) makeWelcome(ratchet key, attached []byte) welcome {
	w := welcome{Known: map[id]knowledge{}, Seen: g.Seen, Ratchet: ratchet, Attachment: attached}
	for _, recorded := range g.History.Changes {
		var c welcomeChange
		switch recorded := recorded.Change.(type) {
		case createOperation:
			c = g.Create
		case removeOperation:
			c = recorded
		case addOperation:
			c = welcomeAdd{Sender: recorded.Sender, Seq: recorded.Seq, User: g.Users[recorded.Member]}
		}
		w.Changes = append(w.Changes, welcomeEntry{c, recorded.Unknown})
	}
	for member := range g.Seen {
		known, ok := g.History.Known[member]
		if ok && member != g.Me && len(known.missing(len(w.Changes)-1)) > 0 {
			w.Known[member] = known
		}
	}
	return w
}

// act is key-agreement.act.
func (g *group) act() error {
	if !g.Joined {
		return verdict.Refuse("key-agreement.joined", "no member")
	}
	if g.Removed {
		return verdict.Refuse("key-agreement.removed", "removed")
	}
	return nil
}

// sendSeed is key-agreement.send-seed; `finish` makes the message with its commitment, and records it.
func (g *group) sendSeed(k *keyring, seq uint64, finish func(key) (controlMessage, error)) (*outgoing, *key, error) {
	// key-agreement.send-seed.1
	seed := k.draw("seed/%s/%d", g.Me, seq)
	// key-agreement.send-seed.2
	message, err := finish(commitmentTo(seed[:], g.ID, position{g.Me, seq}))
	if err != nil {
		return nil, nil, err
	}
	// key-agreement.send-seed.3
	out, err := g.make(k, message, seed[:], without(g.view(), g.Me))
	if err != nil {
		return nil, nil, err
	}
	if _, ok := message.(updateControl); ok {
		g.await(message)
	}
	// key-agreement.send-seed.4
	return out, g.takeSeed(message.from(), seed), nil
}

// takeSeed is key-agreement.take-seed.
func (g *group) takeSeed(message position, seed key) *key {
	for _, member := range without(g.History.view(message.Sender), message.Sender) {
		g.Secrets[secretName{message, member}] = memberSecret(seed, g.ID, message, member)
	}
	secret := memberSecret(seed, g.ID, message, message.Sender)
	return g.feed(message.Sender, secret[:])
}

// takeAddition is key-agreement.take-addition.
func (g *group) takeAddition(message addControl, added id) (*key, error) {
	secret := g.feed(message.Sender, welcomeInput)
	g.Secrets[secretName{message.from(), added}] = *secret
	if commitmentTo(secret[:], g.ID, message.from()) != message.Commitment {
		return nil, verdict.Refuse(clauseCommitment, "another secret")
	}
	return g.feed(message.Sender, addInput), nil
}

// added is the member that an add makes.
func (c addControl) added() id {
	return memberIdentifier(c.Group, c.User, &c.Sender, c.Seq)
}

// process is key-agreement.process, after the message has been decoded.
func (g *group) process(k *keyring, in incoming) (outcome, error) {
	message := in.message
	// key-agreement.process.2
	if !g.Joined {
		switch message := message.(type) {
		case createControl:
			return g.processCreate(k, message, in)
		case addControl:
			if message.User == k.User {
				return g.processWelcome(k, message, in)
			}
		}
		return outcome{}, verdict.Wait("join", message.inGroup())
	}
	// key-agreement.process.3 to 8
	if err := g.checkOrder(message, g.Seen[message.from().Sender]); err != nil {
		return outcome{}, err
	}
	// key-agreement.process.9
	from := message.from()
	switch message := message.(type) {
	case createControl:
		return outcome{}, verdict.Refuse("key-agreement.joined-once", "joined already")
	case removeControl:
		if message.Member == from.Sender {
			return outcome{}, verdict.Refuse("key-agreement.remove-other", "itself")
		}
	}
	// key-agreement.process.10
	previous := g.History.Known[from.Sender]
	if err := g.recordMessage(message); err != nil {
		return outcome{}, err
	}
	if !hasMember(g.History.view(from.Sender), from.Sender) || g.Seen[from.Sender] == 0 && !g.isFirst(message) {
		return outcome{}, verdict.Refuse("key-agreement.sender-member", "no member")
	}
	// key-agreement.process.11
	if err := g.check(message, previous); err != nil {
		return outcome{}, err
	}
	// key-agreement.process.12
	if err := g.checkRecipients(message, in); err != nil {
		return outcome{}, err
	}
	// key-agreement.process.13
	g.Seen[from.Sender] = from.Seq
	g.await(message)
	if ack, ok := message.(acknowledgement); ok && ack.of().Sender == g.Me {
		if c, ok := g.Channels[from.Sender]; ok {
			c.processed(ack.of().Seq)
		}
	}
	if !hasMember(g.view(), g.Me) {
		g.leave()
		return outcome{removed: true}, nil
	}
	// key-agreement.process.14
	switch message := message.(type) {
	case updateControl:
		return g.processSeed(k, message, message.Commitment, in)
	case removeControl:
		return g.processSeed(k, message, message.Commitment, in)
	case addControl:
		return g.processAdd(k, message, in)
	case addAckControl:
		return g.processAddAck(k, message, in)
	case ackControl:
		return g.processAck(k, message, nil, in)
	case forwardControl:
		return g.processAck(k, message, &message.Commitment, in)
	}
	return outcome{}, nil
}

// checkOrder has the steps 3 to 8 of key-agreement.process; `seen` is the number of the last message seen of the sender.
func (g *group) checkOrder(message controlMessage, seen uint64) error {
	from := message.from()
	switch {
	case message.inGroup() != g.ID:
		return verdict.Refuse("key-agreement.group", "another group")
	case g.Removed:
		return verdict.Refuse("key-agreement.removed", "removed")
	case from.Seq <= seen:
		return verdict.Ignored{}
	case from.Sender == g.Me:
		return verdict.Refuse("key-agreement.own-message", "in our name")
	case from.Seq > seen+1:
		return waitForMessage(position{from.Sender, seen + 1})
	}
	ack, ok := message.(acknowledgement)
	if !ok || ack.of().Sender == from.Sender || g.Seen[ack.of().Sender] >= ack.of().Seq {
		return nil
	}
	if ack.of().Sender == g.Me {
		return verdict.Refuse("key-agreement.ack-unsent", "not sent")
	}
	return waitForMessage(ack.of())
}

func waitForMessage(message position) error { return verdict.Wait("message", message) }

// recordMessage records what a message is as an operation, if it is one.
func (g *group) recordMessage(message controlMessage) error {
	from := message.from()
	switch message := message.(type) {
	case removeControl:
		return g.record(removeOperation{Sender: from.Sender, Seq: from.Seq, Member: message.Member})
	case addControl:
		g.Users[message.added()] = message.User
		return g.record(addOperation{Sender: from.Sender, Seq: from.Seq, Member: message.added()})
	case acknowledgement:
		return g.recordAck(from, message.of())
	}
	return nil
}

// recordAck records an acknowledgement, if it is of a create, remove or add.
func (g *group) recordAck(from, of position) error {
	if _, ok := g.History.find(of); !ok {
		return nil
	}
	return g.record(ackOperation{Sender: from.Sender, Seq: from.Seq, OfSender: of.Sender, OfSeq: of.Seq})
}

// isFirst tells whether a message is the ack of the create or add that brought its sender in.
func (g *group) isFirst(message controlMessage) bool {
	if _, ok := message.(addAckControl); ok {
		return false
	}
	ack, ok := message.(acknowledgement)
	return ok && g.broughtIn(ack.of(), message.from().Sender)
}

// broughtIn tells whether a change brought a member in.
func (g *group) broughtIn(by position, member id) bool {
	at, ok := g.History.find(by)
	if !ok {
		return false
	}
	switch c := g.History.Changes[at].Change.(type) {
	case createOperation:
		return slices.Contains(c.Members, member)
	case addOperation:
		return c.Member == member
	}
	return false
}

// check is check-remove, check-add or check-ack; `previous` is what the sender knew as of the message before.
func (g *group) check(message controlMessage, previous knowledge) error {
	switch message := message.(type) {
	case removeControl:
		if !hasMember(g.History.members(previous), message.Member) {
			return verdict.Refuse("key-agreement.remove-member", "no member")
		}
	case addControl:
		if g.hasUser(g.History.members(previous), message.User) {
			return verdict.Refuse("key-agreement.add-new", "a member already")
		}
		if g.historyDigest(previous) != message.History {
			return verdict.Refuse(clauseAddHistory, "another history")
		}
	case acknowledgement:
		return g.checkAck(message, previous)
	}
	return nil
}

// checkAck is key-agreement.check-ack.
func (g *group) checkAck(message acknowledgement, previous knowledge) error {
	from, of := message.from(), message.of()
	// key-agreement.check-ack.1
	if of.Sender == from.Sender {
		return verdict.Refuse("key-agreement.ack-other", "its own")
	}
	_, isAddAck := message.(addAckControl)
	at, inHistory := g.History.find(of)
	// key-agreement.check-ack.2, 3
	isOfAdd := false
	if inHistory {
		added, isAdd := g.History.Changes[at].Change.(addOperation)
		isOfAdd = isAdd && added.Member != from.Sender
	}
	if isAddAck != isOfAdd {
		return verdict.Refuse("key-agreement.ack-kind", "another kind")
	}
	// key-agreement.check-ack.4
	if inHistory && previous.has(at) {
		return verdict.Refuse("key-agreement.ack-once", "acknowledged already")
	}
	// key-agreement.check-ack.5
	update, isKept := g.findUpdate(of)
	isToCome := isKept && hasMember(update.Awaited, from.Sender)
	if !inHistory && !isToCome && hasMember(g.History.view(from.Sender), g.Me) {
		return verdict.Refuse("key-agreement.ack-once", "not to come")
	}
	// key-agreement.check-ack.6
	isEarlier := func(u awaitedUpdate) bool {
		return u.Update.Sender == of.Sender && u.Update.Seq < of.Seq && hasMember(u.Awaited, from.Sender)
	}
	if slices.ContainsFunc(g.Updates, isEarlier) {
		return verdict.Refuse("key-agreement.ack-complete", "an update before")
	}
	// key-agreement.check-ack.7
	var before knowledge
	switch {
	case g.Seen[from.Sender] == 0:
		return nil
	case inHistory:
		before = knowledge{uint64(at), g.History.Changes[at].Unknown}
	case isKept:
		before = update.Known
	}
	for _, missing := range previous.missing(int(before.Length)) {
		if before.has(int(missing)) {
			return verdict.Refuse("key-agreement.ack-complete", "a change before")
		}
	}
	return nil
}

func (g *group) findUpdate(message position) (awaitedUpdate, bool) {
	for _, u := range g.Updates {
		if u.Update == message {
			return u, true
		}
	}
	return awaitedUpdate{}, false
}

// checkRecipients is key-agreement.check-recipients.
func (g *group) checkRecipients(message controlMessage, in incoming) error {
	sender := message.from().Sender
	view := g.History.view(sender)
	var expected []id
	isExpected := true
	switch message := message.(type) {
	case createControl, updateControl, removeControl:
		expected = without(view, sender)
	case addControl:
		expected = []id{message.added()}
	case addAckControl:
		at, _ := g.History.find(message.of())
		if added := g.History.Changes[at].Change.(addOperation).Member; hasMember(view, added) {
			expected = []id{added}
		}
	case acknowledgement:
		known, isKept := g.knownTo(message.of())
		if acknowledged := g.History.members(known); hasMember(acknowledged, sender) {
			expected = without(without(view, sender), acknowledged...)
		}
		isExpected = isKept
	}
	if isExpected && !in.isFor(expected, g.Me) || !isExpected && slices.Contains(in.recipients, g.Me) {
		return verdict.Refuse(clauseRecipients, "other recipients")
	}
	// key-agreement.check-recipients.6
	brings := len(in.recipients) > 0
	commits := brings
	switch message := message.(type) {
	case ackControl:
		commits = false
	case forwardControl:
		commits = true
	case addAckControl:
		commits = message.Commitment != nil
	}
	if brings != commits {
		return verdict.Refuse(clauseCommitment, "no commitment, or nothing that it is to")
	}
	return nil
}

// knownTo is what the sender of a message knew as of it. It is false for what is neither in the history nor an update
// that is kept.
func (g *group) knownTo(message position) (knowledge, bool) {
	if at, ok := g.History.find(message); ok {
		return g.History.asOf(at), true
	}
	update, ok := g.findUpdate(message)
	return update.Known, ok
}

// await is key-agreement.await.
func (g *group) await(message controlMessage) {
	from := message.from()
	switch message := message.(type) {
	case updateControl:
		known := g.History.Known[from.Sender]
		awaited := g.awaitedOf(from.Sender, known)
		if awaited = without(awaited, from.Sender, g.Me); len(awaited) > 0 {
			g.Updates = append(g.Updates, awaitedUpdate{from, awaited, known})
		}
	case addControl:
		for i, u := range g.Updates {
			if hasMember(u.Awaited, from.Sender) {
				g.Updates[i].Awaited = withMember(u.Awaited, message.added())
			}
		}
	case acknowledgement:
		for i, u := range g.Updates {
			if u.Update == message.of() {
				g.Updates[i].Awaited = without(u.Awaited, from.Sender)
			}
		}
		g.Updates = slices.DeleteFunc(g.Updates, func(u awaitedUpdate) bool { return len(u.Awaited) == 0 })
	}
}

// awaitedOf are the members of the view of a sender who knows this, and those brought in by an add in the history that it
// does not know.
func (g *group) awaitedOf(sender id, known knowledge) []id {
	awaited := g.History.members(known)
	for _, at := range known.missing(len(g.History.Changes)) {
		if added, ok := g.History.Changes[at].Change.(addOperation); ok {
			awaited = withMember(awaited, added.Member)
		}
	}
	return without(awaited, sender)
}

// leave is key-agreement.leave.
func (g *group) leave() {
	g.Removed = true
	g.Ratchets, g.Secrets, g.Channels = map[id]key{}, map[secretName]key{}, map[id]*channel{}
}

// checkCreate is key-agreement.check-create.
func checkCreate(group id, c welcomeCreate) error {
	for i, user := range c.Users[1:] {
		if user == c.Users[0] || i > 0 && user <= c.Users[i] {
			return verdict.Refuse("key-agreement.create-users", "not in order")
		}
	}
	if groupIdentifier(c.SigningKey, c.Users, c.Nonce) != group {
		return verdict.Refuse(clauseGroupID, "another group")
	}
	if c.Seq != 1 || c.Sender != memberIdentifier(group, c.Users[0], nil, 0) {
		return verdict.Refuse("key-agreement.create-sender", "another sender")
	}
	return nil
}

// processCreate is key-agreement.process-create.
func (g *group) processCreate(k *keyring, message createControl, in incoming) (outcome, error) {
	c := welcomeCreate{
		Sender: message.Sender, Seq: message.Seq, Users: message.Users, SigningKey: message.SigningKey, Nonce: message.Nonce,
	}
	if err := checkCreate(message.Group, c); err != nil {
		return outcome{}, err
	}
	if c.Users[0] == k.User {
		return outcome{}, verdict.Refuse("key-agreement.own-message", "in our name")
	}
	if !slices.Contains(c.Users, k.User) {
		return outcome{}, verdict.Wait("join", message.Group)
	}
	creator, ok := k.Contacts[c.Users[0]]
	if !ok {
		return outcome{}, waitForBundle(c.Users[0])
	}
	if creator.SigningKey != c.SigningKey {
		return outcome{}, verdict.Refuse(clauseGroupID, "another signing key")
	}
	g.ID, g.Me, g.Joined = message.Group, memberIdentifier(message.Group, k.User, nil, 0), true
	if err := g.recordCreate(c); err != nil {
		return outcome{}, err
	}
	if err := g.checkRecipients(message, in); err != nil {
		return outcome{}, err
	}
	g.Seen[message.Sender] = message.Seq
	return g.processSeed(k, message, message.Commitment, in)
}

// receive opens the direct message for us. A payload of another length is refused.
func (g *group) receive(k *keyring, in incoming, length int) ([]byte, error) {
	payload, err := g.channel(in.message.from().Sender).receive(k, in.direct, in.control)
	if err != nil {
		return nil, err
	}
	if len(payload) != length {
		return nil, verdict.Refuse(clauseSecretLength, "another length")
	}
	return payload, nil
}

// processSeed is key-agreement.process-seed.
func (g *group) processSeed(k *keyring, message controlMessage, commitment key, in incoming) (outcome, error) {
	from := message.from()
	known := g.History.Known[from.Sender]
	// key-agreement.process-seed.1
	if in.direct == nil {
		response, _, err := g.acknowledge(k, from, known, nil)
		if err != nil {
			return outcome{}, err
		}
		rekey, ownSecret, err := g.sendUpdate(k)
		return outcome{response: response, rekey: rekey, ownSecret: ownSecret}, err
	}
	// key-agreement.process-seed.2
	payload, err := g.receive(k, in, 32)
	if err != nil {
		return outcome{}, err
	}
	// key-agreement.process-seed.3
	if commitmentTo(payload, g.ID, from) != commitment {
		return outcome{}, verdict.Refuse(clauseCommitment, "another seed")
	}
	// key-agreement.process-seed.4, 5
	senderSecret := g.takeSeed(from, key(payload))
	own, _ := g.takeSecret(from, g.Me)
	response, ownSecret, err := g.acknowledge(k, from, known, &own)
	return outcome{response: response, senderSecret: senderSecret, ownSecret: ownSecret}, err
}

// acknowledge is key-agreement.acknowledge; `known` is what the sender of the message knew as of it. It gives our new
// update secret too, if we have a secret.
func (g *group) acknowledge(k *keyring, of position, known knowledge, secret *key) (*outgoing, *key, error) {
	// key-agreement.acknowledge.1
	from := g.next()
	if err := g.recordAck(from, of); err != nil {
		return nil, nil, err
	}
	// key-agreement.acknowledge.2
	var missed []id
	if secret != nil {
		missed = without(without(g.view(), g.Me), g.History.members(known)...)
	}
	// key-agreement.acknowledge.3
	var message controlMessage = ackControl{Group: g.ID, Sender: g.Me, Seq: from.Seq, OfSender: of.Sender, OfSeq: of.Seq}
	var payload []byte
	if len(missed) > 0 {
		payload = secret[:]
		message = forwardControl{
			Group: g.ID, Sender: g.Me, Seq: from.Seq, OfSender: of.Sender, OfSeq: of.Seq,
			Commitment: commitmentTo(payload, g.ID, from),
		}
	}
	out, err := g.make(k, message, payload, missed)
	if err != nil || secret == nil {
		return out, nil, err
	}
	// key-agreement.acknowledge.4
	return out, g.feed(g.Me, secret[:]), nil
}

// processAck is key-agreement.process-ack. A forward has a commitment.
func (g *group) processAck(k *keyring, message acknowledgement, commitment *key, in incoming) (outcome, error) {
	from := message.from()
	if !hasMember(g.History.view(from.Sender), g.Me) {
		return outcome{}, nil
	}
	secret, ok := g.takeSecret(message.of(), from.Sender)
	if !ok {
		if in.direct == nil {
			return outcome{}, nil
		}
		payload, err := g.receive(k, in, 32)
		if err != nil {
			return outcome{}, err
		}
		secret = key(payload)
	}
	if commitment != nil && commitmentTo(secret[:], g.ID, from) != *commitment {
		return outcome{}, verdict.Refuse(clauseCommitment, "another secret")
	}
	return outcome{senderSecret: g.feed(from.Sender, secret[:])}, nil
}

// processAdd is key-agreement.process-add.
func (g *group) processAdd(k *keyring, message addControl, in incoming) (outcome, error) {
	var result outcome
	added := message.added()
	// key-agreement.process-add.1
	if hasMember(g.History.view(message.Sender), g.Me) {
		senderSecret, err := g.takeAddition(message, added)
		if err != nil {
			return outcome{}, err
		}
		result.senderSecret = senderSecret
	}
	// key-agreement.process-add.2
	from := g.next()
	if err := g.recordAck(from, message.from()); err != nil {
		return outcome{}, err
	}
	// key-agreement.process-add.3, 4
	answer := addAckControl{Group: g.ID, Sender: g.Me, Seq: from.Seq, OfSender: message.Sender, OfSeq: message.Seq}
	var recipients []id
	var payload []byte
	if hasMember(g.view(), added) {
		ratchet := g.Ratchets[g.Me]
		commitment := commitmentTo(ratchet[:], g.ID, from)
		answer.Commitment = &commitment
		var confirmation key
		if in.confirm != nil {
			confirmation = in.confirm(from.Seq)
		}
		recipients, payload = []id{added}, slices.Concat(ratchet[:], confirmation[:])
	}
	response, err := g.make(k, answer, payload, recipients)
	if err != nil {
		return outcome{}, err
	}
	// key-agreement.process-add.5
	result.response, result.ownSecret = response, g.feed(g.Me, addInput)
	return result, nil
}

// processAddAck is key-agreement.process-add-ack.
func (g *group) processAddAck(k *keyring, message addAckControl, in incoming) (outcome, error) {
	var result outcome
	if in.direct != nil {
		payload, err := g.receive(k, in, 64)
		if err != nil {
			return outcome{}, err
		}
		confirmation := key(payload[32:])
		g.Ratchets[message.Sender], result.confirmation = key(payload[:32]), &confirmation
	}
	if !hasMember(g.History.view(message.Sender), g.Me) {
		return result, nil
	}
	ratchet := g.Ratchets[message.Sender]
	if message.Commitment != nil && commitmentTo(ratchet[:], g.ID, message.from()) != *message.Commitment {
		return outcome{}, verdict.Refuse(clauseCommitment, "another ratchet")
	}
	result.senderSecret = g.feed(message.Sender, addInput)
	return result, nil
}
