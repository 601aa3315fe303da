package dcgka

import (
	"maps"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	maximumItems = 1024
	// remembered is how many of a member's envelopes are, to tell an equivocation from a repetition.
	remembered = 4

	clauseCut          = "causal-broadcast.cut"
	clauseConfirmation = "causal-broadcast.confirmation"
	clauseUnconfirmed  = "causal-broadcast.unconfirmed"
	clauseEquivocation = "causal-broadcast.equivocation"
	clauseSignature    = "causal-broadcast.signature"
	clauseAttachment   = "causal-broadcast.attachment"
	clauseHeldLimit    = "causal-broadcast.held-limit"
)

// A broadcast is the state of authenticated causal broadcast in one group.
type broadcast struct {
	keys      *keyring // shared with the user's other groups
	Agreement *group
	// SigningKey is our secret signing key, nil while it is that of our user.
	SigningKey  *key
	Queue       []queued
	Signers     map[id]signer
	Unconfirmed []id
	Open        []openMessage
	Held        []held
	Chain       *chain
}

// A queued message of ours is not in an envelope yet. Its secret is that of the signing key that it brings.
type queued struct {
	item   item
	Item   octet // the encoding of the item
	Digest key
	Secret *key
}

// A signer is what is known of a member as the sender of messages.
type signer struct {
	SigningKey, Digest key
	// Last is the number of its last message that is no acknowledgement, 0 if there is none.
	Last      uint64
	Envelopes []seenEnvelope
}

// A seenEnvelope has the numbers of its first and last message, the digests before and after it, and the public key that
// verified it.
type seenEnvelope struct {
	First, Last               uint64
	Before, After, VerifiedBy key
}

func newBroadcast(keys *keyring) *broadcast {
	return &broadcast{keys: keys, Agreement: newGroup(), Signers: map[id]signer{}}
}

func (b *broadcast) clone(keys *keyring) *broadcast {
	c := *b
	c.keys = keys
	c.Agreement = b.Agreement.clone()
	c.Queue = slices.Clone(b.Queue)
	c.Signers = maps.Clone(b.Signers)
	c.Unconfirmed = slices.Clone(b.Unconfirmed)
	c.Open = slices.Clone(b.Open)
	c.Held = slices.Clone(b.Held)
	return &c
}

// become takes over the state of a clone, with its keyring.
func (b *broadcast) become(changed *broadcast) {
	shared := b.keys
	*shared = *changed.keys
	*b = *changed
	b.keys = shared
}

// try does an operation that changes nothing unless it is accepted.
func (b *broadcast) try(operate func(*broadcast) error) error {
	changed := b.clone(b.keys.clone())
	if err := operate(changed); err != nil {
		return err
	}
	b.become(changed)
	return nil
}

func (o openMessage) at() position { return position{o.Sender, o.Seq} }

func (o openMessage) awaits(member id) bool { return hasMember(o.Awaited, member) }

func (b *broadcast) findOpen(message position) (openMessage, bool) {
	for _, o := range b.Open {
		if o.at() == message {
			return o, true
		}
	}
	return openMessage{}, false
}

func (b *broadcast) isUnconfirmed(member id) bool { return hasMember(b.Unconfirmed, member) }

// messageDigest is the digest of a message. `acknowledged` is nil if it acknowledges none.
func messageDigest(previous key, acknowledged *key, item []byte) key {
	return primitives.SHA256(wire.CBOR("conclave/1 broadcast message", previous[:], wire.Fields(acknowledged), item))
}

// signedEnvelope is what the signature of an envelope covers.
func signedEnvelope(digest key) []byte { return wire.CBOR("conclave/1 envelope", digest[:]) }

// cut is causal-broadcast.cut, of a member who knows this of the history.
func (b *broadcast) cut(member id, known knowledge) key {
	var elements []any
	for _, of := range sortedMembers(b.Signers) {
		lastOf := last{b.Signers[of].Last, b.Signers[of].SigningKey}
		for _, o := range b.Open {
			if o.Sender == of && o.awaits(member) {
				lastOf = o.Before
				break
			}
		}
		if lastOf.Seq != 0 {
			elements = append(elements, []any{of[:], lastOf.Seq, lastOf.SigningKey[:]})
		}
	}
	history := b.Agreement.historyDigest(known)
	return primitives.SHA256(wire.CBOR("conclave/1 cut", history[:], elements))
}

func (b *broadcast) ownCut() key {
	return b.cut(b.Agreement.Me, b.Agreement.History.Known[b.Agreement.Me])
}

// confirmation is what a member confirms with its add-ack.
func (b *broadcast) confirmation(addAck position, add, previous, signingKey, cut key) key {
	group := b.Agreement.ID
	return primitives.SHA256(wire.CBOR("conclave/1 confirmation", group[:], addAck.Sender[:], addAck.Seq, add[:],
		previous[:], signingKey[:], cut[:]))
}

// write is causal-broadcast.write.
func (b *broadcast) write(written chain) { b.Chain = &written }

