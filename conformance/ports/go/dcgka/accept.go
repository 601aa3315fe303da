package dcgka

import (
	"errors"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

// A received envelope, with its bytes.
type received struct {
	bytes []byte
	envelope
}

func (r received) first() controlMessage { return r.Items[0].Control }
func (r received) sender() id            { return r.first().from().Sender }
func (r received) lastSeq() uint64       { return r.Items[len(r.Items)-1].Control.from().Seq }

// digests are those of the messages of an envelope. They are false when a message acknowledges one that is not among the
// open ones, or one that `isRight` does not hold of.
func (b *broadcast) digests(r received, previous key, isRight func(openMessage) bool) ([]key, bool) {
	var digests []key
	for _, sent := range r.Items {
		var acknowledged *key
		if ack, ok := sent.Control.(acknowledgement); ok {
			o, ok := b.findOpen(ack.of())
			if !ok || !isRight(o) {
				return nil, false
			}
			acknowledged = &o.Digest
		}
		previous = messageDigest(previous, acknowledged, wire.Encode(sent))
		digests = append(digests, previous)
	}
	return digests, true
}

// A takenMessage is what processing one message gave.
type takenMessage struct {
	message    controlMessage
	control    []byte
	digest     key
	signingKey key
	unseen     []position
	secrets    []updateSecret
	chain      *chain
	rekey      *position // the update that we made for it
}

// An updateSecret belongs to a member and the number of its message.
type updateSecret struct {
	Member id     `json:"member"`
	Seq    uint64 `json:"seq"`
	Secret key    `json:"secret"`
}

// decodeEnvelope has the steps 1 to 5 of causal-broadcast.accept.
func decodeEnvelope(input []byte) (received, error) {
	decoded, err := wire.Decode[envelope](input)
	if err != nil {
		return received{}, err
	}
	r := received{input, decoded}
	// causal-broadcast.accept.2
	first := r.first()
	for i, sent := range r.Items {
		expected := position{first.from().Sender, first.from().Seq + uint64(i)}
		if sent.Control.inGroup() != first.inGroup() || sent.Control.from() != expected {
			return r, verdict.Refuse("causal-broadcast.one-sender", "not of one sender, in order")
		}
	}
	// causal-broadcast.accept.3
	for _, sent := range r.Items {
		if bringsKey(sent.Control) != (sent.SigningKey != nil) {
			return r, verdict.Refuse("causal-broadcast.signing-key", "no signing key, or one too many")
		}
	}
	// causal-broadcast.accept.4
	for _, sent := range r.Items {
		if statesCut(sent.Control) != (sent.Cut != nil) {
			return r, verdict.Refuse(clauseCut, "no cut, or one too many")
		}
	}
	// causal-broadcast.accept.5
	for _, sent := range r.Items {
		if _, isAdd := sent.Control.(addControl); isAdd && len(r.Items) > 1 {
			return r, verdict.Refuse("causal-broadcast.add-alone", "not alone")
		}
	}
	return r, nil
}

// accept is causal-broadcast.accept after its fifth step; without its steps 11 to 13 when what is withheld counts.
func (b *broadcast) accept(r received, counts bool) ([]takenMessage, error) {
	// causal-broadcast.accept.6
	if !b.Agreement.Joined {
		var taken []takenMessage
		err := b.try(func(b *broadcast) (err error) {
			taken, err = b.join(r)
			return err
		})
		return taken, err
	}
	isInDoubt := b.isInDoubt(r)
	// causal-broadcast.accept.7 to 10
	by, digests, err := b.verify(r)
	if err != nil {
		return nil, doubted(err, isInDoubt && isClause(err, "causal-broadcast.acknowledges"))
	}
	// causal-broadcast.accept.11 to 13
	if !counts && b.isToWithhold(r) {
		return nil, b.withholds(r, digests)
	}
	// causal-broadcast.accept.14
	var taken []takenMessage
	err = b.try(func(b *broadcast) (err error) {
		taken, err = b.take(r, by, digests, nil)
		return err
	})
	return taken, doubted(err, isInDoubt)
}

// doubted is causal-broadcast.accept.15.
func doubted(err error, isInDoubt bool) error {
	var refused verdict.Refused
	if isInDoubt && errors.As(err, &refused) && refused.Clause != clauseConfirmation && refused.Clause != clauseCommitment {
		return verdict.Refuse(clauseUnconfirmed, refused.Clause)
	}
	return err
}

func isClause(err error, clause string) bool {
	var refused verdict.Refused
	return errors.As(err, &refused) && refused.Clause == clause
}

// isInDoubt tells whether the sender of an envelope, or of a message that it acknowledges, is unconfirmed.
func (b *broadcast) isInDoubt(r received) bool {
	return b.isUnconfirmed(r.sender()) || slices.ContainsFunc(r.Items, func(sent item) bool {
		ack, ok := sent.Control.(acknowledgement)
		return ok && b.isUnconfirmed(ack.of().Sender)
	})
}

// verify has the steps 7 to 10 of causal-broadcast.accept. It gives the sender's signer and the digests.
func (b *broadcast) verify(r received) (signer, []key, error) {
	sender := r.sender()
	// causal-broadcast.accept.7
	for i, sent := range r.Items {
		seen := b.Agreement.Seen[sender]
		if i > 0 {
			seen = sent.Control.from().Seq - 1
		}
		err := b.Agreement.checkOrder(sent.Control, seen)
		if errors.Is(err, verdict.Ignored{}) {
			if _, err := b.confirm(r, false); err != nil {
				return signer{}, nil, err
			}
			return signer{}, nil, b.compare(r)
		}
		if err != nil {
			return signer{}, nil, err
		}
	}
	// causal-broadcast.accept.8
	if _, ok := b.Agreement.Users[sender]; !ok {
		return signer{}, nil, verdict.Refuse("key-agreement.sender-member", "no member")
	}
	by, ok := b.signer(sender)
	if !ok {
		return by, nil, waitForBundle(b.Agreement.Users[sender])
	}
	// causal-broadcast.accept.9
	digests, ok := b.digests(r, by.Digest, func(o openMessage) bool { return o.awaits(sender) })
	if !ok {
		return by, nil, verdict.Refuse("causal-broadcast.acknowledges", "not awaited")
	}
	// causal-broadcast.accept.10
	if primitives.Verify(by.SigningKey, signedEnvelope(digests[len(digests)-1]), r.Signature) {
		return by, digests, nil
	}
	isFound := false
	if b.isUnconfirmed(sender) && hasMember(b.Agreement.view(), sender) && b.Agreement.Seen[sender] > 0 {
		found, err := b.confirm(r, true)
		if err != nil {
			return by, nil, err
		}
		isFound = found
	}
	if b.isInDoubt(r) && !isFound {
		return by, nil, verdict.Refuse(clauseUnconfirmed, "not signed")
	}
	return by, nil, verdict.Refuse(clauseSignature, "not signed")
}

// removalsOf are the positions of the removals of a member in the history.
func (g *group) removalsOf(member id) []int {
	var removals []int
	for at, recorded := range g.History.Changes {
		if removal, ok := recorded.Change.(removeOperation); ok && removal.Member == member {
			removals = append(removals, at)
		}
	}
	return removals
}

// mayMakeLeave tells whether an envelope may have made a member leave that did not know, as of its last message, of every
// removal of the former member that we know of.
func (b *broadcast) mayMakeLeave(r received, former id) bool {
	g := b.Agreement
	removals, view := g.removalsOf(former), g.view()
	return slices.ContainsFunc(r.Items, func(sent item) bool {
		removal, ok := sent.Control.(removeControl)
		if !ok || !hasMember(view, removal.Member) {
			return false
		}
		known := g.History.Known[removal.Member]
		return slices.ContainsFunc(removals, func(at int) bool { return !known.has(at) })
	})
}

// isToWithhold is causal-broadcast.accept.11.
func (b *broadcast) isToWithhold(r received) bool {
	isAny := slices.ContainsFunc(r.Items, func(sent item) bool { return statesCut(sent.Control) })
	return isAny && len(b.Agreement.removalsOf(r.sender())) > 0 && !b.mayMakeLeave(r, r.sender())
}

// withholds has the steps 12 and 13 of causal-broadcast.accept.
func (b *broadcast) withholds(r received, digests []key) error {
	if h, ok := b.withheldOf(r.sender()); ok && h.First == r.first().from().Seq {
		if h.Digests[len(h.Digests)-1] == digests[len(digests)-1] {
			return verdict.Ignored{}
		}
		return verdict.Refuse(clauseEquivocation, "another one is withheld")
	}
	return verdict.Wait("acknowledgement", position{r.sender(), r.lastSeq()})
}

// take is causal-broadcast.take. An add by which we have just joined has an outcome already.
func (b *broadcast) take(r received, by signer, digests []key, joined *outcome) ([]takenMessage, error) {
	var all []takenMessage
	for i, sent := range r.Items {
		// causal-broadcast.take.1
		isOut := b.Agreement.Removed
		b.Agreement.Removed = false
		taken, err := b.takeMessage(sent, digests[i], joined)
		if err != nil {
			return nil, err
		}
		if isOut {
			b.Agreement.Removed = true
			continue
		}
		all = append(all, taken)
	}
	// causal-broadcast.take.9
	b.rememberEnvelope(r.sender(), seenEnvelope{
		First: r.first().from().Seq, Last: r.lastSeq(), Before: by.Digest, After: digests[len(digests)-1], VerifiedBy: by.SigningKey,
	})
	return all, nil
}

// directFor is what comes with a message for a member.
func (sent item) directFor(member id) incoming {
	return incoming{
		message:    sent.Control,
		control:    wire.Encode(sent.Control),
		recipients: sortedMembers(sent.Directs),
		direct:     sent.Directs[member],
	}
}

// takeMessage has the steps 2 to 8 of causal-broadcast.take.
func (b *broadcast) takeMessage(sent item, digest key, joined *outcome) (takenMessage, error) {
	g, from := b.Agreement, sent.Control.from()
	isViewed := g.Joined && hasMember(g.view(), from.Sender)
	before := b.Signers[from.Sender]
	var cut key
	if isViewed {
		cut = b.cut(from.Sender, g.History.Known[from.Sender])
	}
	// causal-broadcast.take.2
	result, err := b.processMessage(sent, digest, joined)
	if err != nil {
		return takenMessage{}, err
	}
	// causal-broadcast.take.3
	if joined == nil && sent.Cut != nil && isViewed && *sent.Cut != cut {
		return takenMessage{}, verdict.Refuse(clauseCut, "another cut")
	}
	// causal-broadcast.take.4
	if result.confirmation != nil && hasMember(g.view(), from.Sender) {
		if expected, ok := b.expectedConfirmation(from, before, cut); !ok || *result.confirmation != expected {
			return takenMessage{}, verdict.Refuse(clauseConfirmation, "another confirmation")
		}
		b.Unconfirmed = without(b.Unconfirmed, from.Sender)
	}
	// causal-broadcast.take.5
	taken := takenMessage{message: sent.Control, control: wire.Encode(sent.Control), digest: digest, chain: sent.Chain}
	for _, o := range b.Open {
		if o.awaits(from.Sender) {
			taken.unseen = append(taken.unseen, o.at())
		}
	}
	b.note(sent, digest)
	// causal-broadcast.take.6
	if add, ok := sent.Control.(addControl); ok && b.isUnconfirmed(from.Sender) {
		b.Unconfirmed = withMember(b.Unconfirmed, add.added())
	}
	// causal-broadcast.take.7, 8
	taken.signingKey = b.Signers[from.Sender].SigningKey
	if result.senderSecret != nil {
		taken.secrets = append(taken.secrets, updateSecret{from.Sender, from.Seq, *result.senderSecret})
	}
	if result.ownSecret != nil {
		taken.secrets = append(taken.secrets, updateSecret{g.Me, g.Seen[g.Me], *result.ownSecret})
	}
	if result.rekey != nil {
		rekey := result.rekey.message.from()
		taken.rekey = &rekey
	}
	for _, out := range []*outgoing{result.response, result.rekey} {
		if out == nil {
			continue
		}
		if err := b.send(out, b.ownCut()); err != nil {
			return takenMessage{}, err
		}
	}
	return taken, nil
}

// processMessage is causal-broadcast.take.2.
func (b *broadcast) processMessage(sent item, digest key, joined *outcome) (outcome, error) {
	if joined != nil {
		return *joined, nil
	}
	g := b.Agreement
	me := g.Me
	if !g.Joined {
		me = memberIdentifier(sent.Control.inGroup(), b.keys.User, nil, 0)
	}
	in := sent.directFor(me)
	if _, ok := sent.Control.(addControl); ok {
		own, _ := b.signer(me)
		cut := b.ownCut()
		in.confirm = func(seq uint64) key {
			return b.confirmation(position{me, seq}, digest, own.Digest, own.SigningKey, cut)
		}
	}
	return g.process(b.keys, in)
}

// ownAddition is the add that made our member.
func (g *group) ownAddition() (position, bool) {
	for _, recorded := range g.History.Changes {
		if added, ok := recorded.Change.(addOperation); ok && added.Member == g.Me {
			return added.from(), true
		}
	}
	return position{}, false
}

// expectedConfirmation is that of an add-ack of our addition, by what was before it: its sender's signer and cut.
func (b *broadcast) expectedConfirmation(addAck position, before signer, cut key) (key, bool) {
	addition, _ := b.Agreement.ownAddition()
	add, ok := b.findOpen(addition)
	return b.confirmation(addAck, add.Digest, before.Digest, before.SigningKey, cut), ok
}

// confirm is causal-broadcast.confirm. It tells whether it has found what is expected.
func (b *broadcast) confirm(r received, isExpected bool) (bool, error) {
	// causal-broadcast.confirm.1
	addition, ok := b.Agreement.ownAddition()
	if !ok || !b.isUnconfirmed(r.sender()) {
		return false, nil
	}
	at := slices.IndexFunc(r.Items, func(sent item) bool {
		ack, ok := sent.Control.(addAckControl)
		return ok && ack.of() == addition && sent.Directs[b.Agreement.Me] != nil
	})
	if at < 0 || isExpected && at > 0 {
		return false, nil
	}
	// causal-broadcast.confirm.2
	aside := b.clone(b.keys.clone())
	payload, err := aside.Agreement.receive(aside.keys, r.Items[at].directFor(b.Agreement.Me), 64)
	if err != nil {
		return false, nil
	}
	// causal-broadcast.confirm.3
	sender := r.sender()
	expected, ok := b.expectedConfirmation(r.Items[at].Control.from(), b.Signers[sender],
		b.cut(sender, b.Agreement.History.Known[sender]))
	if !isExpected || !ok || key(payload[32:]) != expected {
		return false, verdict.Refuse(clauseConfirmation, "another confirmation")
	}
	return true, nil
}

// compare is causal-broadcast.compare.
func (b *broadcast) compare(r received) error {
	first, of := r.first().from(), b.Signers[r.sender()]
	at := slices.IndexFunc(of.Envelopes, func(seen seenEnvelope) bool { return seen.First == first.Seq })
	if at < 0 {
		contradicts := func(sent item) bool { return statesCut(sent.Control) && sent.Control.from().Seq > of.Last }
		if b.isUnconfirmed(first.Sender) && slices.ContainsFunc(r.Items, contradicts) {
			return verdict.Refuse(clauseUnconfirmed, "counted as an acknowledgement")
		}
		return verdict.Ignored{}
	}
	seen := of.Envelopes[at]
	digests, ok := b.digests(r, seen.Before, func(openMessage) bool { return true })
	if !ok || digests[len(digests)-1] == seen.After {
		return verdict.Ignored{}
	}
	if primitives.Verify(seen.VerifiedBy, signedEnvelope(digests[len(digests)-1]), r.Signature) {
		return verdict.Refuse(clauseEquivocation, "another one was taken")
	}
	return verdict.Refuse(clauseSignature, "not signed")
}

// join is causal-broadcast.join, and accept after it.
func (b *broadcast) join(r received) ([]takenMessage, error) {
	g := b.Agreement
	var by signer
	var joined *outcome
	switch message := r.first().(type) {
	case createControl:
		// causal-broadcast.join.1
		creator, ok := b.keys.Contacts[message.Users[0]]
		if !ok {
			return nil, waitForBundle(message.Users[0])
		}
		by = signer{SigningKey: creator.SigningKey}
	case addControl:
		if message.User != b.keys.User {
			return nil, verdict.Wait("join", message.Group)
		}
		// causal-broadcast.join.2, 3
		result, err := g.process(b.keys, r.Items[0].directFor(message.added()))
		if err != nil {
			return nil, err
		}
		if err := b.takeAttachment(message, *result.attachment); err != nil {
			return nil, err
		}
		by, joined = b.Signers[message.Sender], &result
	default:
		return nil, verdict.Wait("join", r.first().inGroup())
	}
	// causal-broadcast.accept.9, 10
	digests, ok := b.digests(r, by.Digest, func(o openMessage) bool { return o.awaits(r.sender()) })
	if !ok {
		return nil, verdict.Refuse("causal-broadcast.acknowledges", "not awaited")
	}
	if !primitives.Verify(by.SigningKey, signedEnvelope(digests[len(digests)-1]), r.Signature) {
		return nil, verdict.Refuse(clauseSignature, "not signed")
	}
	// causal-broadcast.join.4
	if joined != nil && *r.Items[0].Cut != b.cut(r.sender(), knowledge{Length: uint64(len(g.History.Changes)) - 1}) {
		return nil, verdict.Refuse(clauseCut, "another cut")
	}
	return b.take(r, by, digests, joined)
}

// takeAttachment is causal-broadcast.join.3.
func (b *broadcast) takeAttachment(add addControl, encoded []byte) error {
	attached, err := wire.Decode[attachment](encoded)
	if err != nil {
		return err
	}
	if !b.isAttachment(add, attached) {
		return verdict.Refuse(clauseAttachment, "not as the welcome says")
	}
	for member, of := range attached.Signers {
		b.Signers[member] = signer{SigningKey: of.SigningKey, Digest: of.Digest, Last: of.Last}
	}
	b.Open = attached.Open
	b.Unconfirmed = without(sortedMembers(b.Agreement.Users), add.Sender, b.Agreement.Me)
	return nil
}

// isAttachment tells whether an attachment is as the clause attachment demands.
func (b *broadcast) isAttachment(add addControl, attached attachment) bool {
	g := b.Agreement
	counted := without(sortedMembers(g.Seen), g.Me)
	if !slices.Equal(sortedMembers(attached.Signers), counted) {
		return false
	}
	for member, of := range attached.Signers {
		if of.Last > g.Seen[member] || member == add.Sender && of.Last >= add.Seq {
			return false
		}
		known, ok := b.keys.Contacts[g.Users[member]]
		if of.Last == 0 && ok && of.SigningKey != known.SigningKey {
			return false
		}
	}
	once := map[position]bool{}
	for _, o := range attached.Open {
		of, ok := attached.Signers[o.Sender]
		if !ok || once[o.at()] || o.Seq > of.Last || o.Seq <= o.Before.Seq {
			return false
		}
		once[o.at()] = true
		for i, member := range o.Awaited {
			_, isOfHistory := g.Users[member]
			isExcluded := member == o.Sender || member == add.Sender || member == g.Me
			if !isOfHistory || isExcluded || i > 0 && o.Awaited[i-1].Compare(member) >= 0 {
				return false
			}
		}
	}
	return true
}
