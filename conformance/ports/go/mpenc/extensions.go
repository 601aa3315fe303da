package mpenc

import (
	"slices"

	"conclave.example/port/internal/primitives"
)

// identityKeyOf is the identity key of a member; ours is that of our own secret key.
func (t *turn) identityKeyOf(member Name) (Key, bool) {
	if member == t.Me {
		return primitives.Ed25519Public(t.Identities.SecretKey), true
	}
	return t.Identities.of(member)
}

// abort does extensions.abort.
func (t *turn) abort() error {
	if !t.isTarget() || t.isNewcomerOf(t.Me) {
		return refused("session.no-operation")
	}
	t.sendAbort(abortUser)
	return nil
}

// sendAbort does extensions.send-abort.
func (t *turn) sendAbort(reason byte) {
	running := t.operation()
	text, err := abortText(t.Me, t.Identities.SecretKey, running.Targets, running.ID, reason)
	if t.check(err) {
		t.send(slices.Concat(t.members(), without(running.Targets, t.members())), text)
	}
}

// abortDeceived does extensions.abort-deceived.
func (t *turn) abortDeceived(packet *GreetingPacket, err error) error {
	refusal := clauseOf(err)
	isLie := packet.step() == "downflow" &&
		slices.Contains([]string{"aske.acknowledgement", "suite.x25519-zero", "greeting.one-downflow"}, refusal)
	if !t.isTarget() || !isLie && refusal != "greeting.identity" {
		return err
	}
	member := packet.Source
	if refusal == "greeting.identity" {
		unknown := func(member Name) bool {
			_, ok := t.identityKeyOf(member)
			return !ok
		}
		member = packet.Members[slices.IndexFunc(packet.Members, unknown)]
	}
	t.tell(security{"security", clause(refusal), member})
	if t.Started.Asked == nil && !t.isNewcomerOf(t.Me) {
		t.sendAbort(abortVerification)
		t.Started.Asked = &t.now
	}
	return nil
}

// receiveAbort does extensions.receive-abort.
func (t *turn) receiveAbort(sender Name, text string, records []Record) error {
	if err := checkAbortForm(records); err != nil {
		return err
	}
	running := t.operation()
	isOperation := running != nil && PacketID(hexOf(value(records, prevPIType))) == running.ID &&
		slices.Equal(names(records, memberType), running.Targets)
	if !isOperation {
		return refused("extensions.abort-operation")
	}
	source := Name(value(records, sourceType))
	if source != sender || !slices.Contains(running.Targets, source) || t.isNewcomerOf(source) {
		return refused("extensions.abort-author")
	}
	identityKey, ok := t.identityKeyOf(source)
	if !ok {
		return refused("extensions.abort-signature")
	}
	if isSigned, err := isSignedAbort(records, identityKey); err != nil || !isSigned {
		return refused("extensions.abort-signature")
	}
	final := Summary{ID: packetID(sender, t.Channel, text), Ends: &running.ID, Targets: t.members()}
	if _, _, err := t.Order.offer(t.Me, final, t.Channel); err != nil {
		return err
	}
	t.fail(&source)
	return nil
}

// lateAt is when the running operation is late for us, nil when never (steps 1 to 3 of extensions.abort-late).
func (s *Session) lateAt() *uint64 {
	p := &s.Presence
	running := p.operation()
	if running == nil || p.Started == nil || !slices.Contains(running.Targets, s.Me) {
		return nil
	}
	at := p.Started.At + operationTime(len(running.Targets))*3/2
	if running.Metadata.Author != s.Me {
		at += latency * uint64(slices.Index(running.Targets, s.Me))
	}
	if p.Started.Asked != nil {
		at = max(at, *p.Started.Asked+latency)
	}
	return &at
}

// abortLate does extensions.abort-late.
func (t *turn) abortLate() {
	if !isDue(t.lateAt(), t.now) {
		return
	}
	if t.isNewcomerOf(t.Me) {
		t.request(channelRequest{"leave"})
		t.Joining = &t.now
	} else {
		t.sendAbort(abortLate)
	}
	t.Started.Asked = &t.now
}

