package mpenc

import (
	"cmp"
	"fmt"
	"slices"

	"conclave.example/port/internal/deep"
	"conclave.example/port/internal/distinct"
)

// flag is a choice: 0 or 1 in JSON.
type flag bool

// UnmarshalStrict reads the choice.
func (f *flag) UnmarshalStrict(value any) error {
	number, ok := value.(uint64)
	*f = number == 1
	if !ok || number > 1 {
		return noCall("neither 0 nor 1")
	}
	return nil
}

// Options are the choices of the application.
type Options struct {
	AutoInclude           flag           `json:"autoInclude"`
	StayAlone             flag           `json:"stayAlone"`
	RepeatLists           flag           `json:"repeatLists"`
	CipherKeyBytes        cipherKeyBytes `json:"cipherKeyBytes"`
	Padding               flag           `json:"padding"`
	OrderAcknowledgements flag           `json:"orderAcknowledgements"`
	PublishKey            flag           `json:"publishKey"`
	Direct                flag           `json:"direct"`
	Ratchet               flag           `json:"ratchet"`
}

// Bounds of what is kept.
const (
	maximumWaiting = 4
	maximumForeign = 16
	maximumClaims  = 4
)

// Draws is how many draws there were, by kind.
type Draws struct{ PreviousFinal, Shares, IV, Rejoin int }

// Started is when the running operation was accepted, when we last asked for something because it is late or a lie, and
// the parents that the server order had refused before.
type Started struct {
	At             uint64
	Asked          *uint64
	RefusedParents []PacketID
}

// Expelled is when an operation that excludes us was accepted, and how many targets it has.
type Expelled struct {
	At      uint64
	Targets int
}

// Proposal is an initial packet of ours that has not come back.
type Proposal struct {
	Greeting *Greeting
	Text     string
	At       uint64
	IsLate   bool
	Include  []Name
	Exclude  []Name
}

// Plan is a change that our user wants.
type Plan struct {
	At      uint64
	Include []Name
	Exclude []Name
}

// Splice is LATEST_PM while the splice waits.
type Splice struct {
	Latest []MessageID
	At     uint64
	Told   bool
}

// WaitingPacket is a data packet that no subsession of ours can open.
type WaitingPacket struct {
	Sender Name
	Text   string
	At     uint64
	Told   bool
}

// Ordering is the last final packet.
type Ordering struct {
	ID      PacketID
	At      uint64
	Checked bool
}

// Claim is an order acknowledgement that names an unknown packet.
type Claim struct {
	Author Name
	Order  OrderBody
	At     uint64
}

// Presence is what a session has while it is in the channel. It is forgotten when we enter and when we leave.
type Presence struct {
	Channel    []Name
	Seniors    []Name
	Order      ServerOrder
	Membership *Membership
	Greeting   *Greeting
	Started    *Started
	Expelled   *Expelled
	Proposal   *Proposal
	Withdrawn  []string
	Plan       *Plan
	Current    *Subsession
	Previous   *Subsession
	Splice     *Splice
	Waiting    []WaitingPacket
	Foreign    []byte
	Quiet      uint64
	ToExclude  []Name
	ToKick     []Name
	KickedAt   *uint64
	Departing  bool
	Leaving    *uint64
	Ordering   *Ordering
	Claims     []Claim
	Disputing  []Name
	Distrusted bool
	ToEnd      bool
	Published  []Key
	Hashes     []Key
}

// Session is one member's view of a group that talks over a group channel.
type Session struct {
	Me         Name
	Identities Identities
	Options    Options
	Draws      Draws
	Log        Log
	Joining    *uint64
	Rejoin     *uint64
	Presence   Presence
}

// newSession is the session of one outside of the channel.
func newSession(me Name, identities Identities, options Options) *Session {
	return &Session{Me: me, Identities: identities, Options: options, Log: newLog(), Presence: outside()}
}

func outside() Presence { return Presence{Order: unsynced()} }

// turn is one call of a session: what it asks of the channel and tells its user. A failure to write a message of our own
// is kept, and is the verdict of the call.
type turn struct {
	*Session
	*Presence
	seed     seed
	now      uint64
	requests []any
	notices  []any
	failure  error
}

// take begins a call, and does an operation in it (session.step).
func (s *Session) take(from seed, now uint64, operate func(*turn) error) (requests, notices []any, err error) {
	if now > latestTime {
		return nil, nil, refused("session.clock")
	}
	t := &turn{Session: s, Presence: &s.Presence, seed: from, now: now, requests: []any{}, notices: []any{}}
	if err := operate(t); err != nil {
		return nil, nil, err
	}
	return t.requests, t.notices, t.failure
}

func (t *turn) request(request any) { t.requests = append(t.requests, request) }

