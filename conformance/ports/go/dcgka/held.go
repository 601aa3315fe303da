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
// of the bundles taken in of the user for whose bundle it waits, and what was withheld of the sender of the first message
// that it lacks.
type trial struct {
	Changes, Removals, Bundles int
	Withheld                   *key
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
	if lacking, ok := b.lacks(h); ok {
		if w, ok := b.withheldOf(lacking.Sender); ok {
			now.Withheld = &w.Digest
		}
	}
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
	lacking, ok := b.lacks(h)
	if !ok {
		return b.Agreement.Joined
	}
	// causal-broadcast.retry.3
	w, ok := b.withheldOf(lacking.Sender)
	if !ok {
		return false
	}
	wasThere := h.Tried.Withheld != nil && *h.Tried.Withheld == w.Digest
	return !wasThere || h.Tried.Changes != len(b.Agreement.History.Changes)
}

// waitFor notes what a held envelope waits for, and that it was tried, unless it is to be tried again.
func (b *broadcast) waitFor(h *held, missing verdict.Missing, isAgain bool) {
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
	if isAgain {
		h.Tried.Withheld = nil
	}
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
	lacking, ok := b.lacks(h)
	if lacking.Sender == h.Sender {
		lacking.Seq = b.Agreement.Seen[h.Sender] + 1
	}
	return verdict.Missing{"message": lacking}, ok
}

// release is causal-broadcast.release. What it refuses of what was held is noted in the receipt.
func (b *broadcast) release(r received, result *receipt) ([]takenMessage, error) {
	var all []takenMessage
	changed := b.clone(b.keys.clone())
	for {
		// causal-broadcast.release.1
		taken, err := changed.accept(r, false)
		if err == nil {
			b.become(changed)
			return append(all, taken...), nil
		}
		missing, _ := missingOf(err)
		lacking, ok := missing["message"].(position)
		if !ok {
			return nil, err
		}
		// causal-broadcast.release.2 to 4
		h, ok := changed.heldNext(lacking.Sender)
		if !ok || !b.mayRelease(r, h) {
			return nil, err
		}
		// causal-broadcast.release.5
		taken, heldErr := changed.accept(h.received, true)
		if heldErr != nil {
			if clauseOf(heldErr) != "" {
				b.drop(h.Digest)
				result.judge(h, heldErr)
			}
			return nil, err
		}
		changed.drop(h.Digest)
		all = append(all, taken...)
		// causal-broadcast.release.7
		if changed.Agreement.Removed {
			aside := changed.clone(changed.keys.clone())
			aside.Agreement.Removed = false
			if _, _, err := aside.verify(r); err != nil {
				return nil, err
			}
			b.become(changed)
			return all, nil
		}
	}
}

// heldNext is an envelope that is held, begins with the next message of a member, and lacks nothing.
func (b *broadcast) heldNext(member id) (held, bool) {
	for _, h := range b.Held {
		if h.Sender != member || h.First != b.Agreement.Seen[member]+1 || h.Bundle != "" {
			continue
		}
		if _, lacks := b.lacks(h); !lacks {
			return h, true
		}
	}
	return held{}, false
}

// mayRelease is causal-broadcast.release.3: whether an envelope can show that what is held of the former counts.
func (b *broadcast) mayRelease(r received, h held) bool {
	sender := r.sender()
	if sender == h.Sender {
		return b.mayMakeLeave(r, h.Sender)
	}
	return hasMember(b.Agreement.view(), sender) || b.mayMakeLeave(h.received, sender)
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
	b.waitFor(&h, missing, hasRefused)
	// causal-broadcast.receive.3, 4
	if err := b.hold(h, &result); err != nil {
		return result, err
	}
	// causal-broadcast.receive.5, 6
	if h.Acknowledgement == nil && !hasRefused {
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
	for _, h := range slices.Clone(b.Held) {
		isHeld := slices.ContainsFunc(b.Held, func(other held) bool { return other.Digest == h.Digest })
		if !isHeld || !b.isDue(h) {
			continue
		}
		refused := len(result.refused)
		taken, err := b.release(h.received, result)
		hasRefused := len(result.refused) > refused
		if err == nil {
			result.taken = append(result.taken, taken...)
			b.drop(h.Digest)
			return true
		}
		missing, ok := missingOf(err)
		if !ok {
			b.drop(h.Digest)
			result.judge(h, err)
			continue
		}
		b.waitFor(&h, missing, hasRefused)
		at := slices.IndexFunc(b.Held, func(other held) bool { return other.Digest == h.Digest })
		b.Held[at] = h
		if h.Acknowledgement != nil || hasRefused {
			return true
		}
	}
	return false
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