// acknowledgeOrder does extensions.acknowledge-order.
func (t *turn) acknowledgeOrder() {
	if !t.Options.OrderAcknowledgements {
		return
	}
	claims := t.Claims
	t.Claims = nil
	for _, claim := range claims {
		t.receiveOrder(claim)
	}
	final := t.Order.lastFinal()
	t.Ordering = &Ordering{ID: final, At: t.now}
	if t.Current != nil && !t.Current.isParting() {
		t.write(t.Current, &OrderBody{orderAcknowledgementBody, final, t.Order.lastChainHash()})
	}
}

// receiveOrder does extensions.receive-order.
func (t *turn) receiveOrder(claim Claim) {
	if !t.Options.OrderAcknowledgements {
		return
	}
	at := t.Order.find(claim.Order.PacketID)
	switch {
	case at < 0:
		t.keepClaim(claim)
	case t.Order.Line[at].ChainHash != claim.Order.ChainHash:
		t.disputeOrder(claim.Author)
	default:
		for i := range t.Order.Line[:at+1] {
			t.Order.Line[i].Unconfirmed = without(t.Order.Line[i].Unconfirmed, []Name{claim.Author})
		}
	}
}

// keepClaim keeps what an author says of an unknown packet, and at most so many of each author.
func (t *turn) keepClaim(claim Claim) {
	t.Claims = append(t.Claims, claim)
	isOfAuthor := func(one Claim) bool { return one.Author == claim.Author }
	number := 0
	for _, one := range t.Claims {
		number += count(isOfAuthor(one))
	}
	if number > maximumClaims {
		oldest := slices.IndexFunc(t.Claims, isOfAuthor)
		t.Claims = slices.Delete(t.Claims, oldest, oldest+1)
	}
}

// checkOrder does extensions.check-order.
func (t *turn) checkOrder() {
	if t.Ordering != nil && !t.Ordering.Checked && !isWithin(t.Ordering.At, full, t.now) {
		t.Ordering.Checked = true
		left := []Name{}
		for _, member := range t.Order.unconfirmed(t.Ordering.ID) {
			hasParted := t.Current != nil && t.Current.fins(member) > 0
			if member != t.Me && slices.Contains(t.members(), member) && !hasParted {
				left = append(left, member)
			}
		}
		if len(left) > 0 {
			t.tell(membersNotice{"order-unconfirmed", left})
		}
	}
	claims := t.Claims
	t.Claims = nil
	for _, claim := range claims {
		if isWithin(claim.At, full, t.now) {
			t.Claims = append(t.Claims, claim)
		} else {
			t.disputeOrder(claim.Author)
		}
	}
}

// disputeOrder does extensions.dispute-order.
func (t *turn) disputeOrder(author Name) {
	others := t.others(t.members())
	if !slices.Contains(others, author) || slices.Contains(t.Disputing, author) {
		return
	}
	t.Disputing = append(t.Disputing, author)
	t.tell(security{"security", "extensions.order-disputed", author})
	disputing := len(within(others, t.Disputing))
	if !t.Distrusted && (disputing >= 2 || disputing == len(others)) {
		t.Distrusted, t.ToEnd = true, true
		t.tell(security{"security", "extensions.order-inconsistent", author})
	}
}

// endDisputed does extensions.end-disputed.
func (t *turn) endDisputed() {
	if t.ToEnd && t.Current != nil && !t.Current.isParting() {
		t.write(t.Current, &ConsistencyBody{consistencyBody, true})
	}
	t.ToEnd = false
}

// publishKey does extensions.publish-key.
func (t *turn) publishKey() {
	if !bool(t.Options.PublishKey) || t.Current == nil || !t.Current.isSafeToPublish(t.Me) {
		return
	}
	text, err := publishedKeyText(t.Me, t.Current.EphemeralSecretKey, t.Hashes)
	if t.check(err) {
		t.send(t.Current.Members, text)
	}
}

// receiveKey does extensions.receive-key.
func (t *turn) receiveKey(sender Name, records []Record) error {
	if err := checkKeyForm(records); err != nil {
		return err
	}
	source, secretKey := Name(value(records, sourceType)), Key(value(records, signingKeyType))
	fits, hasParted := false, false
	for _, sub := range []*Subsession{t.Current, t.Previous} {
		if sub != nil && sub.hasKey(source, secretKey) {
			fits = true
			hasParted = hasParted || sub.fins(source) >= 2
		}
	}
	if source != sender || !fits {
		return refused("extensions.key-fits")
	}
	if !hasParted {
		return refused("extensions.key-early")
	}
	t.Published = append(t.Published, primitives.Ed25519Public(secretKey))
	return nil
}