func (t *turn) tell(notice any) { t.notices = append(t.notices, notice) }

// check keeps the first failure.
func (t *turn) check(err error) bool {
	if err != nil && t.failure == nil {
		t.failure = err
	}
	return err == nil
}

func (s *Session) version() byte {
	if s.Options.Ratchet {
		return RatchetVersion
	}
	return Version
}

// isInChannel says whether we are in the channel.
func (p *Presence) isInChannel() bool { return p.Channel != nil }

// members are those of our session.
func (s *Session) members() []Name {
	if s.Presence.Membership == nil {
		return []Name{s.Me}
	}
	return s.Presence.Membership.Exchange.Members
}

// others are the members given but ourselves.
func (s *Session) others(members []Name) []Name { return without(members, []Name{s.Me}) }

// operation is the initial packet of the running operation, or nil.
func (p *Presence) operation() *Summary { return p.Order.running() }

// isTarget says whether we are a target of a running operation.
func (t *turn) isTarget() bool {
	running := t.operation()
	return running != nil && slices.Contains(running.Targets, t.Me)
}

// isNewcomerOf says whether a target comes into the line by the running operation.
func (t *turn) isNewcomerOf(target Name) bool {
	return t.Greeting != nil && slices.Contains(t.Greeting.Initial.Members[t.Greeting.Initial.Settled:], target) &&
		(t.Greeting.Initial.Operation == "start" || t.Greeting.Initial.Operation == "include")
}

// entered does session.entered.
func (t *turn) entered(members []Name) error {
	if t.isInChannel() || !slices.Contains(members, t.Me) || !distinct.Are(members) {
		return refused("session.channel-event")
	}
	*t.Presence = outside()
	t.Rejoin = nil
	t.Channel, t.Seniors = members, t.others(members)
	t.settle()
	return nil
}

// left does session.left.
func (t *turn) left() error {
	if !t.isInChannel() {
		return refused("session.channel-event")
	}
	for _, sub := range []*Subsession{t.Previous, t.Current} {
		if sub != nil && !sub.hasEnded() {
			t.perform(sub, sub.Liveness.stop(sub.Transcript))
		}
	}
	if others := t.others(t.members()); len(others) > 0 {
		t.tell(membershipNotice{"membership", []Name{t.Me}, []Name{}, others, []MessageID{}})
	}
	if t.Proposal != nil {
		t.tellOwn("failed", t.Proposal.Include, t.Proposal.Exclude, nil, nil)
	}
	if t.Plan != nil {
		t.tellOwn("failed", t.Plan.Include, t.Plan.Exclude, nil, nil)
	}
	size := len(t.Channel)
	*t.Presence = outside()
	if t.Joining != nil {
		t.Draws.Rejoin++
		random := drawNumber(t.seed, fmt.Sprintf("session/rejoin/%d", t.Draws.Rejoin))
		span := (operationTime(size+1) + latency) * 3 / 2
		at := t.now + (span*2*65536+span*random)/(4*65536)
		t.Rejoin = &at
	}
	return nil
}

// enter does session.enter.
func (t *turn) enter(members []Name) error {
	if !t.isInChannel() || len(members) == 0 || !distinct.Are(members) || len(within(members, t.Channel)) > 0 {
		return refused("session.channel-event")
	}
	t.Channel = slices.Concat(t.Channel, members)
	if t.Order.isSynced() {
		strangers := within(members, slices.Concat(t.members(), t.ToExclude))
		t.kick(strangers)
		t.exclude(strangers)
		running := t.operation()
		if t.isTarget() {
			late := without(members, running.Targets)
			t.kick(late)
			strangers = append(strangers, late...)
		}
		if running == nil && t.Expelled == nil && !containsAll(strangers, members) {
			t.tellPresent()
		}
	}
	t.settle()
	return nil
}

// exclude notes that some are to be excluded.
func (t *turn) exclude(members []Name) {
	t.ToExclude = slices.Concat(t.ToExclude, without(members, t.ToExclude))
}

// leave does session.leave.
func (t *turn) leave(members []Name) error {
	isAllowed := t.isInChannel() && len(members) > 0 && distinct.Are(members) && containsAll(t.Channel, members)
	if !isAllowed || slices.Contains(members, t.Me) {
		return refused("session.channel-event")
	}
	t.Channel, t.Seniors, t.ToKick = without(t.Channel, members), without(t.Seniors, members), without(t.ToKick, members)
	if t.Order.depart(members, t.Channel, t.members()) {
		t.fail(nil)
	}
	t.exclude(within(members, t.members()))
	t.settle()
	return nil
}

