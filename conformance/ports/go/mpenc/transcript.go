package mpenc

import (
	"errors"
	"maps"
	"math"
	"slices"

	"conclave.example/port/internal/distinct"
	"conclave.example/port/internal/verdict"
)

// The kinds of messages, as the transcript sees them.
const (
	kindPayload     = "payload"
	kindAck         = "ack"
	kindHeartbeat   = "heartbeat"
	kindConsistency = "consistency"
	kindFin         = "fin"
	kindOrderAck    = "order-ack"
)

// Message is a message as the transcript sees it.
type Message struct {
	ID      MessageID   `json:"id"`
	Author  Name        `json:"author"`
	Parents []MessageID `json:"parents"`
	Readers []Name      `json:"readers"`
	Kind    string      `json:"kind" is:"payload ack heartbeat consistency fin order-ack"`
}

// hasMember says whether somebody is the author or a reader of the message.
func (m *Message) hasMember(name Name) bool {
	return m.Author == name || slices.Contains(m.Readers, name)
}

// AcceptedMessage is a message with those readers that have not acknowledged it.
type AcceptedMessage struct {
	Message        Message
	Unacknowledged []Name
}

// Transcript is the messages of a subsession: those that were accepted, in that order, and those that wait for parents,
// the oldest first. Members is nil when messages may have different ones.
type Transcript struct {
	Members  []Name
	Messages []AcceptedMessage
	Buffer   []Message
	// Index has the position of each accepted message.
	Index map[MessageID]int
}

func newTranscript(members []Name) *Transcript {
	return &Transcript{Members: members, Index: map[MessageID]int{}}
}

// find is the message with an identifier, or nil.
func (t *Transcript) find(id MessageID) *AcceptedMessage {
	at, ok := t.Index[id]
	if !ok {
		return nil
	}
	return &t.Messages[at]
}

// positions are those of the messages that are in the transcript, in the order given.
func (t *Transcript) positions(ids []MessageID) []int {
	found := []int{}
	for _, id := range ids {
		if at, ok := t.Index[id]; ok {
			found = append(found, at)
		}
	}
	return found
}

// reach is the positions of the messages at or before those at the positions given, through messages of which each
// passes.
func (t *Transcript) reach(from []int, passes func(*AcceptedMessage) bool) map[int]bool {
	reached := map[int]bool{}
	for left := slices.Clone(from); len(left) > 0; {
		at := left[len(left)-1]
		left = left[:len(left)-1]
		if reached[at] || !passes(&t.Messages[at]) {
			continue
		}
		reached[at] = true
		left = append(left, t.positions(t.Messages[at].Message.Parents)...)
	}
	return reached
}

func always(*AcceptedMessage) bool { return true }

// atOrBefore is the positions of the messages that are among those given or before one of them.
func (t *Transcript) atOrBefore(ids []MessageID) map[int]bool {
	return t.reach(t.positions(ids), always)
}

// heads are the messages that are before no other, in ascending order.
func (t *Transcript) heads() []MessageID {
	hasChild := map[MessageID]bool{}
	for i := range t.Messages {
		for _, parent := range t.Messages[i].Message.Parents {
			hasChild[parent] = true
		}
	}
	heads := []MessageID{}
	for i := range t.Messages {
		if id := t.Messages[i].Message.ID; !hasChild[id] {
			heads = append(heads, id)
		}
	}
	slices.Sort(heads)
	return heads
}

// missing are the parents of a message that the transcript does not have, in ascending order.
func (t *Transcript) missing(parents []MessageID) []MessageID {
	missing := []MessageID{}
	for _, parent := range parents {
		if _, ok := t.Index[parent]; !ok && !slices.Contains(missing, parent) {
			missing = append(missing, parent)
		}
	}
	slices.Sort(missing)
	return missing
}

// earlierOf are the messages of an author, in the order of acceptance.
func (t *Transcript) earlierOf(author Name) []*Message {
	var found []*Message
	for i := range t.Messages {
		if message := &t.Messages[i].Message; message.Author == author {
			found = append(found, message)
		}
	}
	return found
}

// mayFollow says whether an author may write a message after its earlier ones, as far as a FIN among them is concerned.
func mayFollow(earlier []*Message, message *Message) bool {
	var fins []*Message
	for _, one := range earlier {
		if one.Kind == kindFin {
			fins = append(fins, one)
		}
	}
	if len(fins) == 0 || message.Kind == kindAck || message.Kind == kindConsistency {
		return true
	}
	return message.Kind == kindFin && len(fins) == 1 && len(message.Parents) == 1 && message.Parents[0] == fins[0].ID
}

