package dcgka

import (
	"errors"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// A held envelope came too early.
type held struct {
	received      received
	Envelope      octet
	Digest        key // SHA-256 of the envelope
	Group, Sender id
	First         uint64
	Needs         []position
	// Bundle is the user for whose bundle it waits, Acknowledgement the message that it waits for to be acknowledged.
	Bundle          string
	Acknowledgement *position
	// Digests are those of its messages if it is withheld.
	Digests []key
	Tried   trial
}

// A trial is what there was when a held envelope was tried last: the numbers of changes and of removals in the history,
// of the bundles taken in of the user for whose bundle it waits, and the end of its run, if that was complete.
type trial struct {
	Changes, Removals, Bundles int
	End                        *key
}

// A refusedEnvelope was held, and refused when it was judged.
type refusedEnvelope struct {
	Sender id     `json:"sender"`
	Seq    uint64 `json:"seq"`
	Clause string `json:"clause"`
}

// A receipt is what receiving or retrying gives.
type receipt struct {
	taken   []takenMessage
	refused []refusedEnvelope
	missing []verdict.Missing
	removed bool
}

// clauseOf is the clause of a verdict refused or malformed; empty for others.
func clauseOf(err error) string {
	var refused verdict.Refused
	var malformed wire.Malformed
	switch {
	case errors.As(err, &refused):
		return refused.Clause
	case errors.As(err, &malformed):
		return malformed.Clause
	}
	return ""
}

// missingOf is what a verdict waits for.
func missingOf(err error) (verdict.Missing, bool) {
	var waiting verdict.Waiting
	if !errors.As(err, &waiting) {
		return nil, false
	}
	return waiting.Missing[0], true
}

// judge notes the verdict of what was held.
func (r *receipt) judge(h held, err error) {
	if clause := clauseOf(err); clause != "" {
		r.refused = append(r.refused, refusedEnvelope{h.Sender, h.First, clause})
	}
}

// withheldOf is the envelope that is withheld of a member.
func (b *broadcast) withheldOf(member id) (held, bool) {
	for _, h := range b.Held {
		if h.Sender == member && h.Acknowledgement != nil {
			return h, true
		}
	}
	return held{}, false
}

// drop holds an envelope no more.
func (b *broadcast) drop(digest key) {
	b.Held = slices.DeleteFunc(b.Held, func(h held) bool { return h.Digest == digest })
}

func (h held) length() int { return len(h.Envelope) }

// hasSeen tells whether a message has been processed or sent.
func (g *group) hasSeen(message position) bool { return g.Seen[message.Sender] >= message.Seq }

// lacks is the first message that a held envelope needs and we have not seen.
func (b *broadcast) lacks(h held) (position, bool) {
	for _, need := range h.Needs {
		if !b.Agreement.hasSeen(need) {
			return need, true
		}
	}
	return position{}, false
}

// attempt is what there is for trying a held envelope now.
func (b *broadcast) attempt(h held) trial {
	now := trial{Changes: len(b.Agreement.History.Changes)}
	for _, recorded := range b.Agreement.History.Changes {
		if _, ok := recorded.Change.(removeOperation); ok {
			now.Removals++
		}
	}
	known := b.keys.Contacts[h.Bundle]
	now.Bundles = len(known.Bundles) + len(known.Taken)
	now.End = b.runOf(h.Sender, h.Needs).end()
	return now
}

// isDue has the steps 1 to 3 of causal-broadcast.retry.
func (b *broadcast) isDue(h held) bool {
	// causal-broadcast.retry.1
	if h.Acknowledgement != nil {
		return false
	}
	if h.Bundle != "" {
		now := b.attempt(h)
		return now.Bundles > h.Tried.Bundles || now.Removals > h.Tried.Removals
	}
	// causal-broadcast.retry.2
	if _, ok := b.lacks(h); !ok {
		return b.Agreement.Joined
	}
	// causal-broadcast.retry.3
	end := b.runOf(h.Sender, h.Needs).end()
	if end == nil {
		return false
	}
	wasThere := h.Tried.End != nil && *h.Tried.End == *end
	return !wasThere || h.Tried.Changes != len(b.Agreement.History.Changes)
}

// waitFor notes what a held envelope waits for, and that it was tried.
func (b *broadcast) waitFor(h *held, missing verdict.Missing) {
	h.Bundle, h.Acknowledgement, h.Digests = "", nil, nil
	switch {
	case missing["bundle"] != nil:
		h.Bundle = missing["bundle"].(string)
	case missing["acknowledgement"] != nil:
		message := missing["acknowledgement"].(position)
		h.Acknowledgement = &message
		of, _ := b.signer(h.Sender)
		h.Digests, _ = b.digests(h.received, of.Digest, func(openMessage) bool { return true })
	case missing["message"] != nil:
		if message := missing["message"].(position); !slices.Contains(h.Needs, message) {
			h.Needs = slices.Concat(h.Needs, []position{message})
		}
	}
	h.Tried = b.attempt(*h)
}

// missingTo is what a held envelope waits for (causal-broadcast.retry.8).
func (b *broadcast) missingTo(h held) (verdict.Missing, bool) {
	switch {
	case h.Bundle != "":
		return verdict.Missing{"bundle": h.Bundle}, true
	case h.Acknowledgement != nil:
		return verdict.Missing{"acknowledgement": *h.Acknowledgement}, true
	case !b.Agreement.Joined:
		return verdict.Missing{"join": h.Group}, true
	}
	if needed := b.runOf(h.Sender, h.Needs); needed.isLacking {
		return verdict.Missing{"message": needed.lacking}, true
	}
	lacking, ok := b.lacks(h)
	if lacking.Sender == h.Sender {
		lacking.Seq = b.Agreement.Seen[h.Sender] + 1
	}
	return verdict.Missing{"message": lacking}, ok
}

// A run is what is held and would be taken together with an envelope that needs it, and the message that the envelope
// lacks beside.
type run struct {
	envelopes []held
	lacking   position
	isLacking bool
}

// runOf is causal-broadcast.run, of an envelope of a sender that needs messages.
func (b *broadcast) runOf(sender id, needs []position) run {
	atHand := map[id]uint64{}
	last := func(member id) uint64 { return max(atHand[member], b.Agreement.Seen[member]) }
	isAtHand := func(message position) bool { return last(message.Sender) >= message.Seq }
	view := b.Agreement.view()
	// causal-broadcast.run.2
	fits := func(h held) bool {
		if h.First != last(h.Sender)+1 || hasMember(view, h.Sender) {
			return false
		}
		isNeeded := slices.ContainsFunc(needs, func(need position) bool { return need.Sender == h.Sender && need.Seq >= h.First })
		return isNeeded && !slices.ContainsFunc(h.Needs, func(need position) bool { return !isAtHand(need) })
	}
	var found run
	for {
		// causal-broadcast.run.3
		at := slices.IndexFunc(b.Held, fits)
		if at == -1 {
			break
		}
		found.envelopes = append(found.envelopes, b.Held[at])
		atHand[b.Held[at].Sender] = b.Held[at].received.lastSeq()
	}
	// causal-broadcast.run.4
	for _, need := range needs {
		if isAtHand(need) {
			continue
		}
		if need.Sender == sender {
			need.Seq = last(sender) + 1
		}
		found.lacking, found.isLacking = need, true
		break
	}
	return found
}

// end is the last envelope of a run that is complete.
func (r run) end() *key {
	if r.isLacking || len(r.envelopes) == 0 {
		return nil
	}
	return &r.envelopes[len(r.envelopes)-1].Digest
}

// release is causal-broadcast.release. What it refuses of what was held is noted in the receipt.
func (b *broadcast) release(r received, result *receipt) ([]takenMessage, error) {
	// causal-broadcast.release.1
	aside := b.clone(b.keys.clone())
	taken, err := aside.accept(r, false)
	if err == nil {
		b.become(aside)
		return taken, nil
	}
	if missing, _ := missingOf(err); missing["message"] == nil {
		return nil, err
	}
	before, refused := slices.Clone(b.Held), len(result.refused)
	for {
		// causal-broadcast.release.2
		needed := b.runOf(r.sender(), b.needs(r))
		if needed.isLacking {
			return nil, waitForMessage(needed.lacking)
		}
		// causal-broadcast.release.3, 4
		if !b.mayShow(r, needed.envelopes) {
			return nil, err
		}
		all, stuck, heldErr := b.takeTogether(r, needed.envelopes)
		if stuck == nil {
			// causal-broadcast.release.9
			if clauseOf(heldErr) != "" {
				b.Held, result.refused = before, result.refused[:refused]
			}
			return all, heldErr
		}
		// causal-broadcast.release.6
		if clauseOf(heldErr) == "" {
			return nil, heldErr
		}
		b.drop(stuck.Digest)
		result.judge(*stuck, heldErr)
	}
}

// takeTogether has the steps 5, 7 and 8 of causal-broadcast.release: it takes a run, and what shows that it counts. It
// gives the first envelope of the run that is not accepted, with its verdict.
func (b *broadcast) takeTogether(r received, envelopes []held) ([]takenMessage, *held, error) {
	var all []takenMessage
	var left *broadcast
	changed := b.clone(b.keys.clone())
	next := func(r received, isReleased bool) error {
		changed.Agreement.Removed = false
		taken, err := changed.accept(r, isReleased)
		if err == nil && left == nil {
			all = append(all, taken...)
			if changed.Agreement.Removed {
				left = changed
				changed = left.clone(left.keys.clone())
			}
		}
		return err
	}
	for _, h := range envelopes {
		changed.drop(h.Digest)
		if err := next(h.received, true); err != nil {
			return nil, &h, err
		}
	}
	if err := next(r, false); err != nil {
		return nil, nil, err
	}
	if left == nil {
		left = changed
	}
	b.become(left)
	return all, nil, nil
}

// mayShow is causal-broadcast.release.3: whether an envelope can show that a run counts.
func (b *broadcast) mayShow(r received, envelopes []held) bool {
	sender := r.sender()
	return hasMember(b.Agreement.view(), sender) || b.mayMakeLeave(r, sender) ||
		slices.ContainsFunc(envelopes, func(h held) bool { return h.Sender != sender && b.mayMakeLeave(h.received, sender) })
}

// receive is causal-broadcast.receive.
func (b *broadcast) receive(input []byte) (receipt, error) {
	var result receipt
	r, err := decodeEnvelope(input)
	if err != nil {
		return result, err
	}
	// causal-broadcast.receive.1
	taken, err := b.release(r, &result)
	if err == nil {
		result.taken = taken
		b.retry(&result)
		return result, nil
	}
	missing, ok := missingOf(err)
	if !ok {
		return result, err
	}
	// causal-broadcast.receive.2
	first := r.first()
	h := held{
		received: r, Envelope: input, Digest: primitives.SHA256(input),
		Group: first.inGroup(), Sender: first.from().Sender, First: first.from().Seq,
	}
	if slices.ContainsFunc(b.Held, func(other held) bool { return other.Digest == h.Digest }) {
		return result, verdict.Ignored{}
	}
	h.Needs = b.needs(r)
	hasRefused := len(result.refused) > 0
	b.waitFor(&h, missing)
	// causal-broadcast.receive.3, 4
	if err := b.hold(h, &result); err != nil {
		return result, err
	}
	// causal-broadcast.receive.5, 6
	// Nothing else completes the run of another than what is held of one who is not in our view, and what stood before that.
	mayComplete := !hasMember(b.Agreement.view(), h.Sender) || hasRefused
	isMore := mayComplete && slices.ContainsFunc(b.Held, b.isDue)
	if h.Acknowledgement == nil && !isMore {
		result.missing = []verdict.Missing{missing}
		return result, nil
	}
	b.retry(&result)
	return result, nil
}

// needs are the messages that an envelope needs, and that we have not seen.
func (b *broadcast) needs(r received) []position {
	var needs []position
	if first := r.first().from(); first.Seq > 1 {
		needs = append(needs, position{first.Sender, first.Seq - 1})
	}
	for _, sent := range r.Items {
		ack, ok := sent.Control.(acknowledgement)
		if ok && ack.of().Sender != r.sender() && !slices.Contains(needs, ack.of()) {
			needs = append(needs, ack.of())
		}
	}
	return slices.DeleteFunc(needs, b.Agreement.hasSeen)
}

// boundHeld is causal-broadcast.bound of what is held.
func (b *broadcast) boundHeld(all []held) (fits, lost []held) {
	return bound(roomForHeld, all, func(all []held) func(held) share {
		shareOf := b.sharing(all)
		return func(h held) share {
			if h.Acknowledgement != nil {
				return share{h.Sender, true}
			}
			return shareOf(h.Sender)
		}
	}, newest)
}

// crowdOut notes what is lost (causal-broadcast.bound.4).
func (r *receipt) crowdOut(lost []held) {
	for _, h := range lost {
		r.refused = append(r.refused, refusedEnvelope{h.Sender, h.First, clauseHeldLimit})
	}
}

// hold has the steps 3 and 4 of causal-broadcast.receive.
func (b *broadcast) hold(h held, result *receipt) error {
	fits, lost := b.boundHeld(slices.Concat(b.Held, []held{h}))
	if slices.ContainsFunc(lost, func(other held) bool { return other.Digest == h.Digest }) {
		return verdict.Refuse(clauseHeldLimit, "no room")
	}
	b.Held = fits
	result.crowdOut(lost)
	return nil
}

// retry is causal-broadcast.retry.
func (b *broadcast) retry(result *receipt) {
	for !b.Agreement.Removed {
		b.judgeProcessed(result)
		if !b.retryOnce(result) {
			break
		}
	}
	// causal-broadcast.retry.7
	result.removed = b.Agreement.Removed
	if !result.removed {
		fits, lost := b.boundHeld(b.Held)
		b.Held = fits
		result.crowdOut(lost)
	}
	// causal-broadcast.retry.9
	if result.removed {
		b.Held, b.Queue, b.SigningKey, b.Open, b.Unconfirmed, b.Chain = nil, nil, nil, nil, nil, nil
		b.Signers = map[id]signer{}
	}
	// causal-broadcast.retry.8
	result.missing = b.allMissing()
}

// judgeProcessed is causal-broadcast.retry.4.
func (b *broadcast) judgeProcessed(result *receipt) {
	for _, h := range slices.Clone(b.Held) {
		if h.Group != b.Agreement.ID || !b.Agreement.Joined || !b.Agreement.hasSeen(position{h.Sender, h.First}) {
			continue
		}
		b.drop(h.Digest)
		aside := b.clone(b.keys.clone())
		_, err := aside.accept(h.received, false)
		result.judge(h, err)
	}
}

// retryOnce has the steps 5 and 6 of causal-broadcast.retry. It tells whether they begin again.
func (b *broadcast) retryOnce(result *receipt) bool {
	isAnyGone := false
	for _, h := range slices.Clone(b.Held) {
		isHeld := slices.ContainsFunc(b.Held, func(other held) bool { return other.Digest == h.Digest })
		if !isHeld || !b.isDue(h) {
			continue
		}
		before := len(result.refused)
		taken, err := b.release(h.received, result)
		if err == nil {
			result.taken = append(result.taken, taken...)
			b.drop(h.Digest)
			return true
		}
		missing, ok := missingOf(err)
		if !ok {
			b.drop(h.Digest)
			result.judge(h, err)
			isAnyGone = true
			continue
		}
		b.waitFor(&h, missing)
		at := slices.IndexFunc(b.Held, func(other held) bool { return other.Digest == h.Digest })
		b.Held[at] = h
		if len(result.refused) > before {
			return true
		}
	}
	return isAnyGone
}

// allMissing is what those that are held wait for, each once.
func (b *broadcast) allMissing() []verdict.Missing {
	var all []verdict.Missing
	for _, h := range b.Held {
		missing, ok := b.missingTo(h)
		if ok && !slices.ContainsFunc(all, missing.Equal) {
			all = append(all, missing)
		}
	}
	return all
}