// packet does session.packet.
func (t *turn) packet(sender Name, text string) error {
	if !t.isInChannel() || !slices.Contains(t.Channel, sender) {
		return refused("session.channel-event")
	}
	var err error
	switch records := armouredRecords(text); {
	case isAbort(records):
		err = t.receiveAbort(sender, text, records)
	case isPublishedKey(records):
		err = t.receiveKey(sender, records)
	default:
		err = t.decoded(sender, text, false)
		if err == nil {
			t.splice()
		}
	}
	if err != nil {
		return err
	}
	t.settle()
	return nil
}

// direct does extensions.direct.
func (t *turn) direct(sender Name, text string) error {
	if err := t.decoded(sender, text, true); err != nil {
		return err
	}
	t.splice()
	t.settle()
	return nil
}

// decoded decodes a text, and receives it (steps 3 and 4 of session.packet, steps 1 to 3 of extensions.direct).
func (t *turn) decoded(sender Name, text string, isDirect bool) error {
	message, greeting, plain, err := t.decode(text)
	switch {
	case err != nil:
		return err
	case message != nil:
		return t.data(sender, text, message)
	case isDirect:
		return refused("extensions.direct-data")
	case greeting != nil:
		return t.greeting(sender, text, greeting)
	case plain != nil:
		t.tell(plainNotice{"plain", sender, plain.Content})
	}
	return nil
}

// decode decodes a text: a message, a greeting, a plain text, or, if all are nil, something that does nothing.
func (t *turn) decode(text string) (*sealedMessage, *GreetingPacket, *PlainPacket, error) {
	if t.Options.Ratchet {
		message, err := decodeIndexed(text)
		if message != nil || err != nil {
			return message, nil, nil, err
		}
	}
	packet, err := Decode(text, t.version())
	if err != nil {
		return nil, nil, nil, err
	}
	switch packet := packet.(type) {
	case *DataPacket:
		message, err := sealedOf(packet.records(t.version()))
		return message, nil, nil, err
	case *GreetingPacket:
		return nil, packet, nil, nil
	case *PlainPacket:
		return nil, nil, packet, nil
	}
	return nil, nil, nil, nil
}

// greeting does session.greeting.
func (t *turn) greeting(sender Name, text string, packet *GreetingPacket) error {
	if packet.Source != sender {
		return refused("greeting.sender")
	}
	id := packetID(sender, t.Channel, text)
	if summary := peek(packet, id); summary != nil {
		return t.initial(sender, text, packet, *summary)
	}
	if t.Greeting == nil {
		return refused("session.no-operation")
	}
	running := *t.operation()
	greeting := deep.Copy(t.Greeting)
	answer, err := greeting.receive(sender, text, &t.Identities, t.lastShares())
	if err != nil {
		return t.abortDeceived(packet, err)
	}
	t.Greeting = greeting
	if answer.finished {
		final := Summary{ID: id, Ends: &running.ID, Targets: running.Targets}
		if _, _, err := t.Order.offer(t.Me, final, t.Channel); err != nil {
			return err
		}
		t.finish()
	}
	t.send(running.Targets, answer.text)
	return nil
}

// send asks the channel to send a text, if it is not empty.
func (t *turn) send(recipients []Name, text string) {
	if text != "" {
		t.request(sendRequest{"send", recipients, text})
	}
}

// drawShares does session.draw-shares.
func (t *turn) drawShares() Shares {
	t.Draws.Shares++
	return t.lastShares()
}

// lastShares are the shares that were drawn last (greeting.draw).
func (t *turn) lastShares() Shares {
	draw := func(what string) Key {
		return drawKey(t.seed, fmt.Sprintf("mpenc/greeting/%d/%s", t.Draws.Shares, what))
	}
	return Shares{draw("contribution"), draw("nonce"), draw("ephemeral")}
}

