package mpenc

import (
	"encoding/binary"
	"maps"
	"slices"

	"conclave.example/port/internal/primitives"
)

// Times in milliseconds (chapter "liveness").
const (
	latency          = 5_000
	full             = acknowledgeAfter + 2*latency
	acknowledgeAfter = 16_000
	acknowledgeSoon  = latency / 5
	idle             = 4 * full
	expiry           = idle*17/16 + full
	shutdown         = 16 * latency
	grace            = latency
	latestTime       = 1 << 52
)

// The phases of a subsession.
const (
	phaseJoined     = "joined"
	phaseParting    = "parting"
	phaseParted     = "parted"
	phasePartFailed = "part-failed"
)

// seed is what the draws of a member are derived from.
type seed = Key

// drawKey draws 32 bytes.
func drawKey(from seed, label string) Key { return primitives.DrawKey(from, label) }

// drawNumber draws two bytes, as a big-endian number.
func drawNumber(from seed, label string) uint64 {
	key := drawKey(from, label)
	return uint64(binary.BigEndian.Uint16(key[:]))
}

// isWithin says whether a time is less than a span ago.
func isWithin(at, span, now uint64) bool { return now < at+span }

// operationTime is how long an operation is expected to take.
func operationTime(targets int) uint64 { return uint64(2+targets) * (latency + 1_000) }

// dueTimes are the times at which a monitor that counts from a time comes due.
func dueTimes(at uint64) []uint64 {
	times := []uint64{at + full}
	for factor := uint64(1); factor <= 64; factor *= 2 {
		times = append(times, times[len(times)-1]+factor*latency)
	}
	return times
}

// Monitor is the watch over one message. Times is how many of its due times are over.
type Monitor struct {
	ID              MessageID
	At              uint64
	Acknowledgement *uint64
	Due             *uint64
	Times           int
}

// Held is a message in the buffer of the transcript.
type Held struct {
	ID   MessageID
	At   uint64
	Told bool
}

// Fin is our last FIN.
type Fin struct {
	ID           MessageID
	At           uint64
	Acknowledged *uint64
}

// Liveness sees to it that what was written in a subsession reaches everybody, or that the user is told.
type Liveness struct {
	Me       Name
	Phase    string
	Monitors []Monitor
	Held     []Held
	Seen     map[MessageID]uint64
	Sent     map[MessageID]uint64
	Fresh    map[Name]uint64
	Expired  []Name
	LastSent uint64
	Fin      *Fin
}

// Action is what liveness wants to be done: something to be written or resent, or a notice for the user.
type Action any

// ToWrite asks to write an acknowledgement or a heartbeat.
type ToWrite struct {
	Type string `json:"type"`
}

// ToResend asks to send the packet of a message again.
type ToResend struct {
	Type string    `json:"type"`
	ID   MessageID `json:"id"`
}

// beginLiveness begins the liveness of one of the members (liveness.begin).
func beginLiveness(me Name, members []Name, now uint64) *Liveness {
	fresh := map[Name]uint64{}
	for _, member := range without(members, []Name{me}) {
		fresh[member] = now
	}
	return &Liveness{Me: me, Phase: phaseJoined, Seen: map[MessageID]uint64{}, Sent: map[MessageID]uint64{}, Fresh: fresh, LastSent: now}
}

func (l *Liveness) hasEnded() bool { return l.Phase == phaseParted || l.Phase == phasePartFailed }

// see notes that the packet of a message was seen, and forgets what was seen long ago.
func (l *Liveness) see(id MessageID, now uint64) {
	maps.DeleteFunc(l.Seen, func(_ MessageID, at uint64) bool { return !isWithin(at, latency, now) })
	l.Seen[id] = now
}

func (l *Liveness) wasSeen(id MessageID, now uint64) bool {
	at, ok := l.Seen[id]
	return ok && isWithin(at, latency, now)
}

func (l *Liveness) release(id MessageID) {
	l.Held = slices.DeleteFunc(l.Held, func(held Held) bool { return held.ID == id })
}