// check does steps 1 to 11 of transcript.accept.
func (t *Transcript) check(message *Message) error {
	if _, ok := t.Index[message.ID]; ok {
		return ignored()
	}
	if slices.Contains(message.Parents, message.ID) {
		return refused("transcript.own-parent")
	}
	if slices.Contains(message.Readers, message.Author) || !distinct.Are(message.Readers) {
		return refused("transcript.author-reads")
	}
	if t.Members != nil && len(message.Parents) > len(t.Members) {
		return refused("transcript.parent-count")
	}
	if missing := t.missing(message.Parents); len(missing) > 0 {
		return waiting(missing[0])
	}
	parents := t.positions(message.Parents)
	authors := []Name{}
	for _, at := range parents {
		parent := &t.Messages[at].Message
		if !parent.hasMember(message.Author) {
			return refused("transcript.author-saw-parent")
		}
		authors = append(authors, parent.Author)
	}
	if !distinct.Are(authors) {
		return refused("transcript.one-parent-per-author")
	}
	before := t.reach(parents, always)
	earlier := t.earlierOf(message.Author)
	for _, one := range earlier {
		if !before[t.Index[one.ID]] {
			return refused("transcript.own-line")
		}
	}
	if !mayFollow(earlier, message) {
		return refused("transcript.after-fin")
	}
	for _, at := range parents {
		above := t.atOrBefore(t.Messages[at].Message.Parents)
		if slices.ContainsFunc(parents, func(other int) bool { return above[other] }) {
			return refused("transcript.anti-chain")
		}
	}
	if t.Members != nil && !sameSet(append([]Name{message.Author}, message.Readers...), t.Members) {
		return refused("transcript.membership")
	}
	return nil
}

// accept accepts a message, and gives those that have become fully acknowledged by it (transcript.accept).
func (t *Transcript) accept(message Message) ([]MessageID, error) {
	if err := t.check(&message); err != nil {
		return nil, err
	}
	at := len(t.Messages)
	t.Messages = append(t.Messages, AcceptedMessage{message, slices.Clone(message.Readers)})
	t.Index[message.ID] = at
	// transcript.accept.13
	complete := []MessageID{}
	hasNotAcknowledged := func(one *AcceptedMessage) bool { return slices.Contains(one.Unacknowledged, message.Author) }
	for _, before := range slices.Sorted(maps.Keys(t.reach(t.positions(message.Parents), hasNotAcknowledged))) {
		one := &t.Messages[before]
		one.Unacknowledged = without(one.Unacknowledged, []Name{message.Author})
		if len(one.Unacknowledged) == 0 {
			complete = append(complete, one.Message.ID)
		}
	}
	if len(message.Readers) == 0 {
		complete = append(complete, message.ID)
	}
	return complete, nil
}

// acceptance is a message that was accepted, and those that became fully acknowledged by it.
type acceptance struct {
	message  Message
	complete []MessageID
}

// refusal is a message of the buffer that was refused.
type refusal struct {
	message Message
	clause  string
}

// reception is what comes of a message.
type reception struct {
	accepted []acceptance
	missing  []MessageID
	dropped  []MessageID
	refused  []refusal
}

// bufferCapacity is how many messages the buffer holds.
func (t *Transcript) bufferCapacity(message *Message) int {
	members := len(t.Members)
	if t.Members == nil {
		members = 1 + len(message.Readers)
	}
	return max(64, int(32*math.Sqrt(float64(members))))
}

// mayAccept is asked of a message whose parents are there, before it is accepted. Its error is that of the message.
type mayAccept func(*Message) error

// whatever allows every message.
func whatever(*Message) error { return nil }

// receive receives a message (transcript.receive).
func (t *Transcript) receive(message Message, allows mayAccept) (reception, error) {
	result, err := t.tryAccept(message, allows)
	if err != nil {
		var wait verdict.Waiting
		if !errors.As(err, &wait) {
			return reception{}, err
		}
		return t.hold(message), nil
	}
	received := reception{accepted: []acceptance{result}}
	t.remove(message.ID)
	for i := 0; i < len(t.Buffer); {
		held := t.Buffer[i]
		result, err := t.tryAccept(held, allows)
		var wait verdict.Waiting
		switch {
		case errors.As(err, &wait):
			i++
			continue
		case err == nil:
			received.accepted = append(received.accepted, result)
		case clauseOf(err) != "":
			received.refused = append(received.refused, refusal{held, clauseOf(err)})
		}
		t.Buffer = slices.Delete(t.Buffer, i, i+1)
		if err == nil {
			i = 0
		}
	}
	return received, nil
}

func (t *Transcript) tryAccept(message Message, allows mayAccept) (acceptance, error) {
	if err := t.check(&message); err != nil {
		return acceptance{}, err
	}
	if err := allows(&message); err != nil {
		return acceptance{}, err
	}
	complete, err := t.accept(message)
	return acceptance{message, complete}, err
}

func (t *Transcript) remove(id MessageID) {
	t.Buffer = slices.DeleteFunc(t.Buffer, func(held Message) bool { return held.ID == id })
}