// initial does session.initial.
func (t *turn) initial(sender Name, text string, packet *GreetingPacket, summary Summary) error {
	if at := slices.Index(t.Withdrawn, text); at >= 0 {
		t.Withdrawn = slices.Delete(t.Withdrawn, at, at+1)
		return nil
	}
	isOurs := sender == t.Me
	if isOurs && (t.Proposal == nil || t.Proposal.Text != text) {
		return refused("session.own-proposal")
	}
	if t.Order.isSynced() && !slices.Contains(t.members(), sender) {
		return refused("session.author")
	}
	var greeting *Greeting
	var answer greetingAnswer
	if slices.Contains(packet.Members, t.Me) || t.Order.isSynced() {
		if isOurs {
			greeting = deep.Copy(t.Proposal.Greeting)
		} else {
			greeting = beginGreeting(t.Me, bool(t.Options.RepeatLists), t.version(), t.Membership)
		}
		var err error
		if answer, err = greeting.receive(sender, text, &t.Identities, t.drawShares()); err != nil {
			return err
		}
	}
	order := deep.Copy(t.Order)
	refusedBefore := t.Order.RefusedParents
	isAccepted, isFinal, err := order.offer(t.Me, summary, t.Channel)
	if err != nil && !isOurs {
		return err
	}
	if err != nil {
		t.tellOwn("rejected", t.Proposal.Include, t.Proposal.Exclude, &summary.ID, nil)
		t.Proposal = nil
		return nil
	}
	t.Order = order
	if !isAccepted {
		return nil
	}
	if t.Proposal != nil && !isOurs {
		t.tellOwn("rejected", t.Proposal.Include, t.Proposal.Exclude, &summary.ID, &sender)
		t.Withdrawn = append(t.Withdrawn, t.Proposal.Text)
	}
	t.Proposal = nil
	// session.initial.9
	t.Started = &Started{At: t.now}
	if refusedBefore != nil {
		t.Started.RefusedParents = *refusedBefore
	}
	t.tellOperation("started", summary, &sender)
	t.kick(within(t.ToKick, without(summary.Targets, t.members())))
	if answer.excluded {
		t.Expelled = &Expelled{t.now, len(summary.Targets)}
	} else {
		t.Greeting = greeting
	}
	if t.Current != nil && !t.Current.isParting() {
		t.write(t.Current, &ConsistencyBody{consistencyBody, false})
	}
	if isFinal && !answer.excluded {
		t.finish()
	}
	t.send(summary.Targets, answer.text)
	return nil
}

// tellOperation tells of an operation that counts (session.tell-operation).
func (t *turn) tellOperation(stage string, initial Summary, by *Name) {
	members := t.members()
	t.tellOwn(stage, without(initial.Targets, members), without(members, initial.Targets), &initial.ID, by)
}

// tellOwn tells of an operation, with whom it includes and excludes.
func (t *turn) tellOwn(stage string, include, exclude []Name, id *PacketID, by *Name) {
	t.tell(operationNotice{"operation", stage, id, by, list(include), list(exclude)})
}

// finish does session.finish. The server order has accepted the final packet.
func (t *turn) finish() {
	initial := t.Order.Initials[len(t.Order.Initials)-1]
	t.tellOperation("succeeded", initial, &initial.Metadata.Author)
	before, hadMembership := t.members(), t.Membership != nil
	if t.Previous != nil {
		t.kick(t.ToKick)
	}
	excluded := without(before, initial.Targets)
	t.ToExclude = without(t.ToExclude, excluded)
	t.ToKick = slices.Concat(t.ToKick, without(within(excluded, t.Channel), t.ToKick))
	if t.Previous != nil {
		if !t.Previous.hasEnded() {
			t.perform(t.Previous, t.Previous.Liveness.stop(t.Previous.Transcript))
		}
		t.noteForeign(t.Previous.Hash[0])
	}
	// session.finish.5
	operation := t.Greeting.Initial.Operation
	t.Previous, t.Current, t.Membership = t.Current, nil, t.Greeting.membership()
	t.Greeting, t.Started = nil, nil
	if t.Previous != nil && !t.Previous.isParting() {
		t.write(t.Previous, &ConsistencyBody{consistencyBody, true})
	}
	t.Splice = nil
	t.Log.begin(t.Previous == nil)
	if members := t.members(); len(members) > 1 {
		t.Current = newSubsession(t.Me, t.Membership, bool(t.Options.Ratchet), t.now)
		t.Hashes = append(t.Hashes, t.Current.Hash)
		t.Joining, t.Leaving = nil, nil
		t.Quiet = 0
		if operation == "include" && !hadMembership {
			t.Quiet = t.now + shutdown + latency
		}
		if t.Previous != nil {
			t.Splice = &Splice{Latest: initial.Metadata.LatestMessages, At: t.now}
		}
	}
	t.tell(membershipNotice{
		"membership", within(initial.Targets, before), without(initial.Targets, before), excluded,
		initial.Metadata.LatestMessages,
	})
	t.splice()
	t.retry()
	t.forgetWaiting()
	t.acknowledgeOrder()
}

// forgetWaiting makes the hints of the packets that wait foreign, in their order. They wait no more.
func (t *turn) forgetWaiting() {
	for _, waiting := range t.Waiting {
		if message, _, _, err := t.decode(waiting.Text); err == nil && message != nil {
			t.noteForeign(message.hint)
		}
	}
	t.Waiting = nil
}

// noteForeign does session.note-foreign.
func (t *turn) noteForeign(hint byte) {
	t.Foreign = append(without(t.Foreign, []byte{hint}), hint)
	t.Foreign = t.Foreign[max(0, len(t.Foreign)-maximumForeign):]
}

// splice does session.splice.
func (t *turn) splice() {
	if t.Splice == nil {
		return
	}
	if t.Previous == nil || t.Log.splice(t.Previous.Transcript, t.Splice.Latest) == nil {
		t.Splice = nil
	}
}