// accepted takes note of a message that was accepted, and of those that became fully acknowledged by it
// (liveness.accepted).
func (l *Liveness) accepted(transcript *Transcript, message *Message, complete []MessageID, from seed, now uint64) []Action {
	// liveness.accepted.1
	l.see(message.ID, now)
	// liveness.accepted.2 and 3
	l.Monitors = slices.DeleteFunc(l.Monitors, func(monitor Monitor) bool { return slices.Contains(complete, monitor.ID) })
	for _, id := range complete {
		if l.Fin != nil && l.Fin.ID == id {
			l.Fin.Acknowledged = &now
		}
		if one := transcript.find(id).Message; one.Kind == kindFin && one.Author != l.Me {
			delete(l.Fresh, one.Author)
			l.Expired = without(l.Expired, []Name{one.Author})
		}
	}
	// liveness.accepted.4 to 6
	isOurs := message.Author == l.Me
	if message.Kind != kindAck && !slices.Contains(complete, message.ID) {
		l.watch(message, from, now)
	}
	var actions []Action
	if isOurs {
		// liveness.accepted.7 and 8
		l.Sent[message.ID] = now
		if message.Kind != kindAck {
			l.LastSent = now
		}
		if message.Kind == kindFin {
			l.Fin = &Fin{message.ID, now, nil}
			if len(message.Readers) == 0 {
				l.Fin.Acknowledged = &now
			}
			l.Phase = phaseParting
		}
	} else if l.refresh(transcript, message) && slices.Contains(l.Expired, message.Author) && isWithin(l.Fresh[message.Author], expiry, now) {
		// liveness.accepted.10
		l.Expired = without(l.Expired, []Name{message.Author})
		actions = append(actions, memberNotice{"back", message.Author})
	}
	// liveness.accepted.11
	l.release(message.ID)
	return actions
}

// watch begins to watch a message (steps 4 to 6 of liveness.accepted).
func (l *Liveness) watch(message *Message, from seed, now uint64) {
	monitor := Monitor{ID: message.ID, At: now}
	if message.Author != l.Me {
		due := now + acknowledgeAfter
		if message.Kind == kindConsistency || message.Kind == kindFin {
			due = now + drawNumber(from, "acknowledge/"+string(message.ID))%acknowledgeSoon
		}
		monitor.Acknowledgement = &due
		monitor.At += drawNumber(from, "resend/"+string(message.ID)) % latency
	}
	due := monitor.At + full
	monitor.Due = &due
	l.Monitors = append(l.Monitors, monitor)
}

// refresh notes until when the author of a message is fresh, and says whether that has become later (step 9 of
// liveness.accepted).
func (l *Liveness) refresh(transcript *Transcript, message *Message) bool {
	fresh, isPresent := l.Fresh[message.Author]
	last := transcript.latestBefore(message, l.Me)
	if !isPresent || last == nil || l.Sent[last.ID] <= fresh {
		return false
	}
	l.Fresh[message.Author] = l.Sent[last.ID]
	return true
}

// held takes note of a message that waits for its parents, and of those that the buffer dropped (liveness.held).
func (l *Liveness) held(id MessageID, dropped []MessageID, now uint64) {
	if !slices.ContainsFunc(l.Held, func(held Held) bool { return held.ID == id }) {
		l.Held = append(l.Held, Held{ID: id, At: now})
	}
	for _, one := range dropped {
		l.release(one)
	}
}

// duplicate takes note of a message that came again (liveness.duplicate).
func (l *Liveness) duplicate(transcript *Transcript, id MessageID, now uint64) []Action {
	wasSeen := l.wasSeen(id, now)
	l.see(id, now)
	position := transcript.Index[id]
	message := &transcript.Messages[position]
	isUnacknowledged := slices.Contains(message.Unacknowledged, l.Me)
	if wasSeen || message.Message.Author == l.Me || message.Message.Kind == kindAck || isUnacknowledged {
		return nil
	}
	answer := transcript.earliestAfter(position, l.Me)
	if answer == nil || answer.Kind != kindAck {
		return nil
	}
	return l.resend(nil, answer.ID, now)
}

// resend adds that a message is to be resent, unless it was seen just now.
func (l *Liveness) resend(actions []Action, id MessageID, now uint64) []Action {
	if l.wasSeen(id, now) {
		return actions
	}
	l.see(id, now)
	return append(actions, ToResend{"resend", id})
}

func isDue(at *uint64, now uint64) bool { return at != nil && *at <= now }