// signer gives what is known of a member as a sender, before its first message by the contact with its user.
func (b *broadcast) signer(member id) (signer, bool) {
	if known, ok := b.Signers[member]; ok {
		return known, true
	}
	if member == b.Agreement.Me {
		return signer{SigningKey: b.keys.signingKey()}, true
	}
	known, ok := b.keys.Contacts[b.Agreement.Users[member]]
	return signer{SigningKey: known.SigningKey}, ok
}

// signingSecretKey is that under which we sign.
func (b *broadcast) signingSecretKey() key {
	if b.SigningKey != nil {
		return *b.SigningKey
	}
	return b.keys.SigningSecretKey
}

// statesCut tells whether a message states a cut.
func statesCut(message controlMessage) bool {
	switch message.(type) {
	case updateControl, removeControl, addControl:
		return true
	}
	return false
}

// bringsKey tells whether a message brings a signing key.
func bringsKey(message controlMessage) bool {
	switch message.(type) {
	case createControl, updateControl, removeControl:
		return true
	}
	return false
}

// send is causal-broadcast.send; the cut is that before the message.
func (b *broadcast) send(out *outgoing, cut key) error {
	from := out.message.from()
	made := queued{item: item{Control: out.message, Chain: b.Chain, Directs: out.directs}}
	// causal-broadcast.send.1 to 3
	b.Chain = nil
	if bringsKey(out.message) {
		secret := b.keys.draw("signing/%s/%d", from.Sender, from.Seq)
		public := primitives.Ed25519Public(secret)
		made.Secret, made.item.SigningKey = &secret, &public
	}
	if statesCut(out.message) {
		made.item.Cut = &cut
	}
	// causal-broadcast.send.4
	var acknowledged *key
	if ack, ok := out.message.(acknowledgement); ok {
		if o, ok := b.findOpen(ack.of()); ok {
			acknowledged = &o.Digest
		}
	}
	own, _ := b.signer(from.Sender)
	made.Item = wire.Encode(made.item)
	made.Digest = messageDigest(own.Digest, acknowledged, made.Item)
	// causal-broadcast.send.5
	if len(wire.Encode(envelope{Items: []item{made.item}})) > wire.MaximumLength {
		return verdict.Refuse("causal-broadcast.size", "over 1 MiB")
	}
	// causal-broadcast.send.6
	b.Queue = append(b.Queue, made)
	b.note(made.item, made.Digest)
	return nil
}

// operate is causal-broadcast.operate. It gives the number of the message and our new update secret.
func (b *broadcast) operate(operation func() (*outgoing, *key, error)) (uint64, key, error) {
	cut := b.ownCut()
	out, updateSecret, err := operation()
	if err != nil {
		return 0, key{}, err
	}
	return out.message.from().Seq, *updateSecret, b.send(out, cut)
}

func (b *broadcast) create(users []string) (uint64, key, error) {
	return b.operate(func() (*outgoing, *key, error) { return b.Agreement.create(b.keys, users) })
}

func (b *broadcast) update() (uint64, key, error) {
	return b.operate(func() (*outgoing, *key, error) { return b.Agreement.update(b.keys) })
}

func (b *broadcast) remove(member id) (uint64, key, error) {
	return b.operate(func() (*outgoing, *key, error) { return b.Agreement.remove(b.keys, member) })
}

func (b *broadcast) add(user string) (uint64, key, error) {
	attached := attachment{Signers: map[id]attachedSigner{}, Open: b.Open}
	for member, s := range b.Signers {
		attached.Signers[member] = attachedSigner{s.SigningKey, s.Digest, s.Last}
	}
	return b.operate(func() (*outgoing, *key, error) { return b.Agreement.add(b.keys, user, wire.Encode(attached)) })
}

// note is causal-broadcast.note.
func (b *broadcast) note(sent item, digest key) {
	from := sent.Control.from()
	of, _ := b.signer(from.Sender)
	// causal-broadcast.note.1
	ack, isAck := sent.Control.(acknowledgement)
	if isAck {
		b.strike(from.Sender, ack.of())
	} else {
		b.Open = append(b.Open, openMessage{
			Sender:  from.Sender,
			Seq:     from.Seq,
			Digest:  digest,
			Before:  last{of.Last, of.SigningKey},
			Awaited: b.Agreement.awaitedOf(from.Sender, b.Agreement.History.Known[from.Sender]),
		})
	}
	// causal-broadcast.note.2
	if add, ok := sent.Control.(addControl); ok {
		for i, o := range b.Open {
			if o.awaits(add.Sender) {
				b.Open[i].Awaited = withMember(o.Awaited, add.added())
			}
		}
	}
	// causal-broadcast.note.3
	of.Digest = digest
	if sent.SigningKey != nil {
		of.SigningKey = *sent.SigningKey
	}
	if !isAck {
		of.Last = from.Seq
	}
	b.Signers[from.Sender] = of
	// causal-broadcast.note.4
	b.Open = slices.DeleteFunc(b.Open, func(o openMessage) bool { return len(o.Awaited) == 0 })
}