// fail does session.fail, of an operation that an abort of somebody has ended, or a departure.
func (t *turn) fail(by *Name) {
	initial := t.Order.Initials[len(t.Order.Initials)-1]
	var refusedBefore []PacketID
	if t.Started != nil {
		refusedBefore = t.Started.RefusedParents
	}
	t.Greeting, t.Started, t.Expelled = nil, nil, nil
	t.tellOperation("failed", initial, by)
	t.forgetWaiting()
	if t.Membership == nil && initial.Metadata.Author != t.Me {
		t.Order = unsynced(append(slices.Clone(refusedBefore), initial.Metadata.PreviousFinal)...)
		return
	}
	t.acknowledgeOrder()
}

// data does session.data.
func (t *turn) data(sender Name, text string, message *sealedMessage) error {
	belongs, err := t.openAny(sender, text, message)
	if err != nil {
		return err
	}
	if belongs {
		t.retry()
		return nil
	}
	hasKeys := t.Current != nil || t.Previous != nil || t.Greeting != nil
	if slices.Contains(t.Foreign, message.hint) || t.Expelled != nil || !hasKeys {
		return refused("session.foreign")
	}
	isOfSender := func(waiting WaitingPacket) bool { return waiting.Sender == sender }
	ofSender := 0
	for _, waiting := range t.Waiting {
		if isOfSender(waiting) {
			ofSender++
			if waiting.Text == text {
				return ignored()
			}
		}
	}
	if ofSender >= maximumWaiting {
		oldest := slices.IndexFunc(t.Waiting, isOfSender)
		t.Waiting = slices.Delete(t.Waiting, oldest, oldest+1)
	}
	t.Waiting = append(t.Waiting, WaitingPacket{sender, text, t.now, t.now < t.Quiet})
	return nil
}

// openAny opens a message in the first subsession that it belongs to.
func (t *turn) openAny(sender Name, text string, message *sealedMessage) (belongs bool, err error) {
	for _, sub := range []*Subsession{t.Current, t.Previous} {
		if sub == nil {
			continue
		}
		if belongs, err := t.open(sub, sender, text, message); belongs || err != nil {
			return belongs, err
		}
	}
	return false, nil
}

// retry does session.retry.
func (t *turn) retry() {
	for i := 0; i < len(t.Waiting); {
		waiting := t.Waiting[i]
		before, requests, notices := deep.Copy(*t.Session), len(t.requests), len(t.notices)
		message, _, _, err := t.decode(waiting.Text)
		belongs := false
		if err == nil {
			belongs, err = t.openAny(waiting.Sender, waiting.Text, message)
		}
		switch {
		case err != nil:
			*t.Session = before
			t.requests, t.notices = t.requests[:requests], t.notices[:notices]
			t.Waiting = slices.Delete(t.Waiting, i, i+1)
		case belongs:
			t.Waiting = slices.Delete(t.Waiting, i, i+1)
		default:
			i++
		}
	}
}

// open does session.open. It is false when the packet does not belong to the subsession.
func (t *turn) open(sub *Subsession, sender Name, text string, message *sealedMessage) (belongs bool, err error) {
	author, ok := sub.authorOf(message, sender)
	if !ok {
		return false, nil
	}
	if sub.Transcript.find(message.id) != nil {
		t.perform(sub, sub.Liveness.duplicate(sub.Transcript, message.id, t.now))
		return true, nil
	}
	parents, body, err := sub.read(message, author, uint64(t.Options.CipherKeyBytes))
	if err != nil {
		return true, err
	}
	if key, _ := at(sub.Members, sub.PublicKeys, author); slices.Contains(t.Published, key) {
		return true, refused("extensions.key-published")
	}
	if author == t.Me {
		return true, refused("session.own-message")
	}
	sub.Opened[message.id] = openedOf(body, message.index)
	received, err := sub.Transcript.receive(sub.messageOf(message.id, author, parents, body), sub.hasIndex)
	if err != nil {
		return true, err
	}
	sub.Packets[message.id] = text
	for _, id := range received.dropped {
		sub.forget(id)
	}
	if len(received.accepted) == 0 {
		sub.Liveness.held(message.id, received.dropped, t.now)
	}
	// Wrong indexes are told first (step 6 of extensions.ratchet-open).
	slices.SortStableFunc(received.refused, func(a, b refusal) int {
		return cmp.Compare(isOfTranscript(a), isOfTranscript(b))
	})
	for _, one := range received.refused {
		sub.forget(one.message.ID)
		t.tell(security{"security", clause(one.clause), one.message.Author})
		sub.Liveness.release(one.message.ID)
	}
	for _, one := range received.accepted {
		opened := sub.Opened[one.message.ID]
		delete(sub.Opened, one.message.ID)
		t.accept(sub, one, opened)
	}
	return true, nil
}