// hold puts a message into the buffer (step 2 of transcript.receive).
func (t *Transcript) hold(message Message) reception {
	t.remove(message.ID)
	t.Buffer = append(t.Buffer, message)
	received := reception{missing: t.missing(message.Parents)}
	for over := len(t.Buffer) - t.bufferCapacity(&message); over > 0; over-- {
		received.dropped = append(received.dropped, t.Buffer[0].ID)
		t.Buffer = slices.Delete(t.Buffer, 0, 1)
	}
	return received
}

// latestBefore is the last message of an author that is before the message given, or nil.
func (t *Transcript) latestBefore(message *Message, author Name) *Message {
	before := t.atOrBefore(message.Parents)
	for at := len(t.Messages) - 1; at >= 0; at-- {
		if one := &t.Messages[at].Message; before[at] && one.Author == author {
			return one
		}
	}
	return nil
}

// earliestAfter is the first message of an author by which it acknowledged the message at a position, or nil.
func (t *Transcript) earliestAfter(position int, author Name) *Message {
	// The messages after the one at the position that can be reached through messages that the author is a member of.
	reached := map[MessageID]bool{t.Messages[position].Message.ID: true}
	for at := position + 1; at < len(t.Messages); at++ {
		one := &t.Messages[at].Message
		if !one.hasMember(author) || !slices.ContainsFunc(one.Parents, func(parent MessageID) bool { return reached[parent] }) {
			continue
		}
		if one.Author == author {
			return one
		}
		reached[one.ID] = true
	}
	return nil
}

// logParents are the latest payloads at or before the parents given, none before another, in ascending order.
func (t *Transcript) logParents(parents []MessageID) []MessageID {
	found := []MessageID{}
	before := t.atOrBefore(parents)
	covered := map[int]bool{}
	for at := len(t.Messages) - 1; at >= 0; at-- {
		message := &t.Messages[at].Message
		if !before[at] {
			continue
		}
		if message.Kind == kindPayload && !covered[at] {
			found = append(found, message.ID)
		}
		if message.Kind == kindPayload || covered[at] {
			for _, parent := range t.positions(message.Parents) {
				covered[parent] = true
			}
		}
	}
	slices.Sort(found)
	return found
}

// LogEntry is an entry of the log. It is not spliced while its parents are those of a subsession that are not known yet.
type LogEntry struct {
	ID      MessageID
	Author  Name
	Parents []MessageID
	Spliced bool
}

// Log is what a person reads: entries, the parents of the current subsession, nil while they are pending, and those of the
// previous one.
type Log struct {
	Entries      []LogEntry
	Base         *[]MessageID
	PreviousBase []MessageID
}

func newLog() Log { return Log{Base: &[]MessageID{}} }

// append appends a message that is in its transcript, and gives its positions (transcript.append).
func (l *Log) append(transcript *Transcript, message *Message, isEarlier bool) []uint64 {
	entry := LogEntry{message.ID, message.Author, transcript.logParents(message.Parents), true}
	if len(entry.Parents) == 0 {
		switch {
		case isEarlier:
			entry.Parents = l.PreviousBase
		case l.Base != nil:
			entry.Parents = *l.Base
		default:
			entry.Spliced = false
		}
	}
	l.Entries = append(l.Entries, entry)
	return l.positions(len(l.Entries) - 1)
}

// positions are how far above an entry its log parents stand, in ascending order.
func (l *Log) positions(at int) []uint64 {
	positions := []uint64{}
	left := slices.Clone(l.Entries[at].Parents)
	for above := at - 1; above >= 0 && len(left) > 0; above-- {
		if i := slices.Index(left, l.Entries[above].ID); i >= 0 {
			positions = append(positions, uint64(at-above))
			left = slices.Delete(left, i, i+1)
		}
	}
	return positions
}

// isMarked says whether a user interface marks an entry with these positions.
func isMarked(positions []uint64) bool { return len(positions) != 1 || positions[0] != 1 }

// splice splices the log to the transcript of the previous subsession (transcript.splice).
func (l *Log) splice(previous *Transcript, latest []MessageID) error {
	if missing := previous.missing(latest); len(missing) > 0 {
		return waiting(missing[0])
	}
	base := previous.logParents(latest)
	if len(base) == 0 {
		base = list(l.PreviousBase)
	}
	l.Base = &base
	for i := range l.Entries {
		if entry := &l.Entries[i]; !entry.Spliced {
			entry.Parents, entry.Spliced = base, true
		}
	}
	return nil
}

// begin begins the log of a new subsession (transcript.begin), by one who was in the subsession before or joins with it.
func (l *Log) begin(joins bool) {
	for i := range l.Entries {
		l.Entries[i].Spliced = true
	}
	l.PreviousBase = nil
	if l.Base != nil {
		l.PreviousBase = *l.Base
	}
	l.Base = nil
	if joins {
		l.Base = &[]MessageID{}
	}
}
