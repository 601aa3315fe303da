package dcgka

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"conclave.example/port/internal/primitives"
	"conclave.example/port/internal/verdict"
	"conclave.example/port/internal/wire"
)

const (
	maximumMessages    = 1<<32 - 1
	maximumAhead       = 256
	maximumSkipped     = 1024
	maximumChains      = 65
	maximumComplete    = 64
	rememberedMessages = 32

	clauseClosed      = "application-messages.closed"
	clauseAppEquiv    = "application-messages.equivocation"
	clauseAhead       = "application-messages.ahead"
	clauseOpens       = "application-messages.opens"
	clauseAppPayload  = "application-messages.payload-length"
	clauseChain       = "application-messages.chain"
	clauseAppSigned   = "application-messages.signature"
	clauseChainLength = "application-messages.chain-length"
)

// applications has the chains of application messages of one member of a group.
type applications struct {
	seed      key
	Group, Me id
	Own       *ownChain
	Chains    map[id][]otherChain
	// Complete are the last chains of which no message is to come.
	Complete map[id][]completeChain
}

type ownChain struct {
	Seq, Index                uint64
	State, Commitment, Digest key
}

type otherChain struct {
	Seq, Index                    uint64
	State, Commitment, SigningKey key
	// Skipped are the keys of messages that have not come, by ascending index.
	Skipped []skippedKey
	// Gapless is how many messages from 0 on have been opened without a gap, Digest that of these.
	Gapless uint64
	Digest  key
	// Opened are the digests of the last messages opened, by ascending index.
	Opened []openedDigest
	// Ended is the statement that ended it.
	Ended *statement
}

type skippedKey struct {
	Index uint64
	Key   key
}

type openedDigest struct {
	Index  uint64
	Digest key
}

// A statement says how many messages a chain has, and their digest; of none there is no chain.
type statement struct {
	Length uint64
	Digest key
}

type completeChain struct{ Seq, Length uint64 }

// told is what is known of the chains of a member after an operation.
type told struct {
	differ           []uint64
	lost, uncompared []chainCount
}

type chainCount struct {
	Seq   uint64 `json:"seq"`
	Count uint64 `json:"count"`
}

// opened is what opening a message gives.
type opened struct {
	message applicationMessage
	digest  key // SHA-256 of the message
	payload []byte
	told    told
}

func newApplications(seed key, group, me id) *applications {
	return &applications{seed: seed, Group: group, Me: me, Chains: map[id][]otherChain{}, Complete: map[id][]completeChain{}}
}

// Clone implements peer.State.
func (a *applications) Clone() *applications {
	c := *a
	if a.Own != nil {
		own := *a.Own
		c.Own = &own
	}
	c.Chains = maps.Clone(a.Chains)
	for member, chains := range c.Chains {
		c.Chains[member] = slices.Clone(chains)
		for i := range chains {
			c.Chains[member][i].Skipped = slices.Clone(chains[i].Skipped)
			c.Chains[member][i].Opened = slices.Clone(chains[i].Opened)
		}
	}
	c.Complete = maps.Clone(a.Complete)
	return &c
}

func (a *applications) chainCommitment(sender id, seq uint64, secret key) key {
	return key(primitives.Expand(secret, wire.CBOR("conclave/1 application commitment", a.Group[:], sender[:], seq), 32))
}

// context is an array of the label and the four elements that name a message, and others.
func (a *applications) context(label string, sender id, seq, index uint64, others ...any) []byte {
	return wire.CBOR(slices.Concat([]any{"conclave/1 application " + label, a.Group[:], sender[:], seq, index}, others)...)
}

// step is one step of a chain. It gives the key and the next state.
func (a *applications) step(sender id, seq, index uint64, state key) (key, key) {
	expanded := primitives.Expand(state, a.context("chain", sender, seq, index), 64)
	return key(expanded[:32]), key(expanded[32:])
}

// withMessage is the digest of a chain's messages and one more, by its SHA-256.
func withMessage(digest, message key) key {
	return primitives.SHA256(wire.CBOR("conclave/1 application digest", digest[:], message[:]))
}

func nonceOf(g guard) []byte { return append(make([]byte, primitives.NonceLength-len(g)), g[:]...) }

// beginOwn is application-messages.begin.1.
func (a *applications) beginOwn(seq uint64, secret key) {
	a.Own = &ownChain{Seq: seq, State: secret, Commitment: a.chainCommitment(a.Me, seq, secret)}
}

// beginOther is application-messages.begin.2.
func (a *applications) beginOther(member id, seq uint64, secret, signingKey key) told {
	begun := otherChain{Seq: seq, State: secret, Commitment: a.chainCommitment(member, seq, secret), SigningKey: signingKey}
	a.Chains[member] = append(a.Chains[member], begun)
	return a.tidy(member, told{})
}