// forget forgets the packet of a message, and what was decrypted of it.
func (b *Subsession) forget(id MessageID) {
	delete(b.Packets, id)
	delete(b.Opened, id)
}

// accept does session.accept.
func (t *turn) accept(sub *Subsession, one acceptance, opened Opened) {
	message := &one.message
	actions := sub.Liveness.accepted(sub.Transcript, message, one.complete, t.seed, t.now)
	if message.Kind == kindPayload {
		isEarlier := sub == t.Previous
		positions := t.Log.append(sub.Transcript, message, isEarlier)
		t.tell(messageNotice{"message", message.ID, message.Author, opened.Text, sub.Members, positions, isMarked(positions), isEarlier})
	}
	if opened.Order != nil {
		t.receiveOrder(Claim{message.Author, *opened.Order, t.now})
	}
	for _, id := range one.complete {
		complete := &sub.Transcript.find(id).Message
		delete(sub.Packets, id)
		if sub.Chains != nil {
			sub.Chains.forget(complete.Author, sub.indexOf(complete))
		}
		if complete.Kind == kindPayload {
			t.tell(acknowledged{"acknowledged", id})
		}
		if sub == t.Current && complete.Author != t.Me && sub.isSecondFin(complete) {
			t.exclude([]Name{complete.Author})
		}
	}
	if message.Author != t.Me && sub.isSecondFin(message) {
		t.tell(memberNotice{"leaving", message.Author})
	}
	t.perform(sub, actions)
}

// perform does what liveness says (session.perform).
func (t *turn) perform(sub *Subsession, actions []Action) {
	for _, action := range actions {
		switch action := action.(type) {
		case ToWrite:
			if action.Type == "heartbeat" {
				t.write(sub, &HeartbeatBody{heartbeatBody})
			} else {
				t.write(sub, &AcknowledgementBody{acknowledgementBody, false})
			}
		case ToResend:
			t.sendMessage(sub, sub.Packets[action.ID])
		default:
			t.tell(action)
		}
	}
}

// sendMessage asks to send a packet of a subsession, if there is one.
func (t *turn) sendMessage(sub *Subsession, text string) {
	if text == "" {
		return
	}
	kind := "send"
	if t.Options.Direct {
		kind = "send-directly"
	}
	t.request(sendRequest{kind, sub.Members, text})
}

// write does session.write.
func (t *turn) write(sub *Subsession, body Body) {
	t.Draws.IV++
	key := drawKey(t.seed, fmt.Sprintf("session/iv/%d", t.Draws.IV))
	text, message, err := sub.seal(t.Me, body, IV(key[:12]), &t.Options)
	if !t.check(err) {
		return
	}
	complete, err := sub.Transcript.accept(message)
	if !t.check(err) {
		return
	}
	sub.Packets[message.ID] = text
	t.accept(sub, acceptance{message, complete}, openedOf(body, 0))
	t.sendMessage(sub, text)
}

// settle does session.settle.
func (t *turn) settle() {
	if t.isInChannel() && !t.Order.isSynced() && len(t.Seniors) == 0 {
		t.beginLine()
	}
	t.proposeDue()
	t.afterPrevious()
	t.depart()
	t.endDisputed()
}

// beginLine does session.begin-line.
func (t *turn) beginLine() {
	t.Draws.PreviousFinal++
	first := drawKey(t.seed, fmt.Sprintf("session/previous-final/%d", t.Draws.PreviousFinal))
	t.Order = beginOrder(PacketID(hexOf(first[:])))
	t.Joining, t.Membership = nil, nil
	t.tellPresent()
}

// tellPresent does session.tell-present.
func (t *turn) tellPresent() {
	present := without(t.Channel, slices.Concat(t.members(), t.ToKick))
	if len(present) == 0 {
		return
	}
	t.tell(membersNotice{"present", present})
	if bool(t.Options.AutoInclude) && t.Plan == nil && t.Proposal == nil {
		t.Plan = &Plan{At: t.now, Include: present}
	}
}

// proposeDue does session.propose-due.
func (t *turn) proposeDue() {
	isBusy := t.operation() != nil || t.Expelled != nil || t.Proposal != nil
	if !t.isInChannel() || !t.Order.isSynced() || isBusy || t.Distrusted {
		return
	}
	if t.Current != nil && t.Current.isParting() || t.Departing || t.Leaving != nil {
		return
	}
	members := t.members()
	if plan := t.Plan; plan != nil {
		taken := slices.Concat(members, t.ToExclude, t.ToKick)
		if len(within(plan.Include, taken)) > 0 || !containsAll(members, plan.Exclude) {
			t.failPlan()
		}
	}
	if absent := within(t.ToExclude, members); len(absent) > 0 {
		if containsAll(t.Channel, without(members, absent)) {
			t.propose(nil, absent)
		}
		return
	}
	if plan := t.Plan; plan != nil && containsAll(t.Channel, without(slices.Concat(members, plan.Include), plan.Exclude)) {
		t.Plan = nil
		t.propose(plan.Include, plan.Exclude)
	}
}

