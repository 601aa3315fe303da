package mpenc

import (
	"slices"

	"conclave.example/port/internal/primitives"
)

// Subsession is the time between two operations, with one set of keys. GroupKey is nil with the ratchet, Chains without.
type Subsession struct {
	Members            []Name
	PublicKeys         []Key
	EphemeralSecretKey Key
	Hash               Key
	GroupKey           *Key
	Chains             *SenderChains
	Transcript         *Transcript
	Liveness           *Liveness
	// Packets are those of messages that are not fully acknowledged.
	Packets map[MessageID]string
	// Opened is what was decrypted of messages in the buffer of the transcript.
	Opened map[MessageID]Opened
}

// Opened is what a message says, and its index.
type Opened struct {
	Text  string
	Order *OrderBody
	Index uint64
}

// newSubsession is the subsession of a membership.
func newSubsession(me Name, membership *Membership, hasRatchet bool, now uint64) *Subsession {
	exchange := membership.Exchange
	groupKey := *membership.Agreement.GroupKey
	sub := &Subsession{
		Members:            exchange.Members,
		PublicKeys:         exchange.PublicKeys,
		EphemeralSecretKey: membership.EphemeralSecretKey,
		Hash:               subsessionHash(exchange.SessionID[:], groupKey[:]),
		Transcript:         newTranscript(exchange.Members),
		Liveness:           beginLiveness(me, exchange.Members, now),
		Packets:            map[MessageID]string{},
		Opened:             map[MessageID]Opened{},
	}
	if hasRatchet {
		sub.Chains = beginRatchet(groupKey, exchange.Members)
	} else {
		sub.GroupKey = &groupKey
	}
	return sub
}

// isParting says whether we write no more in the subsession.
func (b *Subsession) isParting() bool { return b.Liveness.Phase != phaseJoined }

func (b *Subsession) hasEnded() bool { return b.Liveness.hasEnded() }

// authorOf is the member that has signed a message, the sender if it is one (steps 1 and 2 of session.open); it is false
// when the message does not belong here.
func (b *Subsession) authorOf(message *sealedMessage, sender Name) (Name, bool) {
	keys := readingKeys{b.Members, b.PublicKeys, b.Hash}
	if message.check(keys, sender) == nil {
		return sender, true
	}
	for _, member := range b.Members {
		if member != sender && message.check(keys, member) == nil {
			return member, true
		}
	}
	return "", false
}

// kindOf is the kind of a body, as the transcript sees it.
func kindOf(body Body) string {
	switch body := body.(type) {
	case *PayloadBody:
		return kindPayload
	case *AcknowledgementBody:
		return kindAck
	case *HeartbeatBody:
		return kindHeartbeat
	case *OrderBody:
		return kindOrderAck
	case *ConsistencyBody:
		if body.Close {
			return kindFin
		}
	}
	return kindConsistency
}

// openedOf is what a body says.
func openedOf(body Body, index uint64) Opened {
	opened := Opened{Index: index}
	switch body := body.(type) {
	case *PayloadBody:
		opened.Text = body.Text
	case *OrderBody:
		opened.Order = body
	}
	return opened
}

func (b *Subsession) messageOf(id MessageID, author Name, parents []MessageID, body Body) Message {
	return Message{id, author, parents, without(b.Members, []Name{author}), kindOf(body)}
}

// read decrypts a message of an author.
func (b *Subsession) read(message *sealedMessage, author Name, cipherKeyBytes uint64) ([]MessageID, Body, error) {
	if b.Chains == nil {
		return message.open(cipherKey(b.GroupKey[:], cipherKeyBytes))
	}
	key, err := b.Chains.key(author, message.index)
	if err != nil {
		return nil, nil, err
	}
	return message.open(cipherKey(key[:], cipherKeyBytes))
}

// seal seals a message of ours (messages.seal, extensions.ratchet-seal).
func (b *Subsession) seal(me Name, body Body, iv IV, options *Options) (string, Message, error) {
	with := sealing{hash: b.Hash, ephemeralSecretKey: b.EphemeralSecretKey, iv: iv, padding: bool(options.Padding)}
	if b.Chains == nil {
		with.cipherKey = cipherKey(b.GroupKey[:], uint64(options.CipherKeyBytes))
	} else {
		index := b.Chains.Chains[me].Index
		key, err := b.Chains.key(me, index)
		if err != nil {
			return "", Message{}, err
		}
		b.Chains.forget(me, index)
		with.cipherKey, with.index = cipherKey(key[:], uint64(options.CipherKeyBytes)), &index
	}
	parents := b.Transcript.heads()
	text, id, err := sealMessage(with, parents, body)
	return text, b.messageOf(id, me, parents, body), err
}

// hasIndex checks the index of a message before it is accepted (step 5 of extensions.ratchet-open).
func (b *Subsession) hasIndex(message *Message) error {
	if b.Chains != nil && b.Opened[message.ID].Index != uint64(len(b.Transcript.earlierOf(message.Author))) {
		return refused("extensions.message-index")
	}
	return nil
}

// isOfTranscript says whether a refusal is one by the transcript, and not for a wrong index: 1 or 0.
func isOfTranscript(one refusal) int {
	if one.clause == "extensions.message-index" {
		return 0
	}
	return 1
}

// indexOf is how many messages the author of a message has written before it.
func (b *Subsession) indexOf(message *Message) uint64 {
	return uint64(slices.IndexFunc(b.Transcript.earlierOf(message.Author), func(one *Message) bool { return one.ID == message.ID }))
}

// isSecondFin says whether a message is the second FIN in a row of its author.
func (b *Subsession) isSecondFin(message *Message) bool {
	if message.Kind != kindFin || len(message.Parents) != 1 {
		return false
	}
	first := b.Transcript.find(message.Parents[0])
	return first != nil && first.Message.Kind == kindFin && first.Message.Author == message.Author
}

// fins is how many FINs a member has written.
func (b *Subsession) fins(member Name) int {
	number := 0
	for _, message := range b.Transcript.earlierOf(member) {
		if message.Kind == kindFin {
			number++
		}
	}
	return number
}

// isSafeToPublish says whether nobody can use our ephemeral key any more to deceive anybody (steps 2 and 3 of
// extensions.publish-key).
func (b *Subsession) isSafeToPublish(me Name) bool {
	for i := range b.Transcript.Messages {
		one := &b.Transcript.Messages[i]
		isOurs := one.Message.Author == me
		if isOurs && one.Message.Kind != kindAck && len(one.Unacknowledged) > 0 {
			return false
		}
		if !isOurs && one.Message.Kind == kindFin && slices.Contains(one.Unacknowledged, me) {
			return false
		}
	}
	return b.fins(me) >= 2
}

// hasKey says whether a secret key is that of a member's ephemeral key.
func (b *Subsession) hasKey(member Name, secretKey Key) bool {
	key, ok := at(b.Members, b.PublicKeys, member)
	return ok && key == primitives.Ed25519Public(secretKey)
}