// end is application-messages.end.
func (a *applications) end(member id, seq uint64, stated *chain) told {
	var result told
	// application-messages.end.1
	at := a.find(member, seq-1)
	if at < 0 {
		return result
	}
	// application-messages.end.2
	of := &a.Chains[member][at]
	of.Ended = &statement{}
	if stated != nil {
		of.Ended = &statement{stated.Length, stated.Digest}
	}
	of.Skipped = slices.DeleteFunc(of.Skipped, func(s skippedKey) bool { return s.Index >= of.Ended.Length })
	if of.Index > of.Ended.Length {
		result.differ = append(result.differ, of.Seq)
	}
	// application-messages.end.3
	if count := of.toCome(); count > 0 {
		result.uncompared = append(result.uncompared, chainCount{of.Seq, count})
	}
	// application-messages.end.4
	return a.tidy(member, result)
}

// toCome is how many messages of a chain are, as far as is known.
func (c otherChain) toCome() uint64 {
	count := uint64(len(c.Skipped))
	if c.Ended != nil && c.Index < c.Ended.Length {
		count += c.Ended.Length - c.Index
	}
	return count
}

func (a *applications) find(member id, seq uint64) int {
	return slices.IndexFunc(a.Chains[member], func(c otherChain) bool { return c.Seq == seq })
}

// tidy is application-messages.tidy.
func (a *applications) tidy(member id, result told) told {
	lost := map[uint64]uint64{}
	chains := a.Chains[member]
	// application-messages.tidy.1
	skipped := 0
	for _, c := range chains {
		skipped += len(c.Skipped)
	}
	for ; skipped > maximumSkipped; skipped-- {
		first := slices.IndexFunc(chains, func(c otherChain) bool { return len(c.Skipped) > 0 })
		chains[first].Skipped = chains[first].Skipped[1:]
		lost[chains[first].Seq]++
	}
	// application-messages.tidy.2, 3
	var left []otherChain
	for _, c := range chains {
		if c.Ended == nil || c.toCome() > 0 {
			left = append(left, c)
			continue
		}
		switch {
		case c.Gapless == c.Ended.Length && c.Digest != c.Ended.Digest:
			result.differ = append(result.differ, c.Seq)
		case c.Gapless < c.Ended.Length:
			result.uncompared = append(result.uncompared, chainCount{c.Seq, 0})
		}
		if c.Ended.Length > 0 {
			complete := slices.Concat(a.Complete[member], []completeChain{{c.Seq, c.Ended.Length}})
			a.Complete[member] = complete[max(0, len(complete)-maximumComplete):]
		}
	}
	// application-messages.tidy.4
	for ; len(left) > maximumChains; left = left[1:] {
		if count := left[0].toCome(); count > 0 {
			lost[left[0].Seq] += count
		}
	}
	a.Chains[member] = left
	// application-messages.tidy.5
	for seq, count := range lost {
		result.lost = append(result.lost, chainCount{seq, count})
	}
	slices.Sort(result.differ)
	result.differ = slices.Compact(result.differ)
	slices.SortFunc(result.lost, chainCount.compare)
	slices.SortFunc(result.uncompared, chainCount.compare)
	return result
}

func (c chainCount) compare(other chainCount) int {
	return cmp.Or(cmp.Compare(c.Seq, other.Seq), cmp.Compare(c.Count, other.Count))
}

// signedApplication is what the signature of a message covers.
func (a *applications) signedApplication(m applicationMessage, commitment key) []byte {
	return a.context("signature", m.Sender, m.Seq, m.Index, commitment[:], m.Guard[:], []byte(m.Ciphertext))
}

// seal is application-messages.seal. It gives what our next control message states, too.
func (a *applications) seal(signingSecretKey key, payload []byte) ([]byte, chain, error) {
	own := a.Own
	switch {
	case own == nil:
		return nil, chain{}, verdict.Refuse("application-messages.no-secret", "no update secret")
	case len(payload) > maximumPayload:
		return nil, chain{}, verdict.Refuse(clauseAppPayload, fmt.Sprint(len(payload), " bytes"))
	case own.Index == maximumMessages:
		return nil, chain{}, verdict.Refuse(clauseChainLength, "no index left")
	}
	// application-messages.seal.4
	drawn := primitives.DrawKey(a.seed, fmt.Sprintf("application/%s/%s/%d/%d", a.Group, a.Me, own.Seq, own.Index))
	message := applicationMessage{Group: a.Group, Sender: a.Me, Seq: own.Seq, Index: own.Index, Guard: guard(drawn[:8])}
	// application-messages.seal.5
	sealing, next := a.step(a.Me, own.Seq, own.Index, own.State)
	message.Ciphertext = primitives.Seal(sealing, nonceOf(message.Guard), a.context("message", a.Me, own.Seq, own.Index), payload)
	own.State = next
	own.Index++
	// application-messages.seal.6
	message.Signature = primitives.Sign(signingSecretKey, a.signedApplication(message, own.Commitment))
	// application-messages.seal.7
	encoded := wire.Encode(message)
	own.Digest = withMessage(own.Digest, primitives.SHA256(encoded))
	return encoded, chain{own.Index, own.Digest}, nil
}