func (t *turn) failPlan() {
	t.tellOwn("failed", t.Plan.Include, t.Plan.Exclude, nil, nil)
	t.Plan = nil
}

// afterPrevious does session.after-previous.
func (t *turn) afterPrevious() {
	if t.Previous != nil {
		if !t.Previous.hasEnded() {
			return
		}
		t.noteForeign(t.Previous.Hash[0])
		t.Previous, t.Splice = nil, nil
	}
	if len(t.ToKick) == 0 {
		t.KickedAt = nil
	} else if t.KickedAt == nil || !isWithin(*t.KickedAt, latency, t.now) {
		t.kick(t.ToKick)
		t.KickedAt = &t.now
	}
	if t.Membership != nil && len(t.members()) == 1 && !bool(t.Options.StayAlone) {
		t.leaveChannel()
	}
}

// depart does session.depart.
func (t *turn) depart() {
	if !t.isInChannel() {
		return
	}
	if t.Departing {
		if t.Current == nil {
			t.leaveChannel()
		} else if !t.Current.isParting() {
			t.write(t.Current, &ConsistencyBody{consistencyBody, true})
			t.write(t.Current, &ConsistencyBody{consistencyBody, true})
		}
	}
	if t.Current != nil && t.Current.hasEnded() && (!t.Distrusted || t.Departing) {
		if t.Leaving == nil {
			t.publishKey()
		}
		t.leaveChannel()
	}
	if t.Leaving != nil {
		t.leaveChannel()
	}
}

// leaveChannel does session.leave-channel.
func (t *turn) leaveChannel() {
	if t.Leaving == nil || !isWithin(*t.Leaving, latency, t.now) {
		t.request(channelRequest{"leave"})
		t.Leaving = &t.now
	}
}

// kick does session.kick.
func (t *turn) kick(members []Name) {
	at := slices.IndexFunc(t.requests, func(request any) bool {
		kick, ok := request.(membersRequest)
		return ok && kick.Type == "kick"
	})
	if at >= 0 {
		before := t.requests[at].(membersRequest).Members
		t.requests[at] = membersRequest{"kick", slices.Concat(before, without(members, before))}
	} else if len(members) > 0 {
		t.request(membersRequest{"kick", members})
	}
}

// propose does session.propose.
func (t *turn) propose(include, exclude []Name) {
	metadata := Metadata{t.Order.lastFinal(), t.Order.lastChainHash(), []MessageID{}}
	if t.Current != nil {
		metadata.LatestMessages = t.Current.Transcript.heads()
	}
	greeting := beginGreeting(t.Me, bool(t.Options.RepeatLists), t.version(), t.Membership)
	text, err := greeting.propose(include, exclude, metadata, &t.Identities, t.drawShares())
	if !t.check(err) {
		return
	}
	t.Proposal = &Proposal{greeting, text, t.now, false, include, exclude}
	t.send(slices.Concat(t.members(), include), text)
	t.tellOwn("proposed", include, exclude, nil, nil)
}

// join does session.join.
func (t *turn) join() {
	if !t.isInChannel() {
		t.enterChannel()
	}
}

func (t *turn) enterChannel() {
	t.request(channelRequest{"enter"})
	t.Joining, t.Rejoin = &t.now, nil
}

// part does session.part.
func (t *turn) part() {
	t.Joining, t.Rejoin = nil, nil
	if !t.isInChannel() {
		return
	}
	if t.isTarget() && !t.isNewcomerOf(t.Me) {
		t.sendAbort(abortLeaving)
	}
	t.Departing = true
	t.settle()
}

// change does session.change.
func (t *turn) change(include, exclude []Name) error {
	if !t.isInChannel() || !t.Order.isSynced() || t.Distrusted {
		return refused("session.synced")
	}
	if t.operation() != nil || t.Expelled != nil || t.Proposal != nil || t.Plan != nil {
		return refused("session.busy")
	}
	members := t.members()
	if len(within(include, slices.Concat(members, t.ToExclude, t.ToKick))) > 0 || !distinct.Are(include) {
		return refused("session.new-members")
	}
	if !containsAll(t.others(members), exclude) || !distinct.Are(exclude) {
		return refused("session.old-members")
	}
	isRefresh := len(include) == 0 && len(exclude) == 0
	if isRefresh && (t.Current == nil || t.Current.isParting()) {
		return refused("session.joined")
	}
	if absent := without(include, t.Channel); len(absent) > 0 {
		t.request(membersRequest{"let-in", absent})
	}
	t.Plan = &Plan{t.now, include, exclude}
	t.settle()
	return nil
}

