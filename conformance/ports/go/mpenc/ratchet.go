package mpenc

import (
	"encoding/binary"
	"slices"

	"conclave.example/port/internal/primitives"
)

// Labels of the derivations of a ratchet.
const (
	senderChainLabel = "mpenc sender chain"
	messageKeyLabel  = "mpenc message key"
	chainStepLabel   = "mpenc chain step"
)

// maximumAhead is how far a message may be ahead of its author's chain.
const maximumAhead = 64

// SenderChain is the chain of an author: its key, and the index of the next message.
type SenderChain struct {
	Key   Key
	Index uint64
}

// KeptKey is a message key that is kept.
type KeptKey struct {
	Author Name
	Index  uint64
	Key    Key
}

// SenderChains is the ratchet of a subsession.
type SenderChains struct {
	Chains map[Name]SenderChain
	Kept   []KeptKey
}

func deriveFrom(key Key, label string) Key { return primitives.Derive(nil, key[:], []byte(label)) }

// beginRatchet begins the chains of the members (extensions.ratchet-begin).
func beginRatchet(groupKey Key, members []Name) *SenderChains {
	chains := &SenderChains{Chains: map[Name]SenderChain{}}
	for _, member := range members {
		chains.Chains[member] = SenderChain{Key: deriveFrom(groupKey, senderChainLabel+string(member))}
	}
	return chains
}

func (c *SenderChains) kept(author Name, index uint64) int {
	return slices.IndexFunc(c.Kept, func(kept KeptKey) bool { return kept.Author == author && kept.Index == index })
}

// key is the key of a message (extensions.ratchet-key).
func (c *SenderChains) key(author Name, index uint64) (Key, error) {
	chain, ok := c.Chains[author]
	at := c.kept(author, index)
	if !ok || index > chain.Index+maximumAhead || index < chain.Index && at < 0 {
		return Key{}, refused("extensions.ratchet-index")
	}
	if at >= 0 {
		return c.Kept[at].Key, nil
	}
	for chain.Index <= index {
		c.Kept = append(c.Kept, KeptKey{author, chain.Index, deriveFrom(chain.Key, messageKeyLabel)})
		chain = SenderChain{deriveFrom(chain.Key, chainStepLabel), chain.Index + 1}
	}
	c.Chains[author] = chain
	return c.Kept[len(c.Kept)-1].Key, nil
}

// forget deletes the key of a message (extensions.ratchet-forget).
func (c *SenderChains) forget(author Name, index uint64) {
	c.Kept = slices.DeleteFunc(c.Kept, func(kept KeptKey) bool { return kept.Author == author && kept.Index == index })
}

var indexedLayout = []place{
	once(sidkeyHintType), once(messageSignatureType), once(protocolVersionType), once(messageTypeType),
	once(messageIndexType), once(messageIVType), once(messagePayloadType),
}

// decodeIndexed gives the message of a data packet of a session with the ratchet, nil for any other text (steps 1 and 2
// of extensions.ratchet-open).
func decodeIndexed(text string) (*sealedMessage, error) {
	records := armouredRecords(text)
	isIndexed := len(records) >= 4 && matches(records[:4], indexedLayout[:4]) &&
		string(records[2].Value) == string([]byte{RatchetVersion}) && string(records[3].Value) == string([]byte{dataMessage})
	if !isIndexed {
		return nil, nil
	}
	if !matches(records, indexedLayout) || !haveLengths(records) {
		return nil, malformed("extensions.data-form")
	}
	return sealedOf(records)
}

// indexRecord is the MESSAGE_INDEX of an index.
func indexRecord(index uint64) Record {
	return Record{messageIndexType, binary.BigEndian.AppendUint32(nil, uint32(index))}
}