// forgetKeys is application-messages.forget-keys.
func (a *applications) forgetKeys() {
	a.Own = nil
	for _, chains := range a.Chains {
		for i := range chains {
			c := &chains[i]
			c.State, c.Commitment, c.SigningKey = key{}, key{}, key{}
			for j := range c.Skipped {
				c.Skipped[j].Key = key{}
			}
		}
	}
}

// open is application-messages.open; `seen` is the number of the last control message seen of the sender.
func (a *applications) open(input []byte, seen func(sender id) uint64) (opened, error) {
	// application-messages.open.1
	m, err := wire.Decode[applicationMessage](input)
	result := opened{message: m, digest: primitives.SHA256(input)}
	if err != nil {
		return result, err
	}
	// application-messages.open.2, 3
	if m.Group != a.Group {
		return result, verdict.Refuse("application-messages.group", "another group")
	}
	if m.Sender == a.Me {
		return result, verdict.Ignored{}
	}
	// application-messages.open.4
	for _, c := range a.Complete[m.Sender] {
		if c.Seq != m.Seq {
			continue
		}
		if c.Length > m.Index {
			return result, verdict.Ignored{}
		}
		return result, verdict.Refuse(clauseClosed, "not below the length")
	}
	// application-messages.open.5
	at := a.find(m.Sender, m.Seq)
	if at < 0 {
		if m.Seq > seen(m.Sender) {
			return result, waitForMessage(position{m.Sender, m.Seq})
		}
		return result, verdict.Refuse(clauseChain, "no such chain")
	}
	of := &a.Chains[m.Sender][at]
	// application-messages.open.6 to 12
	opening, err := a.takeKey(of, m, result.digest)
	if err != nil {
		return result, err
	}
	result.payload, err = primitives.Open(opening, nonceOf(m.Guard), a.context("message", m.Sender, m.Seq, m.Index), m.Ciphertext)
	if err != nil {
		return result, verdict.Refuse(clauseOpens, "does not open")
	}
	// application-messages.open.13
	of.keep(openedDigest{m.Index, result.digest})
	// application-messages.open.14
	result.told = a.tidy(m.Sender, told{})
	return result, nil
}

// takeKey has the steps 6 to 11 of application-messages.open.
func (a *applications) takeKey(of *otherChain, m applicationMessage, digest key) (key, error) {
	atOpened, isOpened := slices.BinarySearchFunc(of.Opened, m.Index, func(o openedDigest, index uint64) int {
		return cmp.Compare(o.Index, index)
	})
	atSkipped, isSkipped := slices.BinarySearchFunc(of.Skipped, m.Index, func(s skippedKey, index uint64) int {
		return cmp.Compare(s.Index, index)
	})
	switch {
	case isOpened && of.Opened[atOpened].Digest == digest:
		return key{}, verdict.Ignored{}
	case !primitives.Verify(of.SigningKey, a.signedApplication(m, of.Commitment), m.Signature):
		return key{}, verdict.Refuse(clauseAppSigned, "not signed")
	case of.Ended != nil && m.Index >= of.Ended.Length:
		return key{}, verdict.Refuse(clauseClosed, "not below the length")
	case m.Index < of.Index && !isSkipped && isOpened:
		return key{}, verdict.Refuse(clauseAppEquiv, "another one was opened")
	case m.Index < of.Index && !isSkipped:
		return key{}, verdict.Ignored{}
	case m.Index > of.Index+maximumAhead:
		return key{}, verdict.Refuse(clauseAhead, "too far ahead")
	}
	// application-messages.open.11
	if isSkipped {
		taken := of.Skipped[atSkipped].Key
		of.Skipped = slices.Delete(of.Skipped, atSkipped, atSkipped+1)
		return taken, nil
	}
	for ; ; of.Index++ {
		stepped, next := a.step(m.Sender, m.Seq, of.Index, of.State)
		of.State = next
		if of.Index == m.Index {
			of.Index++
			return stepped, nil
		}
		of.Skipped = append(of.Skipped, skippedKey{of.Index, stepped})
	}
}

// keep is application-messages.open.13.
func (c *otherChain) keep(kept openedDigest) {
	at, _ := slices.BinarySearchFunc(c.Opened, kept, func(a, b openedDigest) int { return cmp.Compare(a.Index, b.Index) })
	c.Opened = slices.Insert(c.Opened, at, kept)
	for _, o := range c.Opened {
		if o.Index == c.Gapless {
			c.Digest = withMessage(c.Digest, o.Digest)
			c.Gapless++
		}
	}
	c.Opened = c.Opened[max(0, len(c.Opened)-rememberedMessages):]
}