// strike takes a member from the lists of the messages of one sender, up to a number.
func (b *broadcast) strike(member id, upTo position) {
	for i, o := range b.Open {
		if o.Sender == upTo.Sender && o.Seq <= upTo.Seq && o.awaits(member) {
			b.Open[i].Awaited = without(o.Awaited, member)
		}
	}
}

// flush is causal-broadcast.flush; nil when there is nothing to send.
func (b *broadcast) flush() []byte {
	if len(b.Queue) == 0 {
		return nil
	}
	// causal-broadcast.flush.2
	count := b.countTogether()
	final := b.Queue[count-1]
	var taken envelope
	for _, sent := range b.Queue[:count] {
		taken.Items = append(taken.Items, sent.item)
	}
	// causal-broadcast.flush.3
	secret, me := b.signingSecretKey(), b.Agreement.Me
	taken.Signature = primitives.Sign(secret, signedEnvelope(final.Digest))
	b.rememberEnvelope(me, seenEnvelope{
		First:      taken.Items[0].Control.from().Seq,
		Last:       final.item.Control.from().Seq,
		Before:     b.lastFlushed(me),
		After:      final.Digest,
		VerifiedBy: primitives.Ed25519Public(secret),
	})
	for _, sent := range b.Queue[:count] {
		if sent.Secret != nil {
			b.SigningKey = sent.Secret
		}
	}
	b.Queue = slices.Clone(b.Queue[count:])
	return wire.Encode(taken)
}

// countTogether is how many messages of the queue go into one envelope.
func (b *broadcast) countTogether() int {
	if _, isAdd := b.Queue[0].item.Control.(addControl); isAdd {
		return 1
	}
	// The head of the list grows by at most two bytes.
	length := len(wire.Encode(envelope{Items: []item{b.Queue[0].item}}))
	isAfterRemove := false
	for i, next := range b.Queue {
		if i > 0 {
			length += len(next.Item)
		}
		switch next.item.Control.(type) {
		case addControl:
			return i
		case acknowledgement:
			if isAfterRemove {
				return i
			}
		case removeControl:
			isAfterRemove = true
		}
		if i == maximumItems || i > 0 && length+headGrowth(i+1) > wire.MaximumLength {
			return i
		}
	}
	return len(b.Queue)
}

// headGrowth is by how many bytes the head of a list of items is longer than that of a list of one.
func headGrowth(count int) int {
	switch {
	case count < 24:
		return 0
	case count < 256:
		return 1
	default:
		return 2
	}
}

// lastFlushed is the digest of our last message that is in an envelope.
func (b *broadcast) lastFlushed(me id) key {
	if envelopes := b.Signers[me].Envelopes; len(envelopes) > 0 {
		return envelopes[len(envelopes)-1].After
	}
	return key{}
}

// rememberEnvelope keeps an envelope as one of the last four of its sender.
func (b *broadcast) rememberEnvelope(sender id, seen seenEnvelope) {
	of := b.Signers[sender]
	of.Envelopes = slices.Concat(of.Envelopes, []seenEnvelope{seen})
	of.Envelopes = of.Envelopes[max(0, len(of.Envelopes)-remembered):]
	b.Signers[sender] = of
}

// notes are our notes (causal-broadcast.compare-notes).
func (b *broadcast) notes() notes {
	all := notes{}
	for member, of := range b.Signers {
		noted := head{Seq: b.Agreement.Seen[member], Digest: of.Digest}
		if h, ok := b.withheldOf(member); ok {
			final := h.First + uint64(len(h.Digests)) - 1
			noted.Withheld = &withheldHead{final, h.Digests[len(h.Digests)-1]}
		}
		all[member] = noted
	}
	return all
}

// compareNotes is causal-broadcast.compare-notes.
func (b *broadcast) compareNotes(theirs notes) (differ, behind []id) {
	for _, member := range sortedMembers(theirs) {
		noted := theirs[member]
		if _, ok := b.Signers[member]; !ok {
			continue
		}
		seen := b.Agreement.Seen[member]
		isHigher := noted.Seq > seen
		withheldDiffers := noted.Withheld != nil && b.differs(member, noted.Withheld.Seq, noted.Withheld.Digest)
		if withheldDiffers || b.differs(member, noted.Seq, noted.Digest) {
			differ = append(differ, member)
		}
		if isHigher && member != b.Agreement.Me {
			behind = append(behind, member)
		}
	}
	return differ, behind
}

// differs tells whether we have another digest for a message, or have not sent it though it is ours.
func (b *broadcast) differs(member id, seq uint64, digest key) bool {
	of := b.Signers[member]
	if member == b.Agreement.Me && seq > b.Agreement.Seen[member] {
		return true
	}
	if seq == b.Agreement.Seen[member] {
		return digest != of.Digest
	}
	for _, seen := range of.Envelopes {
		if seen.Last == seq {
			return digest != seen.After
		}
	}
	if o, ok := b.findOpen(position{member, seq}); ok {
		return digest != o.Digest
	}
	if h, ok := b.withheldOf(member); ok && seq >= h.First && seq-h.First < uint64(len(h.Digests)) {
		return digest != h.Digests[seq-h.First]
	}
	return false
}