// sendText does session.send.
func (t *turn) sendText(text string) error {
	if t.Current == nil || t.Current.isParting() {
		return refused("session.joined")
	}
	t.write(t.Current, &PayloadBody{payloadBody, text})
	return nil
}

// timeForOperation is the time for an operation.
func (s *Session) timeForOperation() uint64 {
	if !s.Presence.isInChannel() {
		return operationTime(1)
	}
	return operationTime(len(s.Presence.Channel) + count(s.Joining != nil))
}

// until is when we leave by ourselves after we were excluded.
func (e *Expelled) until() uint64 { return e.At + operationTime(e.Targets)*3/2 + shutdown + latency }

// tick does session.tick.
func (t *turn) tick() {
	for _, sub := range []*Subsession{t.Current, t.Previous} {
		if sub != nil {
			t.perform(sub, sub.Liveness.tick(sub.Transcript, t.now))
		}
	}
	for i := range t.Waiting {
		if waiting := &t.Waiting[i]; !waiting.Told && !isWithin(waiting.At, latency, t.now) {
			waiting.Told = true
			t.tell(notDecrypted{"not-decrypted", waiting.Sender, uint64(len(waiting.Text))})
		}
	}
	if t.Splice != nil && t.Previous != nil && !t.Splice.Told && !isWithin(t.Splice.At, latency, t.now) {
		t.Splice.Told = true
		t.tell(historyMissing{"history-missing", t.Previous.Transcript.missing(t.Splice.Latest)})
	}
	timeForOperation := t.timeForOperation()
	if t.Proposal != nil && !t.Proposal.IsLate && !isWithin(t.Proposal.At, timeForOperation, t.now) {
		t.Proposal.IsLate = true
		t.tellOwn("late", t.Proposal.Include, t.Proposal.Exclude, nil, nil)
	}
	if t.Plan != nil && !isWithin(t.Plan.At, timeForOperation, t.now) {
		t.failPlan()
	}
	if t.Expelled != nil && t.Leaving == nil && t.Expelled.until() <= t.now {
		t.leaveChannel()
	}
	if isDue(t.Rejoin, t.now) {
		t.enterChannel()
	} else if t.Joining != nil && t.Rejoin == nil && !isWithin(*t.Joining, timeForOperation, t.now) {
		t.Joining = nil
		t.tell(notJoined{"not-joined"})
	}
	t.abortLate()
	t.checkOrder()
	t.settle()
}

// due is when the clock has to be looked at, nil when never (session.due).
func (s *Session) due() *uint64 {
	var next earliest
	p := &s.Presence
	for _, sub := range []*Subsession{p.Current, p.Previous} {
		if sub != nil {
			next.addOptional(sub.Liveness.nextTick())
		}
	}
	for _, waiting := range p.Waiting {
		if !waiting.Told {
			next.add(waiting.At + latency)
		}
	}
	if p.Splice != nil && p.Previous != nil && !p.Splice.Told {
		next.add(p.Splice.At + latency)
	}
	timeForOperation := s.timeForOperation()
	if p.Proposal != nil && !p.Proposal.IsLate {
		next.add(p.Proposal.At + timeForOperation)
	}
	if p.Plan != nil {
		next.add(p.Plan.At + timeForOperation)
	}
	if p.Expelled != nil && p.Leaving == nil {
		next.add(p.Expelled.until())
	}
	next.addOptional(s.Rejoin)
	next.addOptional(s.lateAt())
	if p.Ordering != nil && !p.Ordering.Checked {
		next.add(p.Ordering.At + full)
	}
	for _, claim := range p.Claims {
		next.add(claim.At + full)
	}
	if s.Joining != nil && s.Rejoin == nil {
		next.add(*s.Joining + timeForOperation)
	}
	if p.Leaving != nil {
		next.add(*p.Leaving + latency)
	}
	if p.KickedAt != nil && len(p.ToKick) > 0 && p.Previous == nil {
		next.add(*p.KickedAt + latency)
	}
	return next.at
}

// shown is the state that an application shows (session.shown).
func (s *Session) shown() string {
	p := &s.Presence
	switch {
	case !p.isInChannel() && s.Joining != nil:
		return "joining"
	case !p.isInChannel():
		return "parted"
	case p.Leaving != nil || p.Expelled != nil || p.Current != nil && p.Current.isParting():
		return "parting"
	case p.Current != nil:
		return "joined"
	case p.Order.isSynced() && p.Membership != nil:
		return "parting"
	default:
		return "joining"
	}
}