// tick does what is due (liveness.tick).
func (l *Liveness) tick(transcript *Transcript, now uint64) []Action {
	if l.hasEnded() {
		return nil
	}
	var actions []Action
	// liveness.tick.2 and 3
	isToAcknowledge := false
	for i := range l.Monitors {
		monitor := &l.Monitors[i]
		isAcknowledgementDue := isDue(monitor.Acknowledgement, now)
		if isAcknowledgementDue || isDue(monitor.Due, now) {
			isToAcknowledge = isToAcknowledge || slices.Contains(transcript.find(monitor.ID).Unacknowledged, l.Me)
		}
		if isAcknowledgementDue {
			monitor.Acknowledgement = nil
		}
	}
	if isToAcknowledge {
		actions = append(actions, ToWrite{"acknowledge"})
	}
	for i := range l.Monitors {
		if isDue(l.Monitors[i].Due, now) {
			actions = append(actions, l.due(&l.Monitors[i], transcript, now)...)
		}
	}
	// liveness.tick.9
	for i := range l.Held {
		held := &l.Held[i]
		if held.Told || isWithin(held.At, latency, now) {
			continue
		}
		at := slices.IndexFunc(transcript.Buffer, func(message Message) bool { return message.ID == held.ID })
		if at < 0 {
			continue
		}
		held.Told = true
		message := &transcript.Buffer[at]
		actions = append(actions, notAccepted{"not-accepted", message.ID, message.Author, transcript.missing(message.Parents)})
	}
	if l.Phase == phaseJoined {
		// liveness.tick.10 and 11
		if !isWithin(l.LastSent, idle, now) {
			actions = append(actions, ToWrite{"heartbeat"})
		}
		for _, member := range slices.Sorted(maps.Keys(l.Fresh)) {
			if !slices.Contains(l.Expired, member) && !isWithin(l.Fresh[member], expiry, now) {
				l.Expired = append(l.Expired, member)
				actions = append(actions, memberNotice{"expired", member})
			}
		}
	}
	// liveness.tick.12
	if l.Phase == phaseParting && (l.Fin.Acknowledged != nil && !isWithin(*l.Fin.Acknowledged, grace, now) || !isWithin(l.Fin.At, shutdown, now)) {
		actions = append(actions, l.stop(transcript)...)
	}
	return actions
}

// due does what is to be done when a monitor is due (steps 5 to 8 of liveness.tick).
func (l *Liveness) due(monitor *Monitor, transcript *Transcript, now uint64) []Action {
	var actions []Action
	watched := transcript.find(monitor.ID)
	if monitor.Times == 0 && watched.Message.Kind == kindPayload {
		actions = append(actions, notAcknowledged{"not-acknowledged", monitor.ID, watched.Unacknowledged, false})
	}
	if len(without(watched.Unacknowledged, []Name{l.Me})) > 0 && !l.wasSeen(monitor.ID, now) {
		isAck := func(one *AcceptedMessage) bool { return one.Message.Kind == kindAck }
		for _, at := range slices.Sorted(maps.Keys(transcript.reach(transcript.positions(watched.Message.Parents), isAck))) {
			actions = l.resend(actions, transcript.Messages[at].Message.ID, now)
		}
		actions = l.resend(actions, monitor.ID, now)
	}
	monitor.Due = nil
	times := dueTimes(monitor.At)
	monitor.Times = len(times)
	if next := slices.IndexFunc(times, func(at uint64) bool { return at > now }); next >= 0 {
		monitor.Due, monitor.Times = &times[next], next
	}
	return actions
}

// stop ends the subsession (liveness.stop).
func (l *Liveness) stop(transcript *Transcript) []Action {
	var actions []Action
	for i := range transcript.Messages {
		if one := &transcript.Messages[i]; one.Message.Kind == kindPayload && len(one.Unacknowledged) > 0 {
			actions = append(actions, notAcknowledged{"not-acknowledged", one.Message.ID, one.Unacknowledged, true})
		}
	}
	isGood := len(actions) == 0
	l.Phase = phasePartFailed
	if isGood {
		l.Phase = phaseParted
	}
	l.Monitors, l.Held = nil, nil
	return append(actions, ended{"ended", isGood})
}

// nextTick is when tick has something to do next, nil when never.
func (l *Liveness) nextTick() *uint64 {
	if l.hasEnded() {
		return nil
	}
	var next earliest
	for _, monitor := range l.Monitors {
		next.addOptional(monitor.Acknowledgement)
		next.addOptional(monitor.Due)
	}
	for _, held := range l.Held {
		if !held.Told {
			next.add(held.At + latency)
		}
	}
	if l.Phase == phaseJoined {
		next.add(l.LastSent + idle)
		for member, at := range l.Fresh {
			if !slices.Contains(l.Expired, member) {
				next.add(at + expiry)
			}
		}
	}
	if l.Fin != nil {
		next.add(l.Fin.At + shutdown)
		if l.Fin.Acknowledged != nil {
			next.add(*l.Fin.Acknowledged + grace)
		}
	}
	return next.at
}

// earliest is the earliest of some times, nil when there is none.
type earliest struct{ at *uint64 }

func (e *earliest) add(at uint64) {
	if e.at == nil || at < *e.at {
		e.at = &at
	}
}

func (e *earliest) addOptional(at *uint64) {
	if at != nil {
		e.add(*at)
	}
}
